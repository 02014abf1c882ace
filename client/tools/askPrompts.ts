/** Asks the host for the prompts of its owner's tool servers: in a temporary chat that is closed with the answer (`#sync/docs/toolPrompts.ts`). */
import {
  parsePromptList,
  parsePromptText,
  type PromptAsk,
  type PromptList,
  promptsModel,
  type PromptText,
} from "#sync/docs/toolPrompts.ts";
import { isRunEnd } from "#sync/docs/run.ts";
import { promptAnswerMs } from "#sync/limits.ts";
import type { Clock } from "#sync/ports.ts";
import type { Vault } from "#sync/vault.ts";

type PromptVault = Pick<Vault, "temporary" | "openChat" | "ask">;

/** `null`: the host does not answer, or knows nothing of this. */
export async function askForPrompts(vault: PromptVault, clock: Clock): Promise<PromptList | null> {
  const answer = await ask(vault, { kind: "list" }, clock);
  return answer === null ? null : parsePromptList(answer);
}

export async function askForPrompt(
  vault: PromptVault,
  asked: Omit<Extract<PromptAsk, { kind: "get" }>, "kind">,
  clock: Clock,
): Promise<PromptText | null> {
  const answer = await ask(vault, { kind: "get", ...asked }, clock);
  return answer === null ? null : parsePromptText(answer);
}

async function ask(vault: PromptVault, asked: PromptAsk, clock: Clock): Promise<string | null> {
  const doc = await vault.temporary.begin();
  try {
    const open = await vault.openChat(doc);
    try {
      const { value: chat } = open;
      const { run } = await vault.ask(doc, { text: JSON.stringify(asked), parent: null, model: promptsModel });
      return await new Promise((resolve) => {
        const finish = (text: string | null): void => {
          cancel();
          leave();
          resolve(text);
        };
        const look = (): void => {
          const { status, text } = chat.answer(run);
          if (isRunEnd(status)) finish(status === "done" ? text : null);
        };
        const cancel = clock.after(promptAnswerMs, () => finish(null));
        const leave = chat.observe(look);
        look();
      });
    } finally {
      open.close();
    }
  } finally {
    await vault.temporary.close(doc);
  }
}
