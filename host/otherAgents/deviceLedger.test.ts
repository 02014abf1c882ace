import { describe, expect, it, vi } from "vitest";
import { Doc } from "yjs";
import { systemRandom } from "#crypto/random.ts";
import { createTestVault } from "#crypto/testing/fixtures.ts";
import { knownLedgerPlace } from "#sync/docs/knownLedgers.ts";
import type { Identity } from "#sync/identity.ts";
import { createManualClock } from "#sync/testing/manualClock.ts";
import type { Vault } from "#sync/vault.ts";
import type { Ledger } from "../tools/ledger.ts";
import { openDeviceLedger } from "./deviceLedger.ts";

const entries: ReturnType<Ledger["begin"]>[] = [];
vi.mock("../tools/ledger.ts", () => ({ openLedger: () => ({ begin: () => entries.shift() }) }));

describe("how far a terminal's ledger went", () => {
  it("OA4 an entry that did not come to lie there is not said to be in it", async () => {
    const { entries: roster, laptop } = createTestVault(5);
    const identity = { keys: laptop, entries: roster } as unknown as Identity;
    const ledger = openDeviceLedger("/nowhere", identity, { clock: createManualClock(), random: systemRandom });
    const doc = new Doc();
    const vault = { catalog: { yDoc: doc } } as unknown as Vault;
    const place = (n: number) => ({ host: laptop.id, n, hash: "ab" });
    entries.push({ place: place(1), stored: Promise.resolve() });
    await ledger.begin({}).stored;
    entries.push({ place: place(2), stored: Promise.reject(new Error("no room")) });
    await ledger.begin({}).stored.catch(() => {});
    ledger.note(vault, true);
    expect(knownLedgerPlace(doc, laptop.id)).toEqual(place(1));
  });
});
