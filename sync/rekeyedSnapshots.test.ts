/** Snapshots of docs that have had several keys, held against rekey.test.ts and compaction.test.ts. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseEnvelope } from "#crypto/envelopeHeader.ts";
import { grantClear, grantEndClear } from "#crypto/grantHeader.ts";
import { bootIdFromBytes, runIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster } from "#crypto/roster.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { LogEntry } from "./frame.ts";
import { parkedEnvelopesMax } from "./limits.ts";
import { isRekeyDue, sideKeys, writingKey } from "./rekey.ts";
import { sealFirst, sealNext } from "./sealer.ts";
import {
  createSide,
  learn,
  readHeld,
  rekey,
  seal,
  send,
  show,
  snapshot,
  textOf,
  write,
  type Side,
} from "./testing/snapshotSides.ts";
import { createTestMembers, type TestMembers } from "./testing/testMembers.ts";

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
  here = createSide(members, members.here);
  there = createSide(members, members.there);
  both(seal(here, () => sealFirst({ keys: here.keys, random: systemRandom }, here.state)));
});

/** Into the log, and from there to both. */
function both(...envelopes: Uint8Array[]): void {
  const entries = envelopes.map((envelope) => {
    const entry = { seq: log.length + 1, envelope };
    log.push(entry);
    return entry;
  });
  for (const side of [here, there]) show(side, entries, log);
}

const grant = (side: Side, run: typeof ended): Uint8Array => {
  const boot = bootIdFromBytes(new Uint8Array(16));
  return send(
    side,
    "grant",
    grantClear({ run: run ?? ended!, host: members.host.id, boot, notAfter: 9, box: NOTHING }),
  );
};

describe("snapshots of docs with several keys", () => {
  it("SR2 SR3 after two REKEYs of one epoch a new device reads everything, and knows which keys there are and which were lent", async () => {
    both(write(here, "a"), grant(here, ended), send(here, "grantEnd", grantEndClear(ended!)));
    const [byHere, byThere] = [
      [rekey(here), write(here, "b"), write(here, "c")],
      [rekey(there), write(there, "d")],
    ];
    both(...byHere, ...byThere, grant(here, open));
    expect(textOf(here)).toBe(textOf(there));
    const { clear, body } = await snapshot(there, log);
    both(send(there, "snapshot", clear, body));
    await readHeld(here);
    expect(here.state.compaction.newest).not.toBeNull();
    both(write(here, "e"));

    const { keys, before } = members.withThird();
    const third = createSide(members, keys, before);
    const isKept = ({ seq, envelope }: LogEntry): boolean =>
      parseEnvelope(envelope).kind === "rekey" || seq >= log.length - 1;
    const rest = log.filter(isKept);
    expect(rest.map(({ envelope }) => parseEnvelope(envelope).kind)).toEqual([
      ...["rekey", "rekey", "rekey"],
      ...["snapshot", "update"],
    ]);
    show(third, rest.slice(0, -1), log, true);
    await readHeld(third);
    show(third, rest.slice(-1), log);
    expect(textOf(third)).toBe(textOf(here));
    expect(third.state).toMatchObject({ alarm: null, parked: [], lentEpoch: here.state.lentEpoch });
    expect([...third.state.openGrants.keys()]).toEqual([open]);
    expect(writingKey(third.state)).toEqual(writingKey(here.state));
    expect(sideKeys(third.state).map(({ hash }) => hash)).toEqual(sideKeys(here.state).map(({ hash }) => hash));
    // What was typed elsewhere under the other key of that epoch, and comes only now, opens too.
    expect(third.state.epochKeys).toHaveLength(3);
    both(send(here, "grantEnd", grantEndClear(open!)));
    show(third, log.slice(-1), log);
    expect([isRekeyDue(third.state, false), isRekeyDue(here.state, false)]).toEqual([true, true]);
  });

  it("SR2 PK2 a new device reads a log that begins with more REKEYs than may wait for an author", async () => {
    const epochs = 2 * parkedEnvelopesMax;
    for (let epoch = 0; epoch < epochs; epoch++) both(write(here, "a"), rekey(here));
    both(write(here, "last"));
    const { clear, body } = await snapshot(here, log);
    both(send(here, "snapshot", clear, body));
    const { keys, before } = members.withThird();
    const third = createSide(members, keys, before);
    const rest = log.filter(({ envelope }) => ["rekey", "snapshot"].includes(parseEnvelope(envelope).kind));
    expect(rest).toHaveLength(epochs + 2);
    // Pages as a relay cuts them.
    for (let at = 0; at < rest.length; at += 100) show(third, rest.slice(at, at + 100), log, true);
    await readHeld(third);
    show(third, [], log);
    expect(textOf(third)).toBe(textOf(here));
    expect(third.state).toMatchObject({ alarm: null, parked: [], isRereading: false });
    expect(third.effects.filter(({ type }) => type === "ask")).toEqual([]);
    expect(writingKey(third.state)).toEqual(writingKey(here.state));
    expect(third.state.epochKeys).toHaveLength(epochs + 1);
    // What was sealed under any of them, and comes only now, opens.
    both(write(here, "behind"));
    show(third, log.slice(-1), log);
    expect(textOf(third)).toBe(textOf(here));
  });

  it("SR2 a REKEY that comes ahead of its turn and of its vault key is learned when that comes", async () => {
    const { before, after, keys } = members.withThird();
    learn(here, after);
    both(rekey(here), write(here, "x"));
    const { clear, body } = await snapshot(here, log);
    const taken = send(here, "snapshot", clear, body);
    log.push({ seq: log.length + 1, envelope: taken });
    // Of what the first REKEY began, `third` gets nothing: the log is read from behind it.
    const third = createSide(members, keys, before);
    const rest = log.filter(({ envelope }) => ["rekey", "snapshot"].includes(parseEnvelope(envelope).kind)).slice(1);
    show(third, rest, log, true);
    expect(third.effects.some(({ type }) => type === "wantRoster")).toBe(true);
    learn(third, after);
    show(third, log, log);
    await readHeld(third);
    expect(textOf(third)).toBe("x");
    expect(third.state.alarm).toBeNull();
  });

  it("CV1 one that waited for its key is judged when that comes, and what was read behind it meanwhile is no fork", async () => {
    both(write(here, "a"));
    const { before, after, keys } = members.withThird();
    for (const side of [here, there]) learn(side, before);
    const third = createSide(members, keys, before);
    show(third, log, log);
    learn(here, after);
    both(rekey(here));
    const { clear, body } = await snapshot(here, log);
    const taken = send(here, "snapshot", clear, body);
    log.push({ seq: log.length + 1, envelope: taken });
    // Its author does not know of the removal yet.
    const behind = write(there, "b");
    log.push({ seq: log.length + 1, envelope: behind });
    show(third, log.slice(2), log);
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
      const third = createSide(members, keys, before);
      for (const side of [here, there]) learn(side, before);
      show(third, log, log);
      both(write(here, "a"));
      show(third, log.slice(-1), log);
      const { clear, body } = await snapshot(here, log);
      // A device's own room seals nothing under an outdated key: this one says it knows the newer roster.
      const { roster } = isAfter ? { roster: readRoster(after) } : here.state;
      const named = { ...here.state, roster };
      const sealed = sealNext({ keys: here.keys, random: systemRandom }, named, "snapshot", clear, body);
      learn(third, after);
      show(third, [{ seq: log.length + 1, envelope: sealed }], log);
      expect(third.state.alarm).toBe(alarm);
      if (isAfter) return;
      await readHeld(third);
      expect(third.state.compaction.newest).toMatchObject({ author: here.keys.id });
      expect(third.effects.filter(({ type }) => type === "confirm")).toHaveLength(1);
    },
  );
});
