/** What a device asks of a host's ledger on a link, and what comes, by host and place. */
import type { AuthorId } from "#crypto/ids.ts";
import type { Frame } from "./frame.ts";

export type LedgerPart = Omit<Extract<Frame, { type: "ledgerPart" }>, "type">;

export interface LedgerAsks {
  /** Entries of that host's ledger after a place, not verified yet; `null` when the link broke first. Who is not there does not answer. */
  ask(host: AuthorId, from: number): Promise<LedgerPart | null>;
  take(part: LedgerPart): void;
  /** The link is gone. */
  loseAll(): void;
}

export interface LedgerAsksOptions {
  readonly asker: AuthorId;
  readonly isLive: () => boolean;
  readonly send: (frame: Frame) => void;
}

export function createLedgerAsks({ asker, isLive, send }: LedgerAsksOptions): LedgerAsks {
  const waiting = new Map<string, (part: LedgerPart | null) => void>();
  const keyOf = (host: AuthorId, from: number): string => `${host} ${from}`;

  return {
    ask: (host, from) =>
      new Promise((resolve) => {
        if (!isLive()) return resolve(null);
        const key = keyOf(host, from);
        waiting.get(key)?.(null);
        waiting.set(key, resolve);
        send({ type: "ledgerAsk", host, asker, from });
      }),
    take: ({ host, from, entries, ...rest }) => {
      const key = keyOf(host, from);
      waiting.get(key)?.({ ...rest, host, from, entries: entries.map((entry) => entry.slice()) });
      waiting.delete(key);
    },
    loseAll: () => {
      const lost = [...waiting.values()];
      waiting.clear();
      for (const answer of lost) answer(null);
    },
  };
}
