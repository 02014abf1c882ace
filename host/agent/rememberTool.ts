/**
 * The tool `remember`, for models that have tools, in the place of the tag that others are told (memory.ts): what it proposes stands at the answer's end in that same form, and the owner decides on a
 * device. Nothing outside the answer changes by it, so it counts as what reads here.
 */
import { factCharsMax } from "#sync/limits.ts";
import type { AnswerPart } from "../backends/backend.ts";
import { errorResult, textResult, type Tool, type ToolDefinition, versionOf } from "../tools/tool.ts";
import { proposalsPerAnswerMax } from "./limits.ts";

const definition: ToolDefinition = {
  name: "remember",
  description:
    "Proposes to remember something lasting about the person you talk with or their work, for later chats. They decide whether it is kept; do not mention it otherwise. Seldom; nothing secret, nothing that holds today only.",
  parameters: {
    type: "object",
    properties: { fact: { type: "string", description: "One short sentence." } },
    required: ["fact"],
    additionalProperties: false,
  },
  class: "reads-here",
};

export interface RememberTool {
  readonly tool: Tool;
  /** The parts, and behind them what was proposed. */
  withProposals(parts: AsyncIterable<AnswerPart>, signal: AbortSignal): AsyncIterable<AnswerPart>;
}

export function createRememberTool(): RememberTool {
  const facts: string[] = [];
  return {
    tool: {
      ...definition,
      version: versionOf(definition),
      isUntrusted: false,
      target: () => "",
      run: ({ fact }) => {
        // As a device reads it back: one line, and no tag within the tag.
        const tidy = String(fact).replace(/[<>]/g, "").replace(/\s+/g, " ").trim();
        if (tidy === "" || tidy.length > factCharsMax)
          return Promise.resolve(errorResult("Not proposed: say it in one short sentence."));
        if (facts.length >= proposalsPerAnswerMax)
          return Promise.resolve(errorResult("Not proposed: that is enough for one answer."));
        if (!facts.includes(tidy)) facts.push(tidy);
        return Promise.resolve(textResult("Proposed. They decide."));
      },
    },
    withProposals: async function* (parts, signal) {
      yield* parts;
      const lines = facts.splice(0).map((fact) => `\n<remember>${fact}</remember>`);
      if (lines.length > 0 && !signal.aborted) yield { kind: "text", text: lines.join("") };
    },
  };
}
