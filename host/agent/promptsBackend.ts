/**
 * Answers a device that asks for prompts of its owner's tool servers (`#sync/docs/toolPrompts.ts`), in the place of a model: it comes by a grant and is sealed like every question, and nothing of it stays. Only in a
 * temporary chat: what a server wrote must not stand in a chat as if a model had said it.
 */
import { parsePromptAsk, promptsModel, type PromptList, type PromptText } from "#sync/docs/toolPrompts.ts";
import type { Backend } from "../backends/backend.ts";
import { McpError } from "../mcp/errors.ts";
import type { PromptSource } from "../mcp/prompts.ts";

export function createPromptsBackend(prompts: PromptSource): Backend {
  async function reply(text: string): Promise<PromptList | PromptText> {
    const ask = parsePromptAsk(text);
    if (ask === null) return { error: "This host knows no such question. It may need the newer version." };
    if (ask.kind === "list") return prompts.list();
    try {
      return { text: await prompts.get(ask.server, ask.name, ask.values) };
    } catch (error) {
      if (!(error instanceof McpError)) throw error;
      return { error: error.ownerSentence };
    }
  }

  return {
    // As the guide: no model, no tools, nothing to count.
    kind: "guide",
    label: "Tool servers",
    where: "this host",
    models: [promptsModel],
    defaultModel: promptsModel,
    contextTokens: () => null,
    prefill: () => false,
    describe: () => null,
    answer: async function* ({ turns }) {
      yield { kind: "text", text: JSON.stringify(await reply(turns.at(-1)?.text ?? "")) };
    },
  };
}
