import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { parseEnvelope } from "#crypto/envelopeHeader.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster } from "#crypto/roster.ts";
import { openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { Connection, Subscriber } from "./connection.ts";
import { indexedDbJournals } from "./indexedDbJournals.ts";
import { openJournal } from "./journal.ts";
import { snapshotPace } from "./limits.ts";
import { noPause } from "./ports.ts";
import type { ReplicaContext } from "./replicaTypes.ts";
import type { RoomState } from "./roomState.ts";
import { readSealed } from "./sealedReading.ts";
import { sealRekeyNext } from "./sealer.ts";
import { createSide, happen, learn } from "./testing/snapshotSides.ts";
import { until } from "./testing/testDevice.ts";
import { createTestMembers } from "./testing/testMembers.ts";

test.each([
  ["the end of its chain is said", true],
  ["nobody has said an end", false],
])("RM7 a removal that is told while a log is being read counts from the next page on: %s", async (_name, isSaid) => {
  await sodiumReady;
  const members = createTestMembers();
  const { doc, here, there } = members;
  const without = members.withoutThere();
  let known: Pick<RoomState, "roster" | "vaultKeys"> = members;
  let subscriber: Subscriber | null = null;
  const localKey = createLocalKey(systemRandom);
  const connection: Partial<Connection> = {
    subscribe: (_doc, follows) => {
      subscriber = follows;
      return { repeat: () => {}, isUnderWay: false, leave: () => {} };
    },
  };
  const context: Partial<ReplicaContext> = {
    ...{ localKey, keys: here, random: systemRandom, journals: indexedDbJournals, lifeboat: null, pause: noPause },
    ...{ connection: connection as Connection, roster: () => known.roster, snapshotPace },
    vaultKeys: () => known.vaultKeys,
    keepRoster: async () => {},
  };
  const reading = readSealed({
    ...{ doc, context: context as ReplicaContext, onAccepted: () => {}, storingTurn: async () => {} },
    watching: { onNews: () => {}, onCurrent: () => {} },
  });
  await until(() => subscriber !== null, "it asks");
  const follows = subscriber as Subscriber | null;
  const byHere = createSide(members, here);
  const first = members.author(here).rekey();
  happen(byHere, { type: "sealed", envelope: first });
  learn(byHere, without);
  happen(byHere, { type: "entries", entries: [], head: 0, more: false });
  const second = sealRekeyNext({ keys: here, random: systemRandom }, byHere.state);
  // Back-dated: it names the roster of before.
  const late = members.author(there).seal("update", new Uint8Array([0, 0]));
  follows?.onEntries([{ seq: 1, envelope: first }], 3, true, { from: null, to: null });
  known = { roster: readRoster(without), vaultKeys: openRosterVaultKeys(without, here) };
  const said = isSaid ? [{ seq: 2, envelope: second }] : [];
  follows?.onEntries([...said, { seq: 3, envelope: late }], 3, false, { from: null, to: null });
  expect((await reading.outcome).kind).toBe("document");
  const journal = await openJournal({
    ...{ store: indexedDbJournals, doc, localKey, random: systemRandom, lifeboat: null, pause: noPause },
  });
  // What was judged is kept, and nothing of the removed device.
  const authors = journal.entries.map((envelope) => parseEnvelope(envelope).author);
  expect(authors).toEqual(isSaid ? [here.id, here.id] : [here.id]);
  await journal.close();
});
