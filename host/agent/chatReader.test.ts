import { beforeAll, expect, test } from "vitest";
import * as Y from "yjs";
import { sodiumReady } from "#crypto/sodium.ts";
import { envelopeHash, parseEnvelope } from "#crypto/envelopeHeader.ts";
import { encodeSnapshotClear } from "#crypto/snapshotHeader.ts";
import type { Connection } from "#sync/connection.ts";
import { digestOf, packSnapshot } from "#sync/snapshot.ts";
import { createTestMembers } from "#sync/testing/testMembers.ts";
import { createChatReader } from "./chatReader.ts";

type SubscriptionEvents = Parameters<Connection["subscribe"]>[1];

beforeAll(() => sodiumReady);

function start(members: ReturnType<typeof createTestMembers>) {
  let events: SubscriptionEvents | null = null;
  const connection = {
    subscribe: (_doc: unknown, given: SubscriptionEvents) => {
      events = given;
      return { leave: () => {}, repeat: () => {} };
    },
  } as unknown as Connection;
  const reader = createChatReader({ doc: members.doc, connection, roster: () => members.roster });
  reader.lend(1, members.docKey);
  return {
    reader,
    arrive: (entries: { seq: number; envelope: Uint8Array }[], head: number) =>
      events?.onEntries(entries, head, false, { from: null, to: null }),
  };
}

/** A log of four, cut as a relay cuts it: its REKEY, a snapshot in place of two changes, and one change after. */
async function cutLog(members: ReturnType<typeof createTestMembers>, digestIsTrue = true, moreEpochs = 0) {
  const there = members.author(members.there);
  const doc = new Y.Doc();
  const changes: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => changes.push(update));
  doc.getText("draft").insert(0, "one ");
  doc.getText("draft").insert(4, "two ");
  const rekey = there.rekey();
  let covered = changes.map((change) => there.seal("update", change)).at(-1)!;
  const later = Array.from({ length: moreEpochs }, () => {
    const begun = there.rekey();
    covered = there.seal("update", new Uint8Array([0, 0]));
    return begun;
  });
  const run = members.lane();
  const lanes = new Map([
    [
      run.id,
      {
        run: run.run,
        key: new Uint8Array(32),
        host: members.host.id,
        boot: members.doc as never,
        state: "final" as const,
      },
    ],
  ]);
  const digest = digestIsTrue ? digestOf(doc) : new Uint8Array(32);
  const body = await packSnapshot({ digest, lanes, update: Y.encodeStateAsUpdate(doc) });
  const coverage = [{ author: there.id, counter: 3 + 2 * moreEpochs, hash: envelopeHash(covered) }];
  const snapshot = there.seal("snapshot", body, {
    clear: encodeSnapshotClear({ cursor: 3, mark: new Uint8Array(16), previous: new Uint8Array(32), coverage }),
  });
  doc.getText("draft").insert(8, "three");
  const entries = [rekey, ...later, snapshot, there.seal("update", changes.at(-1)!)];
  return { entries: entries.map((envelope, at) => ({ seq: at === 0 ? 1 : at + 3, envelope })), run: run.run };
}

test("CP3 an agent reads a log that begins with a snapshot, and knows which runs are over", async () => {
  const members = createTestMembers();
  const { entries, run } = await cutLog(members);
  const { reader, arrive } = start(members);
  arrive(entries, 5);
  await reader.readUntil(5);
  expect(reader.chat.draft.toString()).toBe("one two three");
  expect(reader.acceptedRuns.has(run)).toBe(true);
  expect(parseEnvelope(entries[1]!.envelope).kind).toBe("snapshot");
  reader.close();
});

test("CP3 a chat of a thousand answers, each of which left a REKEY in front of the snapshot, is read like any other", async () => {
  const members = createTestMembers();
  const { entries } = await cutLog(members, true, 1_000);
  const { reader, arrive } = start(members);
  arrive(entries, entries.length + 3);
  await reader.readUntil(entries.length);
  expect(reader.chat.draft.toString()).toBe("one two three");
  reader.close();
});

test("CP3 a state that does not make its digest is left out, and nobody waits for ever", async () => {
  const members = createTestMembers();
  const { entries } = await cutLog(members, false);
  const { reader, arrive } = start(members);
  arrive(entries, 5);
  await reader.readUntil(5);
  expect(reader.chat.draft.toString()).toBe("");
  reader.close();
});
