import { describe, expect, test } from "vitest";
import { Doc } from "yjs";
import { bytesToHex } from "#crypto/bytes.ts";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { vaultIdFromBytes } from "#crypto/ids.ts";
import { ledgerHash, LEDGER_START, sealLedgerEntry } from "#crypto/ledger.ts";
import { systemRandom } from "#crypto/random.ts";
import type { Roster } from "#crypto/roster.ts";
import type { LedgerPlace } from "./docs/toolSteps.ts";
import type { LedgerPart } from "./ledgerAsks.ts";
import { readHostLedger } from "./ledgerReading.ts";
import { ledgerAnswerMs } from "./limits.ts";
import { createManualClock } from "./testing/manualClock.ts";

const vault = vaultIdFromBytes(new Uint8Array(32).fill(1));
const host = createDeviceKeys(systemRandom);
const laptop = createDeviceKeys(systemRandom);
const phone = createDeviceKeys(systemRandom);
const recipient = ({ id, box }: DeviceKeys) => ({ id, boxKey: box.publicKey });
const roster = { members: new Map([[host.id, { id: host.id, signKey: host.sign.publicKey }]]) } as unknown as Roster;

function write(texts: readonly string[], keys = host, to = [laptop, phone]): Uint8Array[] {
  let prev = LEDGER_START;
  return texts.map((text, index) => {
    const head = { vault, n: index + 1, prev, at: 1_000 + index };
    const entry = sealLedgerEntry({ head, text, to: to.map(recipient), keys, random: systemRandom });
    prev = ledgerHash(entry);
    return entry;
  });
}

function readerOf(ledger: { entries: readonly Uint8Array[] }, doc = new Doc(), device = laptop, perPart = 2) {
  const asked: number[] = [];
  const connection = {
    askLedger: (of: DeviceKeys["id"], from: number): Promise<LedgerPart | null> => {
      asked.push(from);
      const entries = ledger.entries.slice(from, from + perPart);
      return Promise.resolve({ host: of, asker: device.id, from, total: ledger.entries.length, entries });
    },
  };
  const options = {
    clock: createManualClock(),
    keys: device,
    vault,
    roster: () => roster,
    connection: () => connection,
    doc,
  };
  return { asked, doc, read: (told: readonly LedgerPlace[] = []) => readHostLedger(options, host.id, undefined, told) };
}

describe("a device reads what tools did", () => {
  test("LE5 page by page, each entry opened and in its place; how far it went is kept where every device sees it", async () => {
    const ledger = { entries: write(["a", "b", "c", "d", "e"]) };
    const { read, asked, doc } = readerOf(ledger);
    expect(await read()).toEqual({
      entries: ["a", "b", "c", "d", "e"].map((text, index) => ({ n: index + 1, at: 1_000 + index, text })),
      fault: null,
      known: 0,
    });
    expect(asked).toEqual([0, 2, 4]);
    const last = ledger.entries[4] ?? new Uint8Array();
    expect(doc.getMap("ledgers").get(host.id)).toEqual({ n: 5, hash: bytesToHex(ledgerHash(last)) });
    // Written before the phone's: it reads as nothing there, and is checked all the same.
    const older = readerOf({ entries: write(["a", "b"], host, [laptop]) }, new Doc(), phone);
    expect((await older.read()).entries.map(({ text }) => text)).toEqual([null, null]);
    expect(await readerOf({ entries: [] }).read()).toEqual({ entries: [], fault: null, known: 0 });
  });

  test("LE6 any bit of any entry that is another shows from there on, and nothing of it is read", async () => {
    const entries = write(["a", "b", "c"]);
    let count = 0;
    for (let at = 0; at < 3; at++) {
      const whole = entries[at] ?? new Uint8Array();
      for (let bit = at; bit < whole.length * 8; bit += 41) {
        const changed = whole.slice();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const { fault, entries: read } = await readerOf({ entries: entries.with(at, changed) }).read();
        expect(fault?.at, `entry ${at + 1}, bit ${bit}`).toBe(at + 1);
        expect(read).toHaveLength(at);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(150);
    const swapped = await readerOf({ entries: [entries[0], entries[2], entries[1]] as Uint8Array[] }).read();
    expect(swapped.fault).toEqual({ at: 2, why: "out-of-place" });
    const foreign = await readerOf({ entries: write(["a"], createDeviceKeys(systemRandom)) }).read();
    expect(foreign.fault).toEqual({ at: 1, why: "unsigned" });
  });

  test("LE7 what is missing at its end, or was written anew, shows by what a device saw before, on another device too", async () => {
    const entries = write(["a", "b", "c"]);
    const ledger = { entries };
    const { read, doc } = readerOf(ledger);
    await read();
    ledger.entries = entries.slice(0, 2);
    expect((await readerOf(ledger, doc, phone).read()).fault).toEqual({ at: 3, why: "gone" });
    ledger.entries = write(["a", "b", "c", "d"]);
    expect((await readerOf(ledger, doc, phone).read()).fault).toEqual({ at: 3, why: "replaced" });
    ledger.entries = [];
    expect((await readerOf(ledger, doc).read()).fault).toEqual({ at: 1, why: "gone" });
    // Nothing of that moved the mark.
    ledger.entries = entries;
    expect(await readerOf(ledger, doc).read()).toMatchObject({ fault: null, known: 3 });
  });

  test("LE7 nor what chats were told of since: what is missing at its end, or is another there, shows though nobody had looked", async () => {
    const entries = write(["a", "b", "c", "d"]);
    const other = createDeviceKeys(systemRandom);
    const place = (n: number, of = host.id, from = entries) => ({
      ...{ host: of, n },
      hash: bytesToHex(ledgerHash(from[n - 1] ?? new Uint8Array())),
    });
    const faultOf = async (there: readonly Uint8Array[], told: readonly LedgerPlace[], doc = new Doc()) =>
      (await readerOf({ entries: there }, doc).read(told)).fault;
    expect(await faultOf(entries, [place(4), place(2), place(4), place(1)])).toBeNull();
    expect(await faultOf(entries.slice(0, 3), [place(2), place(4)])).toEqual({ at: 4, why: "gone" });
    expect(await faultOf([], [place(1)])).toEqual({ at: 1, why: "gone" });
    // Written anew by the host itself: it signs whatever it likes.
    expect(await faultOf(write(["a", "x", "c", "d", "e"]), [place(3)])).toEqual({ at: 3, why: "replaced" });
    expect(await faultOf(entries, [place(2), { ...place(2), hash: "0".repeat(64) }])).toEqual({
      at: 2,
      why: "replaced",
    });
    // Another host's, and a call that has no entry, say nothing of this one.
    expect(
      await faultOf(entries, [place(2, other.id, write(["x", "y"], other)), { host: host.id, n: 0, hash: "" }]),
    ).toBeNull();
    // With what a device saw before, whichever went further.
    const seen = new Doc();
    await readerOf({ entries: entries.slice(0, 2) }, seen).read();
    expect(await faultOf(entries.slice(0, 3), [place(4)], seen)).toEqual({ at: 4, why: "gone" });
    expect(await faultOf(entries.slice(0, 1), [place(1)], seen)).toEqual({ at: 2, why: "gone" });
  });

  test("LE8 a host that is not there, or promises entries and sends none, is said not to answer", async () => {
    const silent = new Promise<never>(() => {});
    const clock = createManualClock();
    const options = { clock, keys: laptop, vault, roster: () => roster, doc: new Doc() };
    const waiting = readHostLedger({ ...options, connection: () => ({ askLedger: () => silent }) }, host.id);
    const refused = waiting.catch((error: unknown) => error);
    await clock.advance(ledgerAnswerMs + 1);
    expect(await refused).toMatchObject({ code: "no-host" });
    const empty = { host: host.id, asker: laptop.id, from: 0, total: 3, entries: [] };
    for (const answer of [null, empty]) {
      const connection = () => ({ askLedger: () => Promise.resolve(answer) });
      await expect(readHostLedger({ ...options, connection }, host.id)).rejects.toMatchObject({ code: "no-host" });
    }
  });
});
