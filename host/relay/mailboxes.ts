/**
 * Mailboxes: where two devices that pair leave each other sealed messages (crypto/pairing.ts), in memory only. A member
 * of the vault opens them; then whoever knows their names, a stranger too, may put one message into each and take it
 * once. So a stranger's link uses memory only where an owner is waiting for somebody, and a code that was used or has
 * run out opens nothing.
 *
 * - One message a box. Another one is refused, and whoever waits at the box is told: somebody else has read the code.
 * - One taker a box: the first key that asks. The same key may ask again, since links break; so may the same message.
 * - Gone after its time, whatever happened in it. What is not there, not yet or not any more, looks the same.
 */
import { bytesToHex, isEqualBytes } from "#crypto/bytes.ts";
import type { AuthorId } from "#crypto/ids.ts";
import type { NackCode } from "#sync/frame.ts";
import { mailboxLifeMs } from "#sync/limits.ts";
import { mailboxesMax, mailboxesPerDeviceMax, mailboxesPerVaultMax } from "./limits.ts";
import type { Place } from "./places.ts";

/** Who waits at a box: a link, and the key behind it. */
export interface MailboxTaker {
  readonly key: string;
  deliver(mailbox: Uint8Array, message: Uint8Array | null): void;
}

/** Who opens boxes, and in which place: one vault's boxes leave room for another's. */
export interface MailboxOwner {
  readonly author: AuthorId;
  readonly place: Place | null;
}

export interface Mailboxes {
  /** `null`: done. */
  open(owner: MailboxOwner, names: readonly Uint8Array[], nowMs: number): NackCode | null;
  close(owner: AuthorId, names: readonly Uint8Array[]): void;
  /** Of a device that was removed: nobody comes in by a code of its. */
  closeAll(owner: AuthorId): void;
  put(name: Uint8Array, message: Uint8Array, nowMs: number): NackCode | null;
  take(name: Uint8Array, taker: MailboxTaker, nowMs: number): NackCode | null;
  /** The link is gone: nothing is delivered to it any more. */
  leave(taker: MailboxTaker): void;
}

interface Box {
  readonly owner: AuthorId;
  readonly place: Place | null;
  readonly name: Uint8Array;
  readonly endsMs: number;
  message: Uint8Array | null;
  isUsedTwice: boolean;
  /** The one key that may take, once one has asked. */
  takerKey: string | null;
  taker: MailboxTaker | null;
}

export function createMailboxes(): Mailboxes {
  const boxes = new Map<string, Box>();

  function dropEnded(nowMs: number): void {
    for (const [key, { endsMs }] of boxes) if (endsMs <= nowMs) boxes.delete(key);
  }

  function find(name: Uint8Array, nowMs: number): Box | undefined {
    dropEnded(nowMs);
    return boxes.get(bytesToHex(name));
  }

  return {
    open: ({ author: owner, place }, names, nowMs) => {
      dropEnded(nowMs);
      const fresh = names.filter((name) => !boxes.has(bytesToHex(name)));
      const own = [...boxes.values()].filter((box) => box.owner === owner).length;
      const ofPlace = [...boxes.values()].filter((box) => box.place === place).length;
      const isFull = ofPlace + fresh.length > mailboxesPerVaultMax || boxes.size + fresh.length > mailboxesMax;
      if (own + fresh.length > mailboxesPerDeviceMax || isFull) return "full";
      // A repeated frame, or a name that is taken: the boxes that are there keep their end.
      for (const name of fresh) {
        boxes.set(bytesToHex(name), {
          owner,
          place,
          name: Uint8Array.from(name),
          endsMs: nowMs + mailboxLifeMs,
          message: null,
          isUsedTwice: false,
          takerKey: null,
          taker: null,
        });
      }
      return null;
    },
    close: (owner, names) => {
      for (const name of names) if (boxes.get(bytesToHex(name))?.owner === owner) boxes.delete(bytesToHex(name));
    },
    closeAll: (owner) => {
      for (const [key, box] of boxes) if (box.owner === owner) boxes.delete(key);
    },
    put: (name, message, nowMs) => {
      const box = find(name, nowMs);
      if (box === undefined) return "not-allowed";
      if (box.message !== null) {
        if (isEqualBytes(box.message, message)) return null;
        box.isUsedTwice = true;
        box.taker?.deliver(box.name, null);
        return "conflict";
      }
      // The frame it is a view of is gone once this returns.
      box.message = Uint8Array.from(message);
      box.taker?.deliver(box.name, box.message);
      return null;
    },
    take: (name, taker, nowMs) => {
      const box = find(name, nowMs);
      if (box === undefined) return "not-allowed";
      if (box.takerKey !== null && box.takerKey !== taker.key) return "conflict";
      box.takerKey = taker.key;
      box.taker = taker;
      if (box.message !== null) taker.deliver(box.name, box.message);
      if (box.isUsedTwice) taker.deliver(box.name, null);
      return null;
    },
    leave: (taker) => {
      for (const box of boxes.values()) if (box.taker === taker) box.taker = null;
    },
  };
}
