/**
 * Mailboxes in memory, for tests of pairing: with the rules of host/relay/mailboxes.ts, and with somebody in between who sees
 * every message and may change, hold back, repeat or invent any.
 */
import { bytesToHex, isEqualBytes } from "#crypto/bytes.ts";
import type { PairingPost } from "../pairingPost.ts";

type Listener = Parameters<PairingPost["take"]>[1];

interface Box {
  message: Uint8Array | null;
  taker: { readonly who: string; readonly listener: Listener } | null;
}

export interface PairingHub {
  /** Each party has its own. */
  post(who: string): PairingPost;
  /** What is really put where `who` puts `message`; `null` swallows it. */
  meddle: (who: string, mailbox: string, message: Uint8Array) => Uint8Array | null;
  /** Puts as a stranger would. */
  put(mailbox: Uint8Array, message: Uint8Array): "put" | "used" | "gone";
  /** What lies in it, unseen by whoever waits. */
  peek(mailbox: Uint8Array): Uint8Array | null;
  /** Called with each message as it is put. */
  onPut: (mailbox: string, message: Uint8Array) => void;
  /** All time is over for these. */
  expire(): void;
  isOpen(mailbox: Uint8Array): boolean;
}

export function createPairingHub(): PairingHub {
  const boxes = new Map<string, Box>();
  const hub: PairingHub = {
    meddle: (_who, _mailbox, message) => message,
    onPut: () => {},
    post: (who) => ({
      open: (mailboxes) => {
        for (const mailbox of mailboxes) {
          const name = bytesToHex(mailbox);
          if (!boxes.has(name)) boxes.set(name, { message: null, taker: null });
        }
        return Promise.resolve(true);
      },
      close: (mailboxes) => {
        for (const mailbox of mailboxes) boxes.delete(bytesToHex(mailbox));
      },
      put: (mailbox, message) => {
        const real = hub.meddle(who, bytesToHex(mailbox), message);
        return Promise.resolve(real === null ? "put" : hub.put(mailbox, real));
      },
      take: (mailbox, listener) => {
        const name = bytesToHex(mailbox);
        const box = boxes.get(name);
        const isTaken = box?.taker !== null && box?.taker !== undefined && box.taker.who !== who;
        if (box === undefined || isTaken) {
          queueMicrotask(() => listener("gone"));
          return () => {};
        }
        box.taker = { who, listener };
        const { message } = box;
        if (message !== null) queueMicrotask(() => listener(message));
        return () => {
          if (box.taker?.listener === listener) box.taker = null;
        };
      },
    }),
    put: (mailbox, message) => {
      const name = bytesToHex(mailbox);
      const box = boxes.get(name);
      if (box === undefined) return "gone";
      if (box.message !== null) {
        if (isEqualBytes(box.message, message)) return "put";
        box.taker?.listener("used");
        return "used";
      }
      box.message = message;
      hub.onPut(name, message);
      box.taker?.listener(message);
      return "put";
    },
    peek: (mailbox) => boxes.get(bytesToHex(mailbox))?.message ?? null,
    expire: () => boxes.clear(),
    isOpen: (mailbox) => boxes.has(bytesToHex(mailbox)),
  };
  return hub;
}
