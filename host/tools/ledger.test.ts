import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { concatBytes } from "#crypto/bytes.ts";
import { createDeviceKeys } from "#crypto/device.ts";
import { vaultIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import type { LedgerPlace } from "#sync/docs/toolSteps.ts";
import { openLedger, readLedger, verifyLedger, type Ledger } from "./ledger.ts";

const host = createDeviceKeys(systemRandom);
const laptop = createDeviceKeys(systemRandom);
const stranger = createDeviceKeys(systemRandom);
const vault = vaultIdFromBytes(new Uint8Array(32).fill(1));
const otherVault = vaultIdFromBytes(new Uint8Array(32).fill(2));
const newFile = (): string => join(mkdtempSync(join(tmpdir(), "ledger-")), "ledger");

function open(file: string, of = vault): Ledger {
  const to = () => [{ id: laptop.id, boxKey: laptop.box.publicKey }];
  return openLedger({ file, vault: of, keys: host, to, clock: { now: () => 5 }, random: systemRandom });
}

const verify = (bytes: Uint8Array, known: readonly LedgerPlace[] = []) =>
  verifyLedger(bytes, { vault, signKeyOf: (id) => (id === host.id ? host.sign.publicKey : null), known });

function write(file: string, count: number, of = vault): LedgerPlace[] {
  const ledger = open(file, of);
  return Array.from({ length: count }, (_, index) => ledger.append({ what: "before", call: String(index) }));
}

function piecesOf(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
    pieces.push(bytes.slice(at, end));
    at = end;
  }
  return pieces;
}

/** The same for the same seed. */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

describe("a ledger", () => {
  test("LE1 goes on where it stood, reads for the owner's device and for nobody else, and not as text on the disk", () => {
    const file = newFile();
    write(file, 2);
    write(file, 1);
    const bytes = readFileSync(file);
    expect(verify(bytes)).toMatchObject({ kind: "whole", entries: 3 });
    expect(readLedger(bytes, laptop)[2]).toBe('{"what":"before","call":"0"}');
    expect(readLedger(bytes, stranger)).toEqual([null, null, null]);
    expect(bytes.includes("before")).toBe(false);
  });

  test("LE2 half an entry, as a crash leaves it, is taken away; nothing acts on one that is damaged otherwise", () => {
    const file = newFile();
    write(file, 2);
    const whole = new Uint8Array(readFileSync(file));
    const half = piecesOf(whole)[1]?.slice(0, 60) ?? new Uint8Array();
    appendFileSync(file, half);
    write(file, 1);
    expect(verify(readFileSync(file))).toMatchObject({ kind: "whole", entries: 3 });
    const [first, second] = piecesOf(whole);
    writeFileSync(file, concatBytes(second ?? half, first ?? half));
    expect(() => open(file).append({ what: "before" })).toThrow("broken at entry 1");
    // A length that is wrong is no half entry: what follows it stays where it is.
    for (const wrong of [0x80, 0x01]) {
      const longer = whole.slice();
      longer[wrong === 0x80 ? 0 : 1] = wrong;
      writeFileSync(file, longer);
      expect(() => open(file).append({ what: "before" })).toThrow("broken at entry 1");
      expect(new Uint8Array(readFileSync(file))).toEqual(longer);
    }
  });

  test("LE3 each of 1,000 tamperings shows, by the file or by what devices were told", () => {
    const [file, other] = [newFile(), newFile()];
    const places = write(file, 6);
    write(other, 6, otherVault);
    // A Buffer's own slices are not copies.
    const bytes = new Uint8Array(readFileSync(file));
    const [pieces, foreign] = [piecesOf(bytes), piecesOf(new Uint8Array(readFileSync(other)))];
    const known = [places[2], places[5]].flatMap((place) => place ?? []);
    expect(verify(bytes, known)).toMatchObject({ kind: "whole", entries: 6 });
    const dice = createDice(10);
    const older = [0, 1, 2, 3, 4].map((length) => {
      const old = newFile();
      writeFileSync(old, concatBytes(...pieces.slice(0, length)));
      write(old, 6 - length);
      return new Uint8Array(readFileSync(old));
    });
    const ways: readonly (() => Uint8Array)[] = [
      // One bit, anywhere.
      () => {
        const changed = bytes.slice();
        const at = dice(changed.length);
        changed[at] = (changed[at] ?? 0) ^ (1 << dice(8));
        return changed;
      },
      // One entry gone, doubled, or in another's place.
      () => concatBytes(...pieces.toSpliced(dice(6), 1)),
      () => {
        const at = dice(6);
        return concatBytes(...pieces.toSpliced(at, 0, pieces[at] ?? new Uint8Array()));
      },
      () => {
        const [from, by] = [dice(6), 1 + dice(5)];
        const moved = pieces.toSpliced(from, 1);
        return concatBytes(...moved.toSpliced((from + by) % 6, 0, pieces[from] ?? new Uint8Array()));
      },
      // From another vault's.
      () => {
        const at = dice(6);
        return concatBytes(...pieces.with(at, foreign[at] ?? new Uint8Array()));
      },
      // Its end cut off, between entries and within one.
      () => concatBytes(...pieces.slice(0, dice(6))),
      () => bytes.slice(0, dice(bytes.length)),
      // An older file, to which something else was added.
      () => older[dice(older.length)] ?? bytes,
    ];
    const missed: number[] = [];
    for (let at = 0; at < 1_000; at++) {
      const tampered = ways[at % ways.length]?.() ?? bytes;
      if (verify(tampered, known).kind === "whole") missed.push(at);
    }
    expect(missed).toEqual([]);
  }, 60_000);
});
