/**
 * What everybody reads of a SNAPSHOT, the envelope that stands for all before it. Its clear part:
 *
 *    0   8  cursor      the newest seq at the relay that its author had read: the snapshot is of the log up to there
 *    8  16  mark        what that log was, as the relay's hash over all that was ever stored in it up to there
 *   24  32  previous    hash of the snapshot before it; zeros where there is none
 *   56   2  count n
 *   58 56n  coverage    n times: author 16 ‖ counter 8 ‖ hash 32, ascending by author: that author's envelopes up to this one
 *
 * Envelopes of lanes that are still writing are not covered, and REKEYs stay in the log. The clear part of a BEACON, with which
 * another device says that it found the same: hash of the snapshot 32.
 */
import { createReader, createWriter } from "./codec.ts";
import type { ParsedEnvelope } from "./envelopeHeader.ts";
import { CryptoError } from "./errors.ts";
import { authorIdFromBytes, HASH_BYTES, ID_BYTES, idToBytes, type AuthorId } from "./ids.ts";
import { coveredAuthorsMax } from "./limits.ts";

export interface Covered {
  readonly author: AuthorId;
  readonly counter: number;
  readonly hash: Uint8Array;
}

export interface SnapshotClear {
  readonly cursor: number;
  readonly mark: Uint8Array;
  readonly previous: Uint8Array;
  readonly coverage: readonly Covered[];
}

export const NO_SNAPSHOT: Uint8Array = new Uint8Array(HASH_BYTES);

export function encodeSnapshotClear({ cursor, mark, previous, coverage }: SnapshotClear): Uint8Array {
  const writer = createWriter().u64(cursor).fixed(mark).fixed(previous).u16(coverage.length);
  const sorted = coverage.toSorted((a, b) => (a.author < b.author ? -1 : 1));
  for (const { author, counter, hash } of sorted) writer.fixed(idToBytes(author)).u64(counter).fixed(hash);
  return writer.finish();
}

/** Throws `CryptoError("malformed")`. Byte strings are views. */
export function parseSnapshotClear(parsed: Pick<ParsedEnvelope, "kind" | "clear">): SnapshotClear {
  if (parsed.kind !== "snapshot") throw new CryptoError("malformed", `${parsed.kind} is not a snapshot`);
  const reader = createReader(parsed.clear);
  const cursor = reader.u64();
  const mark = reader.fixed(ID_BYTES);
  const previous = reader.fixed(HASH_BYTES);
  const count = reader.u16();
  if (count > coveredAuthorsMax) throw new CryptoError("malformed", `${count} covered authors`);
  const coverage: Covered[] = [];
  for (let index = 0; index < count; index++) {
    const author = authorIdFromBytes(reader.fixed(ID_BYTES));
    const before = coverage.at(-1)?.author;
    if (before !== undefined && before >= author) throw new CryptoError("malformed", "coverage is not in order");
    const counter = reader.u64();
    if (counter === 0) throw new CryptoError("malformed", "counter 0");
    coverage.push({ author, counter, hash: reader.fixed(HASH_BYTES) });
  }
  reader.end();
  return { cursor, mark, previous, coverage };
}

/** The hash of the snapshot that a BEACON confirms. Throws `CryptoError("malformed")`. */
export function parseBeaconClear(parsed: Pick<ParsedEnvelope, "kind" | "clear">): Uint8Array {
  if (parsed.kind !== "beacon") throw new CryptoError("malformed", `${parsed.kind} is not a beacon`);
  if (parsed.clear.length !== HASH_BYTES) throw new CryptoError("malformed", "beacon names no snapshot");
  return parsed.clear;
}
