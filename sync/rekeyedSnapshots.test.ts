/** Snapshots of docs that have had several keys, held against rekey.test.ts and compaction.test.ts. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { hexToBytes } from "#crypto/bytes.ts";
import type { DeviceKeys } from "#crypto/device.ts";
import { parseEnvelope, type EnvelopeKind } from "#crypto/envelopeHeader.ts";
import { grantClear, grantEndClear } from "#crypto/grantHeader.ts";
import { bootIdFromBytes, runIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster } from "#crypto/roster.ts";
import { openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import { encodeSnapshotClear } from "#crypto/snapshotHeader.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { LogEntry } from "./frame.ts";
import { parkedEnvelopesMax } from "./limits.ts";
import { isRekeyDue, sideKeys, writingKey } from "./rekey.ts";
import { step } from "./room.ts";
import { coverageOf } from "./roomSnapshot.ts";
import { createRoomState, type RoomEffect, type RoomEvent, type RoomState } from "./roomState.ts";
import { sealFirst, sealNext, sealRekeyNext } from "./sealer.ts";
import { digestOf, packSnapshot, unpackSnapshot } from "./snapshot.ts";
import { untilSnapshot } from "./log.ts";
import { markOf, marksOf } from "./testing/marks.ts";
import { createTestMembers, type TestMembers } from "./testing/testMembers.ts";

interface Side {
  state: RoomState;
  readonly keys: DeviceKeys;
  effects: RoomEffect[];
  readonly doc: Y.Doc;
}

const NOTHING: Uint8Array = new Uint8Array(0);
const [ended, open] = [7, 8].map((byte) => runIdFromBytes(new Uint8Array(16).fill(byte)));
if (ended === undefined || open === undefined) throw new Error("two runs");
let members: TestMembers;
let here: Side;
let there: Side;
let log: LogEntry[];

beforeAll(() => sodiumReady);
beforeEach(() => {
  members = createTestMembers();
  log = [];
  here = createSide(members.here);
  there = createSide(members.there);
  both(seal(here, () => sealFirst({ keys: here.keys, random: systemRandom }, here.state)));
});

function createSide(keys: DeviceKeys, entries = members.entries): Side {
  const vaultKeys = openRosterVaultKeys(entries, keys);
  const state = createRoomState({ doc: members.doc, device: keys.id, roster: readRoster(entries), vaultKeys });
  return { state, keys, effects: [], doc: new Y.Doc() };
}

function happen(side: Side, event: RoomEvent): void {
  const [next, effects] = step(side.state, event);
  side.state = next;
  side.effects.push(...effects);
  for (const effect of effects) if (effect.type === "write") Y.applyUpdate(side.doc, effect.update);
}

function show(side: Side, entries: readonly LogEntry[], more = false): void {
  // By pages, as a relay cuts them.
  for (let left = entries; ;) {
    const page = untilSnapshot(left);
    left = left.slice(page.length);
    const marks = marksOf(page, log.length);
    happen(side, { type: "entries", entries: page, head: log.length, more: more || left.length > 0, marks });
    if (left.length === 0) return;
  }
}

/** Into the log, and from there to both. */
function both(...envelopes: Uint8Array[]): void {
  const entries = envelopes.map((envelope) => {
    const entry = { seq: log.length + 1, envelope };
    log.push(entry);
    return entry;
  });
  for (const side of [here, there]) show(side, entries);
}

/** What a replica does with a snapshot that is held. */
async function readHeld(side: Side): Promise<void> {
  const held = side.effects.findLast((effect) => effect.type === "readSnapshot");
  if (held === undefined) throw new Error("nothing is held");
  const { lanes, grants, update } = await unpackSnapshot(held.body);
  Y.applyUpdate(side.doc, update);
  happen(side, { type: "snapshotRead", lanes, ...(grants === undefined ? {} : { grants }) });
  happen(side, { type: "folded" });
}

function seal(side: Side, make: () => Uint8Array): Uint8Array {
  const envelope = make();
  happen(side, { type: "sealed", envelope });
  return envelope;
}

const send = (side: Side, kind: EnvelopeKind, clear = NOTHING, body = NOTHING): Uint8Array =>
  seal(side, () => sealNext({ keys: side.keys, random: systemRandom }, side.state, kind, clear, body));
const rekey = (side: Side): Uint8Array =>
  seal(side, () => sealRekeyNext({ keys: side.keys, random: systemRandom }, side.state));
const grant = (side: Side, run: typeof ended): Uint8Array => {
  const boot = bootIdFromBytes(new Uint8Array(16));
  return send(
    side,
    "grant",
    grantClear({ run: run ?? ended!, host: members.host.id, boot, notAfter: 9, box: NOTHING }),
  );
};
const write = (side: Side, text: string): Uint8Array => {
  const before = Y.encodeStateVector(side.doc);
  side.doc.getText("draft").insert(0, text);
  return send(side, "update", NOTHING, Y.encodeStateAsUpdate(side.doc, before));
};
/** Of all that this side knows; the log is as it stands. */
async function snapshot({ state, doc }: Side): Promise<{ clear: Uint8Array; body: Uint8Array }> {
  const { lanes, openGrants, lentEpoch } = state;
  const update = Y.encodeStateAsUpdate(doc);
  const previous = hexToBytes(state.compaction.newest?.hash ?? "00".repeat(32)) ?? NOTHING;
  return {
    clear: encodeSnapshotClear({
      cursor: log.length,
      mark: markOf(log.length).hash,
      previous,
      coverage: coverageOf(state),
    }),
    body: await packSnapshot({ digest: digestOf(doc), lanes, update, grants: { openGrants, lentEpoch } }),
  };
}
const textOf = ({ doc }: Side): string => doc.getText("draft").toString();

describe("snapshots of docs with several keys", () => {
  it("SR2 SR3 after two REKEYs of one epoch a new device reads everything, and knows which keys there are and which were lent", async () => {
    both(write(here, "a"), grant(here, ended), send(here, "grantEnd", grantEndClear(ended!)));
    const [byHere, byThere] = [
      [rekey(here), write(here, "b"), write(here, "c")],
      [rekey(there), write(there, "d")],
    ];
    both(...byHere, ...byThere, grant(here, open));
    expect(textOf(here)).toBe(textOf(there));
    const { clear, body } = await snapshot(there);
    both(send(there, "snapshot", clear, body));
    await readHeld(here);
    expect(here.state.compaction.newest).not.toBeNull();
    both(write(here, "e"));

    const { keys, before } = members.withThird();
    const third = createSide(keys, before);
    const isKept = ({ seq, envelope }: LogEntry): boolean =>
      parseEnvelope(envelope).kind === "rekey" || seq >= log.length - 1;
    const rest = log.filter(isKept);
    expect(rest.map(({ envelope }) => parseEnvelope(envelope).kind)).toEqual([
      ...["rekey", "rekey", "rekey"],
      ...["snapshot", "update"],
    ]);
    show(third, rest.slice(0, -1), true);
    await readHeld(third);
    show(third, rest.slice(-1));
    expect(textOf(third)).toBe(textOf(here));
    expect(third.state).toMatchObject({ alarm: null, parked: [], lentEpoch: here.state.lentEpoch });
    expect([...third.state.openGrants.keys()]).toEqual([open]);
    expect(writingKey(third.state)).toEqual(writingKey(here.state));
    expect(sideKeys(third.state).map(({ hash }) => hash)).toEqual(sideKeys(here.state).map(({ hash }) => hash));
    // What was typed elsewhere under the other key of that epoch, and comes only now, opens too.
    expect(third.state.epochKeys).toHaveLength(3);
    both(send(here, "grantEnd", grantEndClear(open!)));
    show(third, log.slice(-1));
    expect([isRekeyDue(third.state, false), isRekeyDue(here.state, false)]).toEqual([true, true]);
  });

  it("SR2 PK2 a new device reads a log that begins with more REKEYs than may wait for an author", async () => {
    const epochs = 2 * parkedEnvelopesMax;
    for (let epoch = 0; epoch < epochs; epoch++) both(write(here, "a"), rekey(here));
    both(write(here, "last"));
    const { clear, body } = await snapshot(here);
    both(send(here, "snapshot", clear, body));
    const { keys, before } = members.withThird();
    const third = createSide(keys, before);
    const rest = log.filter(({ envelope }) => ["rekey", "snapshot"].includes(parseEnvelope(envelope).kind));
    expect(rest).toHaveLength(epochs + 2);
    // Pages as a relay cuts them.
    for (let at = 0; at < rest.length; at += 100) show(third, rest.slice(at, at + 100), true);
    await readHeld(third);
    show(third, []);
    expect(textOf(third)).toBe(textOf(here));
    expect(third.state).toMatchObject({ alarm: null, parked: [], isRereading: false });
    expect(third.effects.filter(({ type }) => type === "ask")).toEqual([]);
    expect(writingKey(third.state)).toEqual(writingKey(here.state));
    expect(third.state.epochKeys).toHaveLength(epochs + 1);
    // What was sealed under any of them, and comes only now, opens.
    both(write(here, "behind"));
    show(third, log.slice(-1));
    expect(textOf(third)).toBe(textOf(here));
  });

  it("SR2 a REKEY that comes ahead of its turn and of its vault key is learned when that comes", async () => {
    const { before, after, keys } = members.withThird();
    learn(here, after);
    both(rekey(here), write(here, "x"));
    const { clear, body } = await snapshot(here);
    const taken = send(here, "snapshot", clear, body);
    log.push({ seq: log.length + 1, envelope: taken });
    // Of what the first REKEY began, `third` gets nothing: the log is read from behind it.
    const third = createSide(keys, before);
    const rest = log.filter(({ envelope }) => ["rekey", "snapshot"].includes(parseEnvelope(envelope).kind)).slice(1);
    show(third, rest, true);
    expect(third.effects.some(({ type }) => type === "wantRoster")).toBe(true);
    learn(third, after);
    show(third, log);
    await readHeld(third);
    expect(textOf(third)).toBe("x");
    expect(third.state.alarm).toBeNull();
  });

  it("CV1 one that waited for its key is judged when that comes, and what was read behind it meanwhile is no fork", async () => {
    both(write(here, "a"));
    const { before, after, keys } = members.withThird();
    for (const side of [here, there]) learn(side, before);
    const third = createSide(keys, before);
    show(third, log);
    learn(here, after);
    both(rekey(here));
    const { clear, body } = await snapshot(here);
    const taken = send(here, "snapshot", clear, body);
    log.push({ seq: log.length + 1, envelope: taken });
    // Its author does not know of the removal yet.
    const behind = write(there, "b");
    log.push({ seq: log.length + 1, envelope: behind });
    show(third, log.slice(2));
    expect(textOf(third)).toContain("b");
    learn(third, after);
    // With the key come both: the REKEY, and the snapshot that stands behind it.
    expect(third.state).toMatchObject({ alarm: null, parked: [] });
    expect(third.state.chains.get(here.keys.id)?.counter).toBe(4);
    expect(third.state.compaction.newest).toMatchObject({ author: here.keys.id });
    expect(third.effects.some(({ type }) => type === "confirm")).toBe(false);
  });

  it.each([
    ["before it is taken", false, null],
    ["after it is KEY", true, "KEY"],
  ])(
    "SR1 a snapshot under the older epoch, by a device that had seen the roster as it was %s",
    async (_name, isAfter, alarm) => {
      const { keys, before, after } = members.withThird();
      const third = createSide(keys, before);
      for (const side of [here, there]) learn(side, before);
      show(third, log);
      both(write(here, "a"));
      show(third, log.slice(-1));
      const { clear, body } = await snapshot(here);
      // A device's own room seals nothing under an outdated key: this one says it knows the newer roster.
      const { roster } = isAfter ? { roster: readRoster(after) } : here.state;
      const named = { ...here.state, roster };
      const sealed = sealNext({ keys: here.keys, random: systemRandom }, named, "snapshot", clear, body);
      learn(third, after);
      show(third, [{ seq: log.length + 1, envelope: sealed }]);
      expect(third.state.alarm).toBe(alarm);
      if (isAfter) return;
      await readHeld(third);
      expect(third.state.compaction.newest).toMatchObject({ author: here.keys.id });
      expect(third.effects.filter(({ type }) => type === "confirm")).toHaveLength(1);
    },
  );
});

function learn(side: Side, entries: readonly Uint8Array[]): void {
  const vaultKeys = openRosterVaultKeys(entries, side.keys);
  happen(side, { type: "roster", roster: readRoster(entries), vaultKeys });
}
