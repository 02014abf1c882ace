import { afterEach, beforeAll, expect, it } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDocKey } from "#crypto/docKeys.ts";
import { envelopeHash, parseEnvelope } from "#crypto/envelopeHeader.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster } from "#crypto/roster.ts";
import { encodeSnapshotClear, NO_SNAPSHOT } from "#crypto/snapshotHeader.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createTestMembers } from "#sync/testing/testMembers.ts";
import { createAdmission } from "./admission.ts";
import { openDatabase } from "./database.ts";
import type { VaultRoster } from "./rosterStore.ts";
import { createSqliteLogStore } from "./sqliteLogStore.ts";

const folder = mkdtempSync(join(tmpdir(), "sovereign-compaction-"));
beforeAll(() => sodiumReady);
afterEach(() => rmSync(folder, { recursive: true }));

function vaultOf(entries: readonly Uint8Array[]): VaultRoster {
  const heads = entries.map((_entry, index) => readRoster(entries.slice(0, index + 1)).head);
  return { roster: readRoster(entries), entries, heads, claim: null };
}

it("LG19 RK5 of an epoch that two devices began, both REKEYs outlive the log, and what they say of its generation still counts", async () => {
  const members = createTestMembers();
  const failOnBroken = (error: Error): never => {
    throw error;
  };
  const log = createSqliteLogStore(openDatabase({ file: join(folder, "log.sqlite"), onBroken: failOnBroken }));
  const newAdmission = (): ReturnType<typeof createAdmission> =>
    createAdmission({
      findFirst: (vault, doc, author) => log.envelopeOf(vault, doc, author, 1),
      findRekeys: log.rekeysOf,
      now: () => 0,
    });
  const admission = newAdmission();
  const vault = vaultOf(members.entries);
  const [here, there] = [members.author(members.here), members.author(members.there)];
  const otherKey = createDocKey(systemRandom);
  const tips = new Map<string, { author: typeof here.id; counter: number; hash: Uint8Array }>();
  let head = 0;
  const append = async (envelope: Uint8Array): Promise<Uint8Array> => {
    const admitted = admission.admit(vault, envelope);
    if (admitted.kind === "refuse") throw new Error(admitted.code);
    expect(await log.append(admitted.record)).toEqual({ kind: "stored", seq: ++head });
    const { author, counter } = admitted.record;
    tips.set(author, { author, counter, hash: envelopeHash(envelope) });
    return envelope;
  };
  const snapshot = (previous: Uint8Array): Uint8Array =>
    here.seal("snapshot", Uint8Array.of(1), {
      clear: encodeSnapshotClear({
        cursor: head,
        mark: log.mark(vault.roster.vault, members.doc, head)!.hash,
        previous,
        coverage: [...tips.values()],
      }),
    });

  await append(here.rekey());
  await append(here.seal("update", Uint8Array.of(1)));
  await append(there.rekey(otherKey));
  await append(there.seal("update", Uint8Array.of(2), { docKey: otherKey }));
  const first = envelopeHash(await append(snapshot(NO_SNAPSHOT)));
  await append(there.seal("beacon", new Uint8Array(32), { clear: first }));
  await append(snapshot(first));
  const kinds = log
    .read(vault.roster.vault, members.doc, 0, Infinity)
    .map(({ envelope }) => parseEnvelope(envelope).kind);
  expect(kinds).toEqual(["rekey", "rekey", "snapshot", "beacon", "snapshot"]);
  expect(log.rekeysOf(vault.roster.vault, members.doc)).toHaveLength(2);

  // After a restart nothing is remembered: the log alone says that this epoch is of the older generation.
  const after = vaultOf(members.withoutThere());
  const late = here.seal("update", Uint8Array.of(3), { roster: after.roster });
  expect(newAdmission().admit(after, late)).toEqual({ kind: "refuse", code: "not-allowed" });
  // Neither under a snapshot's name nor under a beacon's.
  for (const [kind, clear] of [
    ["snapshot", encodeSnapshotClear({ cursor: head, mark: new Uint8Array(16), previous: first, coverage: [] })],
    ["beacon", first],
  ] as const) {
    here.stepBack();
    const stale = here.seal(kind, new Uint8Array(32), { roster: after.roster, clear });
    expect(newAdmission().admit(after, stale)).toEqual({ kind: "refuse", code: "not-allowed" });
  }
  here.stepBack();
  expect(newAdmission().admit(after, here.seal("update", Uint8Array.of(3))).kind).toBe("admit");
  await log.close();
});
