/** Who waits at which mailbox of a relay (MB rules of PROTOCOL.md). */
import { bytesToHex, hexToBytes } from "#crypto/bytes.ts";
import type { LinkRequests } from "./linkRequests.ts";

/** Who waits at a mailbox. It is asked for again after every reconnect, until it leaves. */
export interface MailboxTaker {
  /** `null`: a second message was put there, so somebody else knows its name. A message may come again. */
  onMessage(message: Uint8Array | null): void;
  /** There is no such mailbox, not yet or not any more, or somebody else takes from it. */
  onRefused(): void;
}

export interface MailboxTakers {
  /** Until what it returns is called. */
  take(mailbox: Uint8Array, taker: MailboxTaker): () => void;
  receive(mailbox: Uint8Array, message: Uint8Array | null): void;
  /** The link is new. */
  askAgain(): void;
  clear(): void;
}

export function createMailboxTakers({ ask }: Pick<LinkRequests, "ask">): MailboxTakers {
  const takers = new Map<string, MailboxTaker>();

  async function askFor(name: string): Promise<void> {
    const mailbox = hexToBytes(name);
    if (mailbox === null) return;
    const reply = await ask((request) => ({ type: "mailboxTake", request, mailbox }));
    if (reply.kind === "nack") takers.get(name)?.onRefused();
  }

  return {
    take: (mailbox, taker) => {
      const name = bytesToHex(mailbox);
      takers.set(name, taker);
      void askFor(name);
      return () => {
        if (takers.get(name) === taker) takers.delete(name);
      };
    },
    receive: (mailbox, message) => takers.get(bytesToHex(mailbox))?.onMessage(message),
    askAgain: () => {
      for (const name of takers.keys()) void askFor(name);
    },
    clear: () => takers.clear(),
  };
}
