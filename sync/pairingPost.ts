/** Mailboxes as a pairing uses them: over a connection, which may break and come back in between. */
import type { Connection } from "./connection.ts";
import { retryPutMs } from "./limits.ts";
import type { Clock } from "./ports.ts";

/** `used`: another message lies there. `gone`: there is no such mailbox, not yet or not any more. */
export type PutOutcome = "put" | "used" | "gone";

export interface PairingPost {
  /** `false`: the host takes none. */
  open(mailboxes: readonly Uint8Array[]): Promise<boolean>;
  close(mailboxes: readonly Uint8Array[]): void;
  put(mailbox: Uint8Array, message: Uint8Array): Promise<PutOutcome>;
  /** `used`: a second message came. `gone`: see above, or somebody else takes from it. A message may come again. */
  take(mailbox: Uint8Array, listener: (message: Uint8Array | "used" | "gone") => void): () => void;
}

export function createPairingPost(connection: Connection, clock: Clock): PairingPost {
  /** Repeating is safe: the relay knows a message again. Whoever waits for this has a time of its own. */
  async function untilAnswered(
    send: () => ReturnType<Connection["putMailbox"]>,
  ): Promise<"ack" | "conflict" | "refused"> {
    for (;;) {
      const reply = await send();
      if (reply.kind === "ack") return "ack";
      if (reply.kind === "nack") return reply.code === "conflict" ? "conflict" : "refused";
      if (connection.isClosed) return "refused";
      await new Promise<void>((resolve) => void clock.after(retryPutMs, resolve));
    }
  }

  return {
    open: async (mailboxes) => (await untilAnswered(() => connection.openMailboxes(mailboxes))) === "ack",
    close: (mailboxes) => connection.closeMailboxes(mailboxes),
    put: async (mailbox, message) => {
      const answer = await untilAnswered(() => connection.putMailbox(mailbox, message));
      return answer === "ack" ? "put" : answer === "conflict" ? "used" : "gone";
    },
    take: (mailbox, listener) =>
      connection.takeMailbox(mailbox, {
        onMessage: (message) => listener(message ?? "used"),
        onRefused: () => listener("gone"),
      }),
  };
}
