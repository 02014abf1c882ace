/** journal: what sealing costs where a device opens what it has: a chat of ten thousand messages beside Yjs alone, and a row of envelopes by its newest signature. */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import * as Y from "yjs";
import { createDeviceKeys } from "#crypto/device.ts";
import { openEnvelope, sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, parseEnvelope, verifyEnvelope } from "#crypto/envelopeHeader.ts";
import { authorIdFromBytes, docIdFromBytes } from "#crypto/ids.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster } from "#crypto/roster.ts";
import { createGenesis } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createVaultKey } from "#crypto/vaultKeys.ts";
import { createConnection } from "#sync/connection.ts";
import { createDirectHub } from "#sync/direct/directHub.ts";
import { createChat } from "#sync/docs/chat.ts";
import { snapshotPace } from "#sync/limits.ts";
import { noPause, type Clock } from "#sync/ports.ts";
import { openReplica } from "#sync/replica.ts";
import type { Replica } from "#sync/replicaTypes.ts";
import { createTips } from "#sync/tips.ts";
import { openSqliteJournals } from "../host/cli/sqliteJournals.ts";
import type { Bench, Question } from "./question.ts";

const messagesMany = 10_000;
const envelopesMany = 5_000;
/** As in `client`: a question of a line, an answer of a few. */
const answer = "Some words that fill a line or two of an answer, as they do. ".repeat(5);

export const question: Question = {
  asks: "a chat of 10,000 messages out of its sealed journal, and 5,000 envelopes by their newest signature",
  run: async (bench) => {
    await sodiumReady;
    await openLongChat(bench);
    openRow(bench);
  },
};

const rounds = (bench: Bench): readonly number[] => (bench.isQuick ? [0] : [-1, 0, 1, 2, 3, 4, 5, 6]);

/** `open`: from the journal; `state`: Yjs's own; `bytes`: what the journal takes on the disk. */
export async function prepareLongChat(
  folder: string,
  count: number,
): Promise<{ open(): Promise<Replica>; readonly state: Uint8Array; bytes(): number }> {
  mkdirSync(folder, { recursive: true });
  const { open, file } = prepareDoc(folder);
  const first = await open(true);
  createChat(first.yDoc).add(
    Array.from({ length: count }, (_, index) => ({
      id: `m${index}`,
      parent: index === 0 ? null : `m${index - 1}`,
      role: index % 2 === 0 ? ("user" as const) : ("assistant" as const),
      device: authorIdFromBytes(new Uint8Array(16)),
      at: 1_700_000_000_000 + index * 1_000,
      text: index % 2 === 0 ? `Question number ${index}` : `Answer number ${index}. ${answer}`,
    })),
  );
  await first.flush();
  const state = Y.encodeStateAsUpdate(first.yDoc);
  await first.close();
  return { open: () => open(false), state, bytes: () => statSync(file).size + statSync(`${file}-wal`).size };
}

async function openLongChat(bench: Bench): Promise<void> {
  const count = bench.isQuick ? 500 : messagesMany;
  const { open, state } = await prepareLongChat(bench.folder, count);
  const metric = `a chat of ${count} messages (${Math.round(state.length / 1_024)} KiB), opened`;
  for (const round of rounds(bench)) {
    const turns = [
      async () => {
        const begun = performance.now();
        const replica = await open();
        const ms = performance.now() - begun;
        if (createChat(replica.yDoc).message(`m${count - 1}`) === null) throw new Error("the chat is not whole");
        await replica.close();
        if (round >= 0) bench.note("Sovereign, from the sealed journal", metric, ms, "ms");
      },
      () => {
        const begun = performance.now();
        const doc = new Y.Doc();
        Y.applyUpdate(doc, state);
        const ms = performance.now() - begun;
        if (round >= 0) bench.note("Yjs alone, its state in memory", metric, ms, "ms");
        return Promise.resolve();
      },
    ];
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  bench.compare({
    metric,
    ours: "Sovereign, from the sealed journal",
    theirs: "Yjs alone, its state in memory",
    atMost: 3,
  });
}

/** A doc of a vault of one device, whose host is away. */
function prepareDoc(folder: string): { readonly file: string; open(isNew: boolean): Promise<Replica> } {
  const file = join(folder, "journals.sqlite");
  const keys = createDeviceKeys(systemRandom);
  const vaultKey = createVaultKey(systemRandom);
  const roster = readRoster([createGenesis({ device: keys, name: "Laptop", vaultKey, random: systemRandom })]);
  const clock: Clock = {
    now: () => Date.now(),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  };
  const connection = createConnection({
    clock,
    random: systemRandom,
    openLink: () => ({ send: () => {}, close: () => {}, waitingBytes: 0 }),
    keys,
    vault: roster.vault,
    isTrustedRelay: () => false,
    events: {},
  });
  const context = {
    clock,
    random: systemRandom,
    keys,
    localKey: createLocalKey(systemRandom),
    journals: openSqliteJournals(file),
    lifeboat: null,
    connection,
    direct: createDirectHub(),
    roster: () => roster,
    vaultKeys: () => new Map([[1, vaultKey]]),
    wantRoster: () => {},
    keepRoster: () => Promise.resolve(),
    snapshotPace,
    pause: noPause,
  };
  const doc = docIdFromBytes(systemRandom(16));
  const events = { onStatus: () => {}, onAccepted: () => {} };
  return { file, open: (isNew) => openReplica({ doc, isNew, context, events }) };
}

function openRow(bench: Bench): void {
  const count = bench.isQuick ? 200 : envelopesMany;
  const keys = createDeviceKeys(systemRandom);
  const docKey = systemRandom(32);
  const doc = docIdFromBytes(systemRandom(16));
  const row: Uint8Array[] = [];
  for (let counter = 1, prev = NO_PREV; counter <= count; counter++) {
    const place = { doc, epoch: 1, author: keys.id, counter, prev, rosterSeq: 1, rosterHead: new Uint8Array(8) };
    const what = { kind: "update" as const, clear: new Uint8Array(0), body: systemRandom(120) };
    const envelope = sealEnvelope({ ...place, ...what, docKey, signingKey: keys.sign, random: systemRandom });
    row.push(envelope);
    prev = envelopeHash(envelope);
  }
  const page = row.map(parseEnvelope);
  const ways = [
    {
      name: "by the newest signature",
      metric: `${count} envelopes of one author, authenticated`,
      one: () => {
        const tips = createTips(page);
        if (!page.every((parsed) => tips.isSigned(parsed, keys.sign.publicKey))) throw new Error("not signed");
      },
    },
    {
      name: "each signature",
      metric: `${count} envelopes of one author, authenticated`,
      one: () => {
        if (!page.every((parsed) => verifyEnvelope(parsed, keys.sign.publicKey))) throw new Error("not signed");
      },
    },
    {
      name: "by the newest signature",
      metric: `${count} envelopes of one author, authenticated and unsealed`,
      one: () => {
        const tips = createTips(page);
        for (const parsed of page) if (tips.isSigned(parsed, keys.sign.publicKey)) openEnvelope(parsed, docKey);
      },
    },
    {
      name: "each signature",
      metric: `${count} envelopes of one author, authenticated and unsealed`,
      one: () => {
        for (const parsed of page) if (verifyEnvelope(parsed, keys.sign.publicKey)) openEnvelope(parsed, docKey);
      },
    },
  ];
  for (const round of rounds(bench)) {
    for (const { name, metric, one } of round % 2 === 0 ? ways : ways.toReversed()) {
      const begun = performance.now();
      one();
      if (round >= 0) bench.note(name, metric, performance.now() - begun, "ms");
    }
  }
  const [authenticated, , opened] = ways;
  for (const metric of [authenticated?.metric ?? "", opened?.metric ?? ""])
    bench.compare({
      metric,
      ours: "by the newest signature",
      theirs: "each signature",
      ...(metric === authenticated?.metric ? { atMost: 0.1 } : {}),
    });
}
