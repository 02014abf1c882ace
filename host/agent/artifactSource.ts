/**
 * The artifact tools as tools like all others. What they do is write a part of the answer, which devices read and their owner decides on:
 * nothing outside the answer changes by them, and so they count as what reads here.
 */
import { errorResult, textResult, type JsonObject, type Tool, versionOf } from "../tools/tool.ts";
import type { ArtifactTools } from "./artifactTools.ts";

export interface ArtifactSource {
  readonly tools: readonly Tool[];
  /** All that stands of the answer when a tool is called. */
  standsAt(answer: string): void;
  /** What the tool wrote, once. */
  takeWritten(): string;
}

export function createArtifactSource(artifacts: ArtifactTools): ArtifactSource {
  let answer = "";
  let written = "";
  return {
    tools: artifacts.offers.map(({ name, description, parameters }): Tool => {
      const definition = { name, description, parameters: parameters as JsonObject, class: "reads-here" as const };
      return {
        ...definition,
        version: versionOf(definition),
        isUntrusted: false,
        target: () => "",
        run: (args) => {
          const { writes, says } = artifacts.call({ id: "", name, arguments: args }, answer);
          written += writes;
          return Promise.resolve(says.startsWith("Not done.") ? errorResult(says) : textResult(says));
        },
      };
    }),
    standsAt: (now) => {
      answer = now;
      written = "";
    },
    takeWritten: () => {
      const whole = written;
      written = "";
      return whole;
    },
  };
}
