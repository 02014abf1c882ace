/**
 * What receipts said, from one life of this device to the next (ON5), so that a start asks and tells only what is new. An open doc keeps what was said of
 * it with its journal; of the many that are kept without being opened it lies here, in one row that can be made again by asking.
 *
 *   row   version 1 ‖ heard [4: doc 16 ‖ device 16 ‖ counter 8] ‖ said [4: doc 16 ‖ author 16 ‖ counter 8]
 */
import { createReader, createWriter, type Reader, type Writer } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import { authorIdFromBytes, docIdFromBytes, ID_BYTES, idToBytes, type DocId } from "#crypto/ids.ts";
import type { DeviceCache } from "./deviceCache.ts";
import { rememberedReceiptsMax, rememberReceiptsMs } from "./limits.ts";
import type { Clock } from "./ports.ts";
import type { Receipt, ReceiptMemory } from "./receipts.ts";

export interface KeptReceipts {
  /** What an earlier life was told is taken in, once; resolves also when there is none. */
  recall(): Promise<void>;
  noteMoved(): void;
  /** Stores what is not stored yet. */
  close(): Promise<void>;
}

export interface KeptReceiptsOptions {
  readonly clock: Clock;
  readonly cache: Pick<DeviceCache, "get" | "put">;
  readonly memory: () => ReceiptMemory;
  readonly recall: (memory: ReceiptMemory) => void;
  /** Of docs that are gone nothing is remembered. */
  readonly isKnown: (doc: DocId) => boolean;
}

const VERSION = 1;
const NAME = ["receipts"] as const;

export function encodeReceiptMemory({ heard, said }: ReceiptMemory): Uint8Array {
  const writer = createWriter().u8(VERSION);
  for (const list of [heard, said]) writeList(writer, list.slice(-rememberedReceiptsMax));
  return writer.finish();
}

/** Throws `CryptoError`. */
export function decodeReceiptMemory(bytes: Uint8Array): ReceiptMemory {
  const reader = createReader(bytes);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "remembered receipts");
  const memory = { heard: readList(reader), said: readList(reader) };
  reader.end();
  return memory;
}

export function keepReceipts({ clock, cache, memory, recall, isKnown }: KeptReceiptsOptions): KeptReceipts {
  let cancel: (() => void) | null = null;
  let recalling: Promise<void> | null = null;
  let isRecalled = false;

  function recallOnce(): Promise<void> {
    recalling ??= read().finally(() => {
      isRecalled = true;
    });
    return recalling;
  }

  async function read(): Promise<void> {
    const row = await cache.get(NAME);
    if (row === null) return;
    try {
      recall(decodeReceiptMemory(row));
    } catch (cause) {
      // reason: a row of another version, or none of ours, is asked for again.
      if (!(cause instanceof CryptoError)) throw cause;
    }
  }

  async function store(): Promise<void> {
    cancel?.();
    cancel = null;
    // What lies there says more than what was heard since.
    if (!isRecalled) return;
    const { heard, said } = memory();
    const isKept = ({ doc }: Receipt): boolean => isKnown(doc);
    await cache.put(NAME, encodeReceiptMemory({ heard: heard.filter(isKept), said: said.filter(isKept) })).catch(() => {
      // reason: what cannot be stored is asked for again.
    });
  }

  return {
    recall: recallOnce,
    noteMoved: () => {
      void recallOnce();
      cancel ??= clock.after(rememberReceiptsMs, () => void store());
    },
    close: async () => {
      if (cancel !== null) await store();
    },
  };
}

function writeList(writer: Writer, list: readonly Receipt[]): void {
  writer.u32(list.length);
  for (const { doc, author, counter } of list) writer.fixed(idToBytes(doc)).fixed(idToBytes(author)).u64(counter);
}

function readList(reader: Reader): readonly Receipt[] {
  const count = reader.u32();
  if (count > rememberedReceiptsMax) throw new CryptoError("malformed", `${count} remembered receipts`);
  const list: Receipt[] = [];
  for (let left = count; left > 0; left--) {
    const doc = docIdFromBytes(reader.fixed(ID_BYTES));
    list.push({ doc, author: authorIdFromBytes(reader.fixed(ID_BYTES)), counter: reader.u64() });
  }
  return list;
}
