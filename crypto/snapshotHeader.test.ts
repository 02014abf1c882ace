import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CryptoError } from "./errors.ts";
import { authorIdFromBytes } from "./ids.ts";
import { coveredAuthorsMax } from "./limits.ts";
import { encodeSnapshotClear, NO_SNAPSHOT, parseBeaconClear, parseSnapshotClear } from "./snapshotHeader.ts";

const covered = (first: number, counter = first) => ({
  author: authorIdFromBytes(Uint8Array.from({ length: 16 }, (_, at) => (at < 2 ? (first >> (8 * (1 - at))) & 255 : 7))),
  counter,
  hash: new Uint8Array(32).fill(first & 255),
});
const NO_MARK = new Uint8Array(16);
const parse = (clear: Uint8Array) => parseSnapshotClear({ kind: "snapshot", clear });

describe("a snapshot's clear part", () => {
  it("SN1 comes back as it was, its authors in order", () => {
    const clear = {
      cursor: 77,
      mark: new Uint8Array(16).fill(3),
      previous: new Uint8Array(32).fill(5),
      coverage: [covered(9), covered(2), covered(300)],
    };
    expect(parse(encodeSnapshotClear(clear))).toEqual({ ...clear, coverage: [covered(2), covered(9), covered(300)] });
  });

  it("SN1 the most authors that one snapshot covers fit a clear part, and one more is refused", () => {
    const coverage = Array.from({ length: coveredAuthorsMax + 1 }, (_, at) => covered(at + 1));
    const most = encodeSnapshotClear({ cursor: 1, mark: NO_MARK, previous: NO_SNAPSHOT, coverage: coverage.slice(1) });
    expect(most.length).toBeLessThan(65_536);
    expect(parse(most).coverage).toHaveLength(coveredAuthorsMax);
    expect(() => parse(encodeSnapshotClear({ cursor: 1, mark: NO_MARK, previous: NO_SNAPSHOT, coverage }))).toThrow(
      CryptoError,
    );
  });

  it("SN1 an author twice, out of order, counter 0, and anything missing or left over are refused", () => {
    const good = encodeSnapshotClear({
      cursor: 1,
      mark: NO_MARK,
      previous: NO_SNAPSHOT,
      coverage: [covered(1), covered(2)],
    });
    expect(() => parse(good)).not.toThrow();
    const swapped = good.slice();
    swapped.set(good.subarray(114, 170), 58);
    swapped.set(good.subarray(58, 114), 114);
    const twice = good.slice();
    twice.set(good.subarray(58, 114), 114);
    const zero = encodeSnapshotClear({ cursor: 1, mark: NO_MARK, previous: NO_SNAPSHOT, coverage: [covered(1, 0)] });
    for (const bad of [swapped, twice, zero, good.subarray(1), Uint8Array.of(...good, 0)]) {
      expect(() => parse(bad)).toThrow(CryptoError);
    }
    expect(() => parseSnapshotClear({ kind: "update", clear: good })).toThrow(CryptoError);
  });

  it("SN1 any bytes are a clear part or are refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (clear) => {
        for (const read of [parse, (bytes: Uint8Array) => parseBeaconClear({ kind: "beacon", clear: bytes })]) {
          try {
            read(clear);
          } catch (error) {
            if (!(error instanceof CryptoError)) throw error;
          }
        }
      }),
    );
  });
});
