/**
 * The built-in responder for a machine with no model on it: it answers from the product's own manual, streams like any backend and
 * says at every turn that it is none. It reads nothing but the last question, and sends nothing anywhere.
 */
import { setTimeout as wait } from "node:timers/promises";
import { unknownModel, type Backend } from "../backend.ts";
import { loadManual, type Manual } from "./manual.ts";
import { reply } from "./reply.ts";

const guideLabel = "Guide, not a model";
const guideWhere = "the manual on this host";

/** About 60 words a second: quicker than anyone reads, and slow enough to be seen arriving. */
const wordDelayMs = 16;

let manual: Manual | null = null;

export function createGuideBackend(delayMs = wordDelayMs): Backend {
  return {
    kind: "guide",
    label: guideLabel,
    where: guideWhere,
    models: ["guide"],
    defaultModel: "guide",
    // It reads the question alone, however long the rest is.
    contextTokens: () => null,
    prefill: () => true,
    describe: (model) => (model === "guide" ? unknownModel("guide") : null),
    async *answer({ turns, onServedBy }, signal) {
      onServedBy?.({ label: guideLabel, where: guideWhere, model: "guide" });
      manual ??= loadManual();
      const question = turns.findLast((turn) => turn.role === "user")?.text ?? "";
      const text = reply(manual, question);
      const last = turns.at(-1);
      const continues = last?.role === "assistant" ? last.text : "";
      // The manual may have changed under an answer that began on an older one: then it is said anew after what stands.
      const rest = text.startsWith(continues) ? text.slice(continues.length) : `\n\n${text}`;
      for (const word of rest.match(/\s*\S+/g) ?? []) {
        if (signal.aborted) return;
        yield { kind: "text", text: word };
        // An abort during the wait ends it at the next word.
        await wait(delayMs);
      }
    },
  };
}
