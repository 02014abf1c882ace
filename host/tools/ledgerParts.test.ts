/** A ledger, page by page. */
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { splitLedger } from "./ledger.ts";
import { createLedgerParts } from "./ledgerParts.ts";

const newFile = (): string => join(mkdtempSync(join(tmpdir(), "ledger-parts-")), "ledger");
const framed = (length: number, fill: number): Buffer => {
  const bytes = Buffer.alloc(4 + length, fill);
  bytes.writeUInt32BE(length, 0);
  return bytes;
};
const listOf = (entries: readonly Uint8Array[]): string[] => entries.map((entry) => Buffer.from(entry).toString("hex"));

test("LE10 any page of a ledger that grows is what stands there, and no more than was asked for", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          lengths: fc.array(fc.oneof(fc.integer({ min: 0, max: 900 }), fc.constant(131_000)), { maxLength: 6 }),
          from: fc.nat(30),
          bytesMax: fc.oneof(fc.constant(262_144), fc.integer({ min: 0, max: 3_000 })),
          half: fc.boolean(),
        }),
        { maxLength: 6 },
      ),
      (steps) => {
        const file = newFile();
        const parts = createLedgerParts(file);
        expect(parts.read(0, 1_000)).toEqual({ total: 0, entries: [] });
        writeFileSync(file, "");
        let whole = 0;
        for (const [step, { lengths, from, bytesMax, half }] of steps.entries()) {
          // What a crash left of an entry is taken away before the next one.
          writeFileSync(file, readFileSync(file).subarray(0, whole));
          for (const length of lengths) appendFileSync(file, framed(length, step + 1));
          whole = readFileSync(file).length;
          if (half) appendFileSync(file, framed(500, 9).subarray(0, 60));
          const { entries } = splitLedger(readFileSync(file));
          const page = parts.read(from, bytesMax);
          expect(page.total).toBe(entries.length);
          let bytes = 0;
          const fits = entries.slice(from).findIndex((entry) => (bytes += entry.length + 4) > bytesMax);
          const expected = fits < 0 ? entries.slice(from) : entries.slice(from, from + fits);
          expect(listOf(page.entries)).toEqual(listOf(expected));
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("LE10 what it knows already it does not read again; another file in its place is gone through anew", () => {
  const file = newFile();
  writeFileSync(file, Buffer.concat([1, 2, 3, 4].map((fill) => framed(1_000, fill))));
  const parts = createLedgerParts(file);
  expect(parts.read(3, 10_000)).toMatchObject({ total: 4, entries: [{ length: 1_000 }] });
  // The first length says something else now: nobody looks at it for the last page.
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.alloc(4, 255), 0, 4, 0);
  closeSync(handle);
  appendFileSync(file, framed(7, 5));
  expect(parts.read(4, 10_000)).toMatchObject({ total: 5, entries: [{ length: 7 }] });
  // Shorter than it was, and another.
  writeFileSync(file, framed(10, 6));
  expect(parts.read(0, 10_000)).toMatchObject({ total: 1, entries: [{ length: 10 }] });
  writeFileSync(`${file}.new`, Buffer.concat([framed(20, 7), framed(30, 8)]));
  renameSync(`${file}.new`, file);
  expect(parts.read(0, 10_000)).toMatchObject({ total: 2, entries: [{ length: 20 }, { length: 30 }] });
  expect(parts.read(9, 10_000)).toEqual({ total: 2, entries: [] });
});
