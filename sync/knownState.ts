/**
 * What a Yjs document is known to hold, without holding it: per client the next clock, and which clocks are deleted. It answers
 * one question, "does this update carry anything new?", so that a reconnect appends nothing. It grows with each update by that
 * update alone; merging whole documents for the same answer is quadratic over a chat's life.
 */
import {
  createDeleteSetFromStructStore,
  decodeStateVector,
  decodeUpdate,
  encodeStateAsUpdate,
  encodeStateVector,
  type Doc,
} from "yjs";

export interface KnownState {
  /** Takes an update in. Throws on bytes that are no update. */
  learn(update: Uint8Array): void;
  /** All that a document holds: for a long one, half the time of decoding its state once more. */
  learnDoc(doc: Doc): void;
  /** Throws on bytes that are no update. */
  isNews(update: Uint8Array): boolean;
  /** In Yjs' own encoding. */
  stateVector(): Uint8Array;
}

/** Half-open and apart from each other, ascending: [from, to). */
type Ranges = [from: number, to: number][];

export function createKnownState(): KnownState {
  const nextClocks = new Map<number, number>();
  const deleted = new Map<number, Ranges>();

  type DeleteSet = ReturnType<typeof createDeleteSetFromStructStore>;

  function learnDeleted({ clients }: DeleteSet): void {
    for (const [client, items] of clients) {
      const ranges = deleted.get(client) ?? [];
      deleted.set(client, ranges);
      for (const { clock, len } of items) addRange(ranges, clock, clock + len);
    }
  }

  function learn(update: Uint8Array): void {
    const { structs, ds } = decodeUpdate(update);
    for (const { id, length } of structs) {
      nextClocks.set(id.client, Math.max(nextClocks.get(id.client) ?? 0, id.clock + length));
    }
    learnDeleted(ds);
  }

  return {
    learn,
    learnDoc: (doc) => {
      // What waits inside it for something before it is in no state vector.
      if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null) return learn(encodeStateAsUpdate(doc));
      for (const [client, clock] of decodeStateVector(encodeStateVector(doc))) {
        nextClocks.set(client, Math.max(nextClocks.get(client) ?? 0, clock));
      }
      learnDeleted(createDeleteSetFromStructStore(doc.store));
    },
    isNews: (update) => {
      const { structs, ds } = decodeUpdate(update);
      if (structs.some(({ id, length }) => id.clock + length > (nextClocks.get(id.client) ?? 0))) return true;
      for (const [client, items] of ds.clients) {
        const ranges = deleted.get(client) ?? [];
        if (items.some(({ clock, len }) => !hasRange(ranges, clock, clock + len))) return true;
      }
      return false;
    },
    stateVector: () => encodeStateVector(nextClocks),
  };
}

/** The first range that ends at or after `at`. */
function findRange(ranges: Ranges, at: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.[1] ?? Infinity) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addRange(ranges: Ranges, from: number, to: number): void {
  if (from === to) return;
  const first = findRange(ranges, from);
  let last = first;
  let [start, end] = [from, to];
  for (let next = ranges[last]; next !== undefined && next[0] <= to; next = ranges[last]) {
    start = Math.min(start, next[0]);
    end = Math.max(end, next[1]);
    last += 1;
  }
  ranges.splice(first, last - first, [start, end]);
}

function hasRange(ranges: Ranges, from: number, to: number): boolean {
  if (from === to) return true;
  const range = ranges[findRange(ranges, to)];
  return range !== undefined && range[0] <= from && to <= range[1];
}
