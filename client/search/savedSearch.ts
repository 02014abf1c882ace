/**
 * The index between two days, in the vault's cache and so sealed (sync/deviceCache.ts): a row for each part, and one that names
 * them with the state each is in, written last. Where the two do not fit, as after a page that went in the middle of it, nothing of
 * it counts, and the chats are read again.
 */
import { utf8ToBytes } from "#crypto/bytes.ts";
import type { DeviceCache } from "#sync/deviceCache.ts";
import type { PackedPart } from "./searchWorker.ts";

/** What was known of a chat when it was last read. */
export interface NotedChat {
  readonly lastAt: number;
  readonly readAt: number;
  /** An answer was under way in it. */
  readonly isBusy: boolean;
  /** All that the host has of it was here. */
  readonly isWhole: boolean;
}

export interface SavedSearch {
  readonly parts: readonly PackedPart[];
  readonly noted: ReadonlyMap<string, NotedChat>;
}

interface Index {
  readonly version: number;
  readonly parts: readonly (readonly [id: number, stamp: number])[];
  readonly noted: readonly (readonly [chat: string, noted: NotedChat])[];
}

/** 2: whose words a message is. 3: messages, and no longer what an index makes of them. What an older app saved is read again. */
const version = 3;
const root = "search";
const indexName = [root, "index"] as const;
const partName = (id: number): readonly string[] => [root, "part", String(id)];
/** In front of a part, so that it is known for the state it is in. */
const stampBytes = 8;

/** `null`: none, or none that is whole. */
export async function readSaved(cache: DeviceCache): Promise<SavedSearch | null> {
  const bytes = await cache.get(indexName);
  const index = bytes === null ? null : parseIndex(bytes);
  if (index === null) return null;
  const parts: PackedPart[] = [];
  for (const [id, stamp] of index.parts) {
    const part = await cache.get(partName(id));
    if (part === null || readStamp(part) !== stamp) return null;
    parts.push({ id, stamp, bytes: Uint8Array.from(part.subarray(stampBytes)) });
  }
  return { parts, noted: new Map(index.noted) };
}

/** `stamps`: of all parts there are, these among them. */
export async function writeSaved(
  cache: DeviceCache,
  changed: readonly PackedPart[],
  { stamps, noted }: { readonly stamps: ReadonlyMap<number, number>; readonly noted: ReadonlyMap<string, NotedChat> },
): Promise<void> {
  for (const { id, stamp, bytes } of changed) {
    if (bytes === null) await cache.remove(partName(id));
    else await cache.put(partName(id), withStamp(stamp, bytes));
  }
  const index: Index = { version, parts: [...stamps], noted: [...noted] };
  await cache.put(indexName, utf8ToBytes(JSON.stringify(index)));
}

export function forgetSaved(cache: DeviceCache): Promise<void> {
  return cache.remove([root]);
}

function parseIndex(bytes: Uint8Array): Index | null {
  try {
    const index = JSON.parse(new TextDecoder().decode(bytes)) as Index;
    return index.version === version ? index : null;
  } catch {
    // reason: an app of another day wrote it.
    return null;
  }
}

function withStamp(stamp: number, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(stampBytes + bytes.length);
  new DataView(whole.buffer).setFloat64(0, stamp);
  whole.set(bytes, stampBytes);
  return whole;
}

function readStamp(part: Uint8Array): number | null {
  return part.length < stampBytes ? null : new DataView(part.buffer, part.byteOffset).getFloat64(0);
}
