/**
 * Cuts one large Yjs update (V1) into many small ones, so that a doc of ten thousand messages goes in without keeping the page from
 * anything else. A slice needs nothing that comes after it: Yjs would keep what does aside and try it again with each further slice,
 * which is quadratic. Structs are copied as they stand; only where each begins, and what it stands on, is read:
 *
 *   update    clients [varuint: structs varuint, client varuint, clock varuint, struct …] ‖ deletions
 *   struct    info 1 ‖ origin id if 0x80 ‖ right origin id if 0x40 ‖ (neither: parent 1 name | 0 id ‖ key if 0x20) ‖ content by info & 31
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { concatBytes } from "#crypto/bytes.ts";

type Decoder = decoding.Decoder;

/** Structs in a slice: two milliseconds' worth on a laptop, a dozen on a slow phone. */
const sliceStructsMax = 500;
const sliceBytesMax = 65_536;
/** Structs looked at before the caller gets its turn: they are only skipped over. */
const readAtOnce = 4_000;

const HAS_ORIGIN = 0x80;
const HAS_RIGHT_ORIGIN = 0x40;
const HAS_KEY = 0x20;
const REF = 0x1f;
const NO_DELETIONS = Uint8Array.of(0);
const GC = 0;
const SKIP = 10;

interface Client {
  readonly id: number;
  /** Where each struct begins; one more for the end of the last. */
  readonly places: number[];
  /** Of each struct; one more for the clock after the last. */
  readonly clocks: number[];
  /** The next struct that no slice has. */
  next: number;
}

/**
 * The slices, in the order in which they are to be applied. Between two of them, and now and then before the first, it gives
 * `null`: nothing to apply, but a moment to let others have their turn. Throws on bytes that are no update.
 */
export function* sliceUpdate(update: Uint8Array): Generator<Uint8Array | null, void, void> {
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

  const known = new Map(clients.map((client) => [client.id, client]));
  let slice = createSlice();
  for (const first of clients) {
    while (first.next < first.places.length - 1) {
      // What the next struct stands on goes first, and what that stands on before it.
      const way: Client[] = [first];
      for (let client = way.at(-1); client !== undefined; client = way.at(-1)) {
        const needed = neededBefore(update, client, known);
        // Two that stand on each other are no document of ours: Yjs will say so.
        if (needed !== null && !way.includes(needed)) {
          way.push(needed);
          continue;
        }
        slice.add(client);
        way.pop();
        if (!slice.isFull) continue;
        yield slice.finish(update);
        yield null;
        slice = createSlice();
      }
    }
  }
  yield slice.finish(update, deletions);
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

interface Slice {
  add(client: Client): void;
  readonly isFull: boolean;
  finish(update: Uint8Array, deletions?: Uint8Array): Uint8Array;
}

function createSlice(): Slice {
  const starts = new Map<Client, number>();
  let structs = 0;
  let bytes = 0;
  return {
    add: (client) => {
      if (!starts.has(client)) starts.set(client, client.next);
      bytes += (client.places[client.next + 1] ?? 0) - (client.places[client.next] ?? 0);
      client.next += 1;
      structs += 1;
    },
    get isFull() {
      return structs >= sliceStructsMax || bytes >= sliceBytesMax;
    },
    finish: (update, deletions = NO_DELETIONS) => {
      const parts: Uint8Array[] = [];
      const writeCounts = (...counts: readonly number[]): void => {
        const encoder = encoding.createEncoder();
        for (const count of counts) encoding.writeVarUint(encoder, count);
        parts.push(encoding.toUint8Array(encoder));
      };
      writeCounts(starts.size);
      for (const [client, start] of starts) {
        writeCounts(client.next - start, client.id, client.clocks[start] ?? 0);
        parts.push(update.subarray(client.places[start], client.places[client.next]));
      }
      return concatBytes(...parts, deletions);
    },
  };
}

/** Goes over one struct; `onNeeds` hears the ids it stands on. How many clocks it takes. */
function readStruct(decoder: Decoder, onNeeds: ((client: number, clock: number) => void) | null): number {
  const info = decoding.readUint8(decoder);
  const ref = info & REF;
  if (ref === GC || info === SKIP) return decoding.readVarUint(decoder);
  const readId = (): void => {
    const client = decoding.readVarUint(decoder);
    const clock = decoding.readVarUint(decoder);
    onNeeds?.(client, clock);
  };
  if ((info & HAS_ORIGIN) !== 0) readId();
  if ((info & HAS_RIGHT_ORIGIN) !== 0) readId();
  if ((info & (HAS_ORIGIN | HAS_RIGHT_ORIGIN)) === 0) {
    if (decoding.readVarUint(decoder) === 1) skipBytes(decoder);
    else readId();
    if ((info & HAS_KEY) !== 0) skipBytes(decoder);
  }
  return onNeeds === null ? readContent(decoder, ref) : 0;
}

/** Yjs' kinds of content, by their numbers. */
function readContent(decoder: Decoder, ref: number): number {
  switch (ref) {
    case 1: // deleted
      return decoding.readVarUint(decoder);
    case 2: {
      // JSON, as strings
      const length = decoding.readVarUint(decoder);
      for (let left = length; left > 0; left--) skipBytes(decoder);
      return length;
    }
    case 3: // bytes
    case 5: // an embed
      skipBytes(decoder);
      return 1;
    case 4:
      return readStringLength(decoder);
    case 6: // a format: its key and its value
      skipBytes(decoder);
      skipBytes(decoder);
      return 1;
    case 7: {
      // a type; two kinds of XML have a name
      const type = decoding.readVarUint(decoder);
      if (type === 3 || type === 5) skipBytes(decoder);
      return 1;
    }
    case 8: {
      const length = decoding.readVarUint(decoder);
      for (let left = length; left > 0; left--) decoding.readAny(decoder);
      return length;
    }
    case 9: // a doc inside: its name and its options
      skipBytes(decoder);
      decoding.readAny(decoder);
      return 1;
    default:
      throw new Error(`a struct of kind ${ref}`);
  }
}

function skipBytes(decoder: Decoder): void {
  const length = decoding.readVarUint(decoder);
  decoder.pos += length;
  if (decoder.pos > decoder.arr.length) throw new Error("an update that is cut off");
}

/** In UTF-16 units, as Yjs counts: one for each character's first byte, and one more where that takes four. */
function readStringLength(decoder: Decoder): number {
  const bytes = decoding.readVarUint(decoder);
  const end = decoder.pos + bytes;
  if (end > decoder.arr.length) throw new Error("an update that is cut off");
  let units = 0;
  for (let at = decoder.pos; at < end; at++) {
    const byte = decoder.arr[at] ?? 0;
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  decoder.pos = end;
  return units;
}
