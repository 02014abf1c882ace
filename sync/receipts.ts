/**
 * Which other device holds what this one wrote (ON rules of PROTOCOL.md). Devices tell each other how far they hold one another's
 * chains, strictly committed, in sealed EPHEMERAL envelopes on the catalog: one small message a while after something moved, for
 * all docs together, never stored. In a log the same knowledge would cost every device one envelope for each one that it reads,
 * for ever. Who was away asks, once a link, for the docs that it has no answer about.
 *
 *   clear   1
 *   body    version 1 ‖ asks 1 ‖ [2: doc 16 ‖ author 16 ‖ counter 8]
 *
 * A message that asks says how far its author's own chains go. One that tells says how far its author holds somebody's chain.
 */
import { createReader, createWriter } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import { authorIdFromBytes, docIdFromBytes, ID_BYTES, idToBytes, type AuthorId, type DocId } from "#crypto/ids.ts";
import { receiptDelayMs, receiptItemsMax } from "./limits.ts";
import type { Clock } from "./ports.ts";

/** Tells receipts from presence, whose clear part is empty. */
export const receiptClearByte = 1;

export interface Receipt {
  readonly doc: DocId;
  readonly author: AuthorId;
  readonly counter: number;
}

export interface ReceiptMessage {
  readonly asks: boolean;
  readonly items: readonly Receipt[];
}

const VERSION = 1;

export function encodeReceipts({ asks, items }: ReceiptMessage): Uint8Array {
  const writer = createWriter()
    .u8(VERSION)
    .u8(asks ? 1 : 0)
    .u16(items.length);
  for (const { doc, author, counter } of items) writer.fixed(idToBytes(doc)).fixed(idToBytes(author)).u64(counter);
  return writer.finish();
}

/** Throws `CryptoError`. */
export function decodeReceipts(bytes: Uint8Array): ReceiptMessage {
  const reader = createReader(bytes);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "receipts");
  const asks = reader.u8() === 1;
  const count = reader.u16();
  if (count > receiptItemsMax) throw new CryptoError("malformed", `${count} receipts`);
  const items: Receipt[] = [];
  for (let left = count; left > 0; left--) {
    const doc = docIdFromBytes(reader.fixed(ID_BYTES));
    items.push({ doc, author: authorIdFromBytes(reader.fixed(ID_BYTES)), counter: reader.u64() });
  }
  reader.end();
  return { asks, items };
}

/** What outlives this page (receiptMemory.ts): who holds how much of this device's chains, and what this one has said. */
export interface ReceiptMemory {
  /** `author`: the device that said that it holds so much of this one's chain. */
  readonly heard: readonly Receipt[];
  readonly said: readonly Receipt[];
}

export interface Receipts {
  /** This device holds these chains of a doc, strictly committed. */
  noteHeld(doc: DocId, tips: ReadonlyMap<AuthorId, number>): void;
  /** The host has this device's chain up to here, and at least one device has not said that it holds it. */
  noteUnconfirmed(doc: DocId, counter: number): void;
  /** That device said something: what it has not answered on this link, it may not have been there to hear. */
  noteThere(by: AuthorId): void;
  /** Another device's message. */
  take(by: AuthorId, body: Uint8Array): void;
  /** How far each device said it holds this device's chain of a doc. */
  of(doc: DocId): ReadonlyMap<AuthorId, number>;
  /** Who said that it holds all that this device wrote, as far as this device knows how much that is. */
  holdersOf(doc: DocId): readonly AuthorId[];
  memory(): ReceiptMemory;
  recall(memory: ReceiptMemory): void;
  /** Docs in which a device has not said that it holds all that this one wrote. */
  lackedBy(device: AuthorId): readonly DocId[];
  /** The link is new: what was said on the one before may not have been heard. */
  restart(): void;
  close(): void;
}

export interface ReceiptsOptions {
  readonly clock: Clock;
  readonly device: AuthorId;
  /** `false`: it could not be sent now. */
  readonly send: (body: Uint8Array) => boolean;
  readonly onReceipt: (doc: DocId, by: AuthorId, counter: number) => void;
  /** Somebody hears what is said of this author's chains: it is another device. A run's lane asks nobody, and an answer is hundreds of its envelopes. */
  readonly hears: (author: AuthorId) => boolean;
  /** There is more to remember. */
  readonly onMoved?: () => void;
}

export function createReceipts({ clock, device, send, onReceipt, hears, onMoved }: ReceiptsOptions): Receipts {
  const held = new Map<DocId, ReadonlyMap<AuthorId, number>>();
  const said = new Map<string, Receipt>();
  const asked = new Map<DocId, number>();
  /** Heard on this link. */
  const there = new Set<AuthorId>();
  const heard = new Map<DocId, Map<AuthorId, number>>();
  let toTell = new Map<string, Receipt>();
  let toAsk = new Map<DocId, Receipt>();
  let cancelSend: (() => void) | null = null;

  const nameOf = (doc: DocId, author: AuthorId): string => `${doc}/${author}`;

  function sendSoon(): void {
    cancelSend ??= clock.after(receiptDelayMs, () => {
      cancelSend = null;
      sendAll(false, [...toTell.values()]);
      sendAll(true, [...toAsk.values()]);
    });
  }

  /** What cannot be sent now is said when there is something to say again, or asked for. */
  function sendAll(asks: boolean, all: readonly Receipt[]): void {
    for (let at = 0; at < all.length; at += receiptItemsMax) {
      const items = all.slice(at, at + receiptItemsMax);
      if (!send(encodeReceipts({ asks, items }))) return;
      for (const { doc, author, counter } of items) {
        if (asks) {
          toAsk.delete(doc);
          asked.set(doc, counter);
        } else {
          toTell.delete(nameOf(doc, author));
          said.set(nameOf(doc, author), { doc, author, counter });
        }
      }
      onMoved?.();
    }
  }

  function noteHeard({ doc, author: by, counter }: Receipt): void {
    const known = heard.get(doc) ?? new Map<AuthorId, number>();
    heard.set(doc, known.set(by, Math.max(counter, known.get(by) ?? 0)));
  }

  function take(by: AuthorId, { asks, items }: ReceiptMessage): void {
    for (const { doc, author, counter } of items) {
      if (asks && author === by) {
        const mine = held.get(doc)?.get(by);
        if (mine !== undefined) toTell.set(nameOf(doc, by), { doc, author: by, counter: mine });
      } else if (!asks && author === device) {
        noteHeard({ doc, author: by, counter });
        onReceipt(doc, by, counter);
        onMoved?.();
      }
    }
    if (toTell.size > 0) sendSoon();
  }

  return {
    noteHeld: (doc, tips) => {
      held.set(doc, tips);
      for (const [author, counter] of tips) {
        if (!hears(author) || (said.get(nameOf(doc, author))?.counter ?? 0) >= counter) continue;
        toTell.set(nameOf(doc, author), { doc, author, counter });
      }
      if (toTell.size > 0) sendSoon();
    },
    noteUnconfirmed: (doc, counter) => {
      if ((asked.get(doc) ?? 0) > 0) return;
      toAsk.set(doc, { doc, author: device, counter });
      sendSoon();
    },
    noteThere: (by) => {
      if (there.has(by)) return;
      there.add(by);
      for (const [doc, counter] of asked)
        if ((heard.get(doc)?.get(by) ?? 0) < counter) toAsk.set(doc, { doc, author: device, counter });
      if (toAsk.size > 0) sendSoon();
    },
    take: (by, body) => {
      try {
        take(by, decodeReceipts(body));
      } catch (cause) {
        // reason: a message that is none tells nothing, and none is kept.
        if (!(cause instanceof CryptoError)) throw cause;
      }
    },
    of: (doc) => heard.get(doc) ?? new Map(),
    holdersOf: (doc) => {
      const own = held.get(doc)?.get(device) ?? 0;
      return [...(heard.get(doc) ?? [])].flatMap(([by, counter]) => (own > 0 && counter >= own ? [by] : []));
    },
    memory: () => ({
      heard: [...heard].flatMap(([doc, known]) => [...known].map(([author, counter]) => ({ doc, author, counter }))),
      said: [...said.values()],
    }),
    recall: (memory) => {
      for (const receipt of memory.heard) noteHeard(receipt);
      for (const receipt of memory.said) {
        const name = nameOf(receipt.doc, receipt.author);
        if ((said.get(name)?.counter ?? 0) < receipt.counter) said.set(name, receipt);
      }
    },
    lackedBy: (by) =>
      [...held].flatMap(([doc, tips]) => ((tips.get(device) ?? 0) > (heard.get(doc)?.get(by) ?? 0) ? [doc] : [])),
    restart: () => {
      asked.clear();
      there.clear();
      if (toTell.size + toAsk.size > 0) sendSoon();
    },
    close: () => {
      cancelSend?.();
      toTell = new Map();
      toAsk = new Map();
    },
  };
}
