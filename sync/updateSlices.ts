/**
 * Cuts one large Yjs update (V1) into many small ones, for two reasons: a doc of ten thousand messages goes in without keeping the page from
 * anything else (JR15), and what was typed is never longer than an envelope may carry (BT3). A slice needs nothing that comes after it: Yjs would
 * keep what does aside and try it again with each further slice, which is quadratic. Structs are copied as they stand (updateStructs.ts).
 */
import * as decoding from "lib0/decoding";
import { concatBytes } from "#crypto/bytes.ts";
import { cutDeletions, cutText, encodeCounts, readStruct } from "./updateStructs.ts";

export interface SliceLimits {
  readonly structsMax: number;
  /** Of a whole slice; one value of more than that stays as it is. */
  readonly bytesMax: number;
}

/** Two milliseconds' worth on a laptop, a dozen on a slow phone. */
const loadLimits: SliceLimits = { structsMax: 500, bytesMax: 65_536 };
/** Structs looked at before the caller gets its turn: they are only skipped over. */
const readAtOnce = 4_000;

/** How many clients or structs, a client and a clock: numbers of up to 53 bits. */
const headBytesMax = 32;
const NO_DELETIONS = Uint8Array.of(0);

interface Client {
  readonly id: number;
  /** Where each struct begins; one more for the end of the last. */
  readonly places: number[];
  /** Of each struct; one more for the clock after the last. */
  readonly clocks: number[];
  /** The next struct that no slice has. */
  next: number;
}

/** In order: none of them is longer than that, but for one value that is. */
export function splitUpdate(update: Uint8Array, bytesMax: number): readonly Uint8Array[] {
  return [...sliceUpdate(update, { structsMax: Infinity, bytesMax })].filter((slice) => slice !== null);
}

/**
 * The slices, in the order in which they are to be applied. Between two of them, and now and then before the first, it gives
 * `null`: nothing to apply, but a moment to let others have their turn. Throws on bytes that are no update.
 */
export function* sliceUpdate(update: Uint8Array, limits = loadLimits): Generator<Uint8Array | null, void, void> {
  const decoder = decoding.createDecoder(update);
  const clients: Client[] = [];
  let read = 0;
  for (let left = decoding.readVarUint(decoder); left > 0; left--) {
    let structs = decoding.readVarUint(decoder);
    const client: Client = { id: decoding.readVarUint(decoder), places: [], clocks: [], next: 0 };
    let clock = decoding.readVarUint(decoder);
    for (; structs > 0; structs--) {
      client.places.push(decoder.pos);
      client.clocks.push(clock);
      clock += readStruct(decoder, null);
      read += 1;
      if (read % readAtOnce === 0) yield null;
    }
    client.places.push(decoder.pos);
    client.clocks.push(clock);
    clients.push(client);
  }
  const deletions = update.subarray(decoder.pos);

  let slice = createSlice(update, limits);
  for (const client of inOrder(update, clients)) {
    if (!slice.fits(client)) {
      if (!slice.isEmpty) {
        yield slice.finish();
        yield null;
        slice = createSlice(update, limits);
      }
      const parts = slice.fits(client) ? null : cutNext(update, client, limits.bytesMax);
      if (parts !== null) {
        for (const part of parts) {
          yield part;
          yield null;
        }
        client.next += 1;
        continue;
      }
    }
    slice.add(client);
  }
  if (slice.bytes + deletions.length <= limits.bytesMax) return void (yield slice.finish(deletions));
  if (!slice.isEmpty) yield slice.finish();
  yield* cutDeletions(deletions, limits.bytesMax);
}

/** Whose next struct has its turn: what that stands on goes first, and what that stands on before it. The caller takes it. */
function* inOrder(update: Uint8Array, clients: readonly Client[]): Generator<Client, void, void> {
  const known = new Map(clients.map((client) => [client.id, client]));
  for (const first of clients) {
    while (first.next < first.places.length - 1) {
      const way: Client[] = [first];
      for (let client = way.at(-1); client !== undefined; client = way.at(-1)) {
        const needed = neededBefore(update, client, known);
        // Two that stand on each other are no document of ours: Yjs will say so.
        if (needed !== null && !way.includes(needed)) {
          way.push(needed);
          continue;
        }
        yield client;
        way.pop();
      }
    }
  }
}

/** Whose next struct must be in the doc before the next one of `client`; `null` when nothing is missing that will come. */
function neededBefore(update: Uint8Array, client: Client, known: ReadonlyMap<number, Client>): Client | null {
  let needed: Client | null = null;
  const decoder = decoding.createDecoder(update);
  decoder.pos = client.places[client.next] ?? 0;
  readStruct(decoder, (id, clock) => {
    const other = known.get(id);
    if (other === undefined || needed !== null || other === client) return;
    const isThere = (other.clocks[other.next] ?? 0) > clock;
    const willCome = (other.clocks.at(-1) ?? 0) > clock && other.next < other.places.length - 1;
    if (!isThere && willCome) needed = other;
  });
  return needed;
}

/** The next struct in whole updates of its own; `null` when it cannot be cut. */
function cutNext(update: Uint8Array, client: Client, bytesMax: number): readonly Uint8Array[] | null {
  const struct = update.subarray(client.places[client.next], client.places[client.next + 1]);
  // In front of a part's text stand two heads and what it stands on.
  const textBytesMax = Math.max(1, bytesMax - 4 * headBytesMax);
  const parts = cutText(struct, client.id, client.clocks[client.next] ?? 0, textBytesMax);
  return (
    parts?.map(({ clock, struct: part }) => concatBytes(encodeCounts(1, 1, client.id, clock), part, NO_DELETIONS)) ??
    null
  );
}

interface Slice {
  readonly isEmpty: boolean;
  readonly bytes: number;
  /** The next struct of that client has room. */
  fits(client: Client): boolean;
  add(client: Client): void;
  finish(deletions?: Uint8Array): Uint8Array;
}

function createSlice(update: Uint8Array, { structsMax, bytesMax }: SliceLimits): Slice {
  const starts = new Map<Client, number>();
  let structs = 0;
  let bytes = headBytesMax;
  const bytesWith = (client: Client): number =>
    (client.places[client.next + 1] ?? 0) - (client.places[client.next] ?? 0) + (starts.has(client) ? 0 : headBytesMax);
  return {
    get isEmpty() {
      return structs === 0;
    },
    get bytes() {
      return bytes;
    },
    fits: (client) => structs < structsMax && bytes + bytesWith(client) <= bytesMax,
    add: (client) => {
      bytes += bytesWith(client);
      if (!starts.has(client)) starts.set(client, client.next);
      client.next += 1;
      structs += 1;
    },
    finish: (deletions = NO_DELETIONS) => {
      const parts: Uint8Array[] = [encodeCounts(starts.size)];
      for (const [client, start] of starts) {
        parts.push(encodeCounts(client.next - start, client.id, client.clocks[start] ?? 0));
        parts.push(update.subarray(client.places[start], client.places[client.next]));
      }
      return concatBytes(...parts, deletions);
    },
  };
}
