/** Which answers there are on this device and what computed each: read chat by chat, the newest first, as many as are asked for. */
import type { DocId, RunId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";

export interface LoggedAnswer {
  readonly chat: DocId;
  readonly run: RunId;
  readonly at: number;
  /** What the host called that which answered; `null`: it named nothing. */
  readonly label: string | null;
  readonly model: string | null;
  readonly where: string | null;
}

/** Each call gives those of the next chats that have any, until at least so many are there. Empty: that was all. */
export function createAnswerLog(vault: Vault): { next(many: number): Promise<readonly LoggedAnswer[]> } {
  const chats = vault.catalog.value.chats().map(({ id }) => id);
  return {
    next: async (many) => {
      const found: LoggedAnswer[] = [];
      for (let id = chats.shift(); id !== undefined; id = found.length < many ? chats.shift() : undefined)
        found.push(...(await answersOf(vault, id)));
      return found.sort((a, b) => b.at - a.at);
    },
  };
}

async function answersOf(vault: Vault, id: DocId): Promise<readonly LoggedAnswer[]> {
  try {
    const { value: chat, close } = await vault.openChat(id);
    try {
      return chat.runs().flatMap((run) => {
        const { status, label, model, where } = chat.run(run);
        // Nobody was lent anything for what no host took.
        if (status === "requested" || status === "withdrawn") return [];
        return [{ chat: id, run, at: chat.request(run)?.at ?? 0, label, model, where }];
      });
    } finally {
      close();
    }
  } catch {
    // reason: a chat that cannot be opened now is told of where it is shown.
    return [];
  }
}
