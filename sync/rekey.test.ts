import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { utf8ToBytes } from "#crypto/bytes.ts";
import type { DeviceKeys } from "#crypto/device.ts";
import { createDocKey, openRekeyKeys, sealRekey } from "#crypto/docKeys.ts";
import { parseEnvelope, type EnvelopeKind, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { grantClear, grantEndClear } from "#crypto/grantHeader.ts";
import { bootIdFromBytes, runIdFromBytes } from "#crypto/ids.ts";
import { parseRekeyClear } from "#crypto/rekeyHeader.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster } from "#crypto/roster.ts";
import { openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { isRekeyDue, sideKeys, withEnds, writingKey } from "./rekey.ts";
import { step } from "./room.ts";
import { decodeBase, encodeBase } from "./roomBase.ts";
import { createRoomState, durableCursor, markedCursor, type RoomEvent, type RoomState } from "./roomState.ts";
import { sealFirst, sealNext, sealRekeyNext } from "./sealer.ts";
import { markOf } from "./testing/marks.ts";
import { createTestMembers, type TestMembers } from "./testing/testMembers.ts";

/** A device's room, and what it was shown. */
interface Side {
  state: RoomState;
  readonly keys: DeviceKeys;
  readonly shown: string[];
  readonly aside: Uint8Array[];
}

const NOTHING = new Uint8Array(0);
const run = runIdFromBytes(new Uint8Array(16).fill(7));
let members: TestMembers;
let here: Side;
let there: Side;
let seq: number;
/** The doc's first REKEY, by `here`. */
let first: Uint8Array;

beforeAll(() => sodiumReady);
beforeEach(() => {
  members = createTestMembers();
  seq = 0;
  here = createSide(members.here);
  there = createSide(members.there);
  first = seal(here, () => sealFirst({ keys: here.keys, random: systemRandom }, here.state));
  deliver(there, first);
});

function createSide(keys: DeviceKeys, entries = members.entries): Side {
  const { doc } = members;
  const vaultKeys = openRosterVaultKeys(entries, keys);
  const state = createRoomState({ doc, device: keys.id, roster: readRoster(entries), vaultKeys });
  return { state, keys, shown: [], aside: [] };
}

function happen(side: Side, event: RoomEvent): void {
  const [next, effects] = step(side.state, event);
  side.state = next;
  for (const effect of effects) {
    if (effect.type === "write") side.shown.push(new TextDecoder().decode(effect.update));
    if (effect.type === "setAside") side.aside.push(effect.envelope);
  }
}

function deliver(side: Side, ...envelopes: Uint8Array[]): void {
  happen(side, pageOf(envelopes));
}

/** What was on its way when the log was asked for. */
function deliverUnderWay(side: Side, ...envelopes: Uint8Array[]): void {
  happen(side, { ...pageOf(envelopes), mayBegin: false });
}

function pageOf(envelopes: readonly Uint8Array[]): Extract<RoomEvent, { type: "entries" }> {
  const entries = envelopes.map((envelope) => ({ seq: ++seq, envelope }));
  return { type: "entries", entries, head: seq, more: false };
}

function seal(side: Side, make: () => Uint8Array): Uint8Array {
  const envelope = make();
  happen(side, { type: "sealed", envelope });
  return envelope;
}

const rekey = (side: Side): Uint8Array =>
  seal(side, () => sealRekeyNext({ keys: side.keys, random: systemRandom }, side.state));
const write = (side: Side, text: string): Uint8Array => send(side, "update", NOTHING, text);
const send = (side: Side, kind: EnvelopeKind, clear: Uint8Array, text = ""): Uint8Array =>
  seal(side, () => sealNext({ keys: side.keys, random: systemRandom }, side.state, kind, clear, utf8ToBytes(text)));
const grant = (side: Side): Uint8Array => {
  const boot = bootIdFromBytes(new Uint8Array(16));
  return send(side, "grant", grantClear({ run, host: members.host.id, boot, notAfter: 9, box: NOTHING }));
};

function learn(side: Side, entries: readonly Uint8Array[]): void {
  const vaultKeys = openRosterVaultKeys(entries, side.keys);
  happen(side, { type: "roster", roster: readRoster(entries), vaultKeys });
}

describe("rekeying", () => {
  it("PS4 presence that comes before its key is shown when the key is there, the newest of it alone", () => {
    const said = rekey(here);
    const context = { keys: here.keys, random: systemRandom };
    const presence = (text: string) => sealNext(context, here.state, "ephemeral", NOTHING, utf8ToBytes(text));
    const seen: string[] = [];
    const see = (event: RoomEvent): void => {
      const [next, effects] = step(there.state, event);
      there.state = next;
      for (const effect of effects) if (effect.type === "presence") seen.push(new TextDecoder().decode(effect.update));
    };
    see({ type: "ephemeral", envelope: presence("half") });
    see({ type: "ephemeral", envelope: presence("half a question") });
    expect(seen).toEqual([]);
    see(pageOf([said]));
    expect(seen).toEqual(["half a question"]);
    see({ type: "ephemeral", envelope: presence("all of it") });
    expect(seen).toEqual(["half a question", "all of it"]);
    expect(there.state.unheard.size).toBe(0);
  });

  it("RK1 a rekey is due once a lent key has come back, and not while it is still lent for another run", () => {
    const other = runIdFromBytes(new Uint8Array(16).fill(8));
    const boot = bootIdFromBytes(new Uint8Array(16));
    expect(isRekeyDue(here.state, false)).toBe(false);
    grant(here);
    send(here, "grant", grantClear({ run: other, host: members.host.id, boot, notAfter: 9, box: NOTHING }));
    expect(isRekeyDue(here.state, false)).toBe(false);
    send(here, "grantEnd", grantEndClear(run));
    expect(isRekeyDue(here.state, false)).toBe(false);
    send(here, "grantEnd", grantEndClear(other));
    expect(isRekeyDue(here.state, false)).toBe(true);
    rekey(here);
    expect(isRekeyDue(here.state, false)).toBe(false);
    expect(writingKey(here.state)?.epoch).toBe(2);
  });

  it("GE1 who granted does not matter: every device reads from the log what is lent, also after a restart", () => {
    deliver(there, grant(here));
    const beginning = createSide(members.there).state;
    const restarted = decodeBase(encodeBase(there.state, NOTHING), beginning).state;
    expect([...restarted.openGrants.keys()]).toEqual([run]);
    there.state = restarted;
    send(there, "grantEnd", grantEndClear(run));
    expect(isRekeyDue(there.state, false)).toBe(true);
  });

  it.each([
    ["here's first", true],
    ["there's first", false],
  ])("RK2 two devices that begin one epoch at once lose nothing and go on under one key: %s", (_name, isHereFirst) => {
    const byHere = [rekey(here), write(here, "from here")];
    const byThere = [rekey(there), write(there, "from there")];
    const log = isHereFirst ? [...byHere, ...byThere] : [...byThere, ...byHere];
    deliver(here, ...log);
    deliver(there, ...log);
    expect(here.shown).toEqual(["from there"]);
    expect(there.shown).toEqual(["from here"]);
    expect([here.state.alarm, there.state.alarm]).toEqual([null, null]);
    expect(writingKey(here.state)).toEqual(writingKey(there.state));
    expect(writingKey(here.state)?.epoch).toBe(2);
    const hashes = here.state.epochKeys.filter(({ epoch }) => epoch === 2).map(({ hash }) => hash);
    expect(writingKey(here.state)?.hash).toBe(hashes.toSorted()[0]);
    deliver(there, write(here, "next"));
    expect(there.shown.at(-1)).toBe("next");
  });

  it("RK3 what is sealed under a side key waits for its REKEY, and opens when that comes", () => {
    const { keys, before } = members.withThird();
    const third = createSide(keys, before);
    learn(here, before);
    rekey(here);
    const begun = rekey(there);
    deliver(third, first, begun);
    const written = write(third, "under there's key");
    happen(here, { type: "entries", entries: [{ seq: 11, envelope: written }], head: 12, more: true });
    expect(here.shown).toEqual([]);
    expect(here.state.parked.map(({ waitsFor }) => waitsFor)).toEqual(["key"]);
    happen(here, { type: "entries", entries: [{ seq: 12, envelope: begun }], head: 12, more: false });
    expect(here.shown).toEqual(["under there's key"]);
    expect(here.state.alarm).toBeNull();
  });

  it("RK3 under no key at all: KEY, once the log was read to its end", () => {
    const forged = members.author(members.there);
    forged.rekey();
    const garbage = forged.seal("update", utf8ToBytes("x"), { docKey: createDocKey(systemRandom) });
    const alone = createSide(members.here);
    const begun = members.author(members.there).rekey();
    happen(alone, { type: "entries", entries: [{ seq: 1, envelope: begun }], head: 2, more: true });
    // The same place in the chain, under a key that nobody has.
    const chained = { ...alone.state, chains: new Map(alone.state.chains) };
    const hash = Buffer.from(parseEnvelope(garbage).prev).toString("hex");
    chained.chains.set(members.there.id, { counter: 1, hashes: [hash] });
    alone.state = chained;
    happen(alone, { type: "entries", entries: [{ seq: 2, envelope: garbage }], head: 3, more: true });
    expect(alone.state.alarm).toBeNull();
    happen(alone, { type: "entries", entries: [], head: 3, more: false });
    expect(alone.state.alarm).toBe("KEY");
  });

  it("RK7 before a grant, side keys are brought together: the newest key reads back to all of them", () => {
    const byHere = [rekey(here), write(here, "a")];
    const byThere = [rekey(there), write(there, "b")];
    deliver(here, ...byThere);
    deliver(there, ...byHere);
    expect(sideKeys(here.state)).toHaveLength(1);
    expect(isRekeyDue(here.state, false)).toBe(false);
    expect(isRekeyDue(here.state, true)).toBe(true);
    const joined = parseEnvelope(rekey(here));
    const key = writingKey(here.state)!;
    expect(key.epoch).toBe(3);
    const carried = openRekeyKeys(joined, key.docKey).map(({ docKey }) => Buffer.from(docKey).toString("hex"));
    const ofEpoch2 = here.state.epochKeys.filter(({ epoch }) => epoch === 2);
    expect(carried.toSorted()).toEqual(ofEpoch2.map(({ docKey }) => Buffer.from(docKey).toString("hex")).toSorted());
    expect(sideKeys(here.state)).toEqual([]);
    expect(isRekeyDue(here.state, true)).toBe(false);
    // An old side key that turns up later is carried by the next one.
    deliver(there, joined.bytes);
    expect(sideKeys(there.state)).toEqual([]);
  });
});

describe("after a removal", () => {
  it("RK4 nothing is sealed under a key of the older generation", () => {
    learn(here, members.withoutThere());
    expect(isRekeyDue(here.state, false)).toBe(true);
    expect(() => write(here, "too early")).toThrow(/older generation/);
    rekey(here);
    write(here, "in time");
    expect(writingKey(here.state)).toMatchObject({ epoch: 2, generation: 2 });
  });

  it("RK4 who knew the newer roster and wrote under the old key is refused; who did not is taken", () => {
    const entries = members.withThird();
    const third = createSide(entries.keys, entries.before);
    learn(here, entries.before);
    deliver(third, first);
    const unaware = write(third, "written before it knew");
    learn(here, entries.after);
    const aware = seal(third, () => {
      const { seq: rosterSeq, head } = readRoster(entries.after);
      const pretending = { ...third.state, roster: { ...third.state.roster, seq: rosterSeq, head } };
      return sealNext({ keys: third.keys, random: systemRandom }, pretending, "update", NOTHING, utf8ToBytes("stale"));
    });
    deliver(here, unaware);
    expect(here.shown).toEqual(["written before it knew"]);
    expect(here.state.alarm).toBeNull();
    deliver(here, aware);
    expect(here.shown).toEqual(["written before it knew"]);
    expect(here.state.alarm).toBe("KEY");
  });

  it("RK6 a REKEY under another generation than its roster's begins nothing", () => {
    const entries = members.withThird();
    const third = createSide(entries.keys, entries.before);
    learn(here, entries.before);
    deliver(third, first);
    learn(third, entries.after);
    learn(here, entries.after);
    const { state, keys } = third;
    const { chains, device, doc, roster, vaultKeys } = state;
    const older = sealRekey({
      doc,
      epoch: 2,
      author: device,
      counter: (chains.get(device)?.counter ?? 0) + 1,
      prev: new Uint8Array(32),
      rosterSeq: roster.seq,
      rosterHead: roster.head.slice(0, 8),
      generation: 1,
      docKey: createDocKey(systemRandom),
      vaultKey: vaultKeys.get(1)!,
      previousDocKey: members.docKey,
      signingKey: keys.sign,
      random: systemRandom,
    });
    deliver(here, older);
    expect(here.state.alarm).toBe("KEY");
    expect(writingKey(here.state)?.epoch).toBe(1);
  });

  it("RM3 what a removed device got to the host in time stays; what comes later is set aside, also after a restart", () => {
    const [early, late] = [write(there, "in time"), write(there, "too late")];
    deliver(here, early);
    learn(here, members.withoutThere());
    deliver(here);
    deliver(here, late);
    expect(here.shown).toEqual(["in time"]);
    expect(here.aside).toEqual([late]);
    expect(here.state.alarm).toBeNull();
    const beginning = createSide(members.here, members.withoutThere()).state;
    here.state = decodeBase(encodeBase(here.state, NOTHING), beginning).state;
    deliver(here, late);
    expect(here.shown).toEqual(["in time"]);
    expect(here.aside).toHaveLength(2);
  });

  it("RM3 a device that was away reads on to the end of the log before it shuts the door", () => {
    const early = write(there, "in time");
    learn(here, members.withoutThere());
    // Somebody may say further on where its chain ends, so the log is gone through once for that.
    deliver(here, early);
    expect(here.shown).toEqual([]);
    expect(markedCursor(here.state)).toBe(seq - 1);
    // What was under way when it was asked for is not the end of that.
    deliverUnderWay(here);
    expect(here.state.readRosterSeq).toBe(0);
    // Gone through once, nobody said it; then it is read as it stands.
    for (const shown of [[], ["in time"]]) {
      seq -= 1;
      deliver(here, early);
      expect(here.shown).toEqual(shown);
    }
    const late = write(there, "too late");
    deliver(here, late);
    expect(here.shown).toEqual(["in time"]);
  });

  it("RM7 a removed device that names an older roster gets nothing in, wherever the relay puts it", () => {
    const { keys, before, after } = members.withThird();
    const away = createSide(keys, before);
    learn(here, before);
    deliver(away, first);
    const early = write(there, "in time");
    deliver(here, early);
    learn(here, after);
    deliver(here);
    const next = rekey(here);
    expect(parseRekeyClear(parseEnvelope(next)).ends).toMatchObject([{ author: there.keys.id, counter: 1 }]);
    const late = write(there, "made up later");
    // In front of all that knew better; the one that comes back finds removal and log at once.
    learn(away, after);
    deliver(away, early, late, next);
    expect(away.shown).toEqual([]);
    seq -= 3;
    deliver(away, early, late, next);
    expect(away.shown).toEqual(["in time"]);
    expect(away.aside).toEqual([late]);
    deliver(here, late);
    expect(here.shown).toEqual(["in time"]);
    expect([here.state.alarm, away.state.alarm]).toEqual([null, null]);
  });

  it("RM7 what was under way when it was asked for tells nobody that no end was said", () => {
    const { keys, before, after } = members.withThird();
    const away = createSide(keys, before);
    deliver(away, first);
    learn(here, after);
    deliver(here);
    const next = rekey(here);
    const late = write(there, "made up later");
    learn(away, after);
    // A slow link: the relay puts it into each page that is still on its way, and the words of its end come last.
    deliver(away, late);
    deliverUnderWay(away, late);
    deliverUnderWay(away, late, next);
    expect(away.shown).toEqual([]);
    expect(away.aside).toEqual([]);
    seq -= 4;
    deliver(away, late, late, late, next);
    expect(away.shown).toEqual([]);
    expect(away.aside).toEqual([late, late, late]);
    expect(away.state).toMatchObject({ awaitedSeq: null, readRosterSeq: away.state.roster.seq });
  });

  it("RM7 the same behind a restart in the middle, and of a chat in which it never wrote", () => {
    const { keys, before, after } = members.withThird();
    learn(here, after);
    deliver(here);
    const next = rekey(here);
    expect(parseRekeyClear(parseEnvelope(next)).ends).toMatchObject([{ author: there.keys.id, counter: 0 }]);
    const late = write(there, "made up later");
    const away = createSide(keys, before);
    learn(away, after);
    deliver(away, first, next);
    const beginning = createSide(keys, after).state;
    away.state = { ...decodeBase(encodeBase(away.state, NOTHING), beginning).state, readRosterSeq: 0 };
    deliver(away, late);
    expect(away.shown).toEqual([]);
    expect(away.aside).toEqual([late]);
  });

  it("RM7 what stands before the end that a member said was in time, also for who was not shown it when it came", () => {
    const { keys, before, after } = members.withThird();
    const away = createSide(keys, before);
    deliver(away, first);
    const [early, late] = [write(there, "in time"), write(there, "too late")];
    deliver(here, early);
    learn(here, after);
    deliver(here);
    const next = rekey(here);
    learn(away, after);
    // The relay kept it back, so this device shut the door without it.
    deliver(away, next);
    expect(away.state.readRosterSeq).toBe(away.state.roster.seq);
    deliver(away, early, late);
    expect(away.shown).toEqual(["in time"]);
    expect(away.aside).toEqual([late]);
  });

  it("RM7 while it is not known where its chain ends, it is read on from there", () => {
    const { keys, before, after } = members.withThird();
    const away = createSide(keys, before);
    deliver(away, first);
    learn(away, after);
    const early = write(there, "in time");
    happen(away, { type: "entries", entries: [{ seq: ++seq, envelope: early }], head: seq + 1, more: true });
    expect(durableCursor(away.state)).toBe(seq - 1);
  });

  it("RM7 what a relay shows once and not again, or elsewhere, is not waited for", () => {
    const { keys, before, after } = members.withThird();
    const away = createSide(keys, before);
    deliver(away, first);
    learn(away, after);
    const late = write(there, "made up later");
    deliver(away, late);
    const awaited = seq;
    expect(markedCursor(away.state)).toBe(awaited - 1);
    deliverUnderWay(away);
    expect(markedCursor(away.state)).toBe(awaited - 1);
    expect(away.state.readRosterSeq).toBeLessThan(away.state.roster.seq);
    // The relay had not read the question yet: it goes on from where it stood.
    deliver(away);
    expect(markedCursor(away.state)).toBe(awaited - 1);
    // Elsewhere in the answer.
    seq = awaited + 2;
    happen(away, { ...pageOf([late]), marks: { from: markOf(awaited - 1), to: markOf(seq) } });
    expect(markedCursor(away.state)).toBe(awaited + 2);
    // Not there.
    happen(away, { ...pageOf([]), marks: { from: markOf(awaited + 2), to: markOf(seq) } });
    expect(away.state).toMatchObject({ awaitedSeq: null, isRereading: false, readRosterSeq: away.state.roster.seq });
    deliver(away, late);
    expect([away.shown, away.aside]).toEqual([[], [late]]);
  });

  it("RM7 the answer to what was asked before says nothing, wherever it begins: only what the relay sent since counts", () => {
    const { keys, before, after } = members.withThird();
    const away = createSide(keys, before);
    const early = write(there, "in time");
    deliver(here, early);
    learn(here, after);
    deliver(here);
    const next = rekey(here);
    const late = write(there, "made up later");
    deliver(away, first);
    learn(away, after);
    // It had asked already when it came to know of the removal: those pages are from before the end was said, and begin in front of what was met.
    deliver(away, early, late);
    for (let page = 0; page < 3; page++) {
      seq -= 2;
      deliverUnderWay(away, early, late);
      expect(away.shown).toEqual([]);
      expect(away.state.readRosterSeq).toBeLessThan(away.state.roster.seq);
    }
    seq -= 2;
    deliver(away, early, late, next);
    seq -= 3;
    deliver(away, early, late, next);
    expect([away.shown, away.aside]).toEqual([["in time"], [late]]);
  });

  it("RM7 an answer counts for what was met before it was asked for: what turns up in it is asked for anew", () => {
    const { keys, before, after } = members.withThird();
    const away = createSide(keys, before);
    deliver(away, first);
    const early = write(there, "in time");
    deliver(here, early);
    learn(away, after);
    deliver(away, early);
    const late = write(there, "made up later");
    // The answer is from before the end was said; in the next one it stands behind what was made up since.
    seq -= 1;
    deliver(away, early, late);
    learn(here, after);
    deliver(here);
    const next = rekey(here);
    seq -= 2;
    deliver(away, early, late, next);
    expect(away.shown).not.toContain("made up later");
    seq -= 3;
    deliver(away, early, late, next);
    expect([away.shown, away.aside]).toEqual([["in time"], [late]]);
    expect(away.state).toMatchObject({ awaitedSeq: null, readRosterSeq: away.state.roster.seq });
  });

  it("RM7 what a REKEY says of ends counts also while the vault key is still to come that opens it", () => {
    const { keys, before, after } = members.withThird();
    const away = createSide(keys, before);
    deliver(away, first);
    learn(here, after);
    deliver(here);
    const next = rekey(here);
    const late = write(there, "made up later");
    const [older] = [...away.state.vaultKeys];
    happen(away, { type: "roster", roster: readRoster(after), vaultKeys: new Map([older!]) });
    for (let page = 0; page < 3; page++) {
      seq = 1;
      deliver(away, late, next);
    }
    expect([away.shown, away.aside]).toEqual([[], [late, late]]);
  });

  it("RM7 a log that was rolled back is not read to its end by that", () => {
    learn(here, members.withoutThere());
    here.state = { ...here.state, cursor: 9 };
    happen(here, { type: "entries", entries: [], head: 1, more: false });
    expect(here.state).toMatchObject({ readRosterSeq: 0, isRereading: true });
  });

  it("RM7 who began an epoch before it had read the log to its end says it with the next one", () => {
    learn(here, members.withoutThere());
    expect(parseRekeyClear(parseEnvelope(rekey(here))).ends).toEqual([]);
    expect(isRekeyDue(here.state, false)).toBe(false);
    deliver(here);
    expect(isRekeyDue(here.state, false)).toBe(true);
    expect(parseRekeyClear(parseEnvelope(rekey(here))).ends).toHaveLength(1);
    expect(isRekeyDue(here.state, false)).toBe(false);
  });

  it("RM7 only a member says it, only of one whose removal it knew; and the furthest counts", () => {
    const { keys, after } = members.withThird();
    const roster = readRoster(after);
    const removedSeq = roster.members.get(members.there.id)!.removedSeq!;
    const say = (by: DeviceKeys, counter: number, rosterSeq = removedSeq): ParsedEnvelope => {
      const end = { author: members.there.id, counter, hash: new Uint8Array(32) };
      const place = { doc: members.doc, epoch: 2, author: by.id, counter: 2, prev: new Uint8Array(32).fill(1) };
      const keysOf = { generation: 2, docKey: createDocKey(systemRandom), vaultKey: members.vaultKey };
      const rosterOf = { rosterSeq, rosterHead: roster.head.slice(0, 8) };
      const sealing = { previousDocKey: members.docKey, signingKey: by.sign, random: systemRandom };
      return parseEnvelope(sealRekey({ ...place, ...keysOf, ...rosterOf, ...sealing, ends: [end] }));
    };
    const none = new Map();
    expect(withEnds({ roster, ends: none }, say(members.there, 9)).size).toBe(0);
    expect(withEnds({ roster, ends: none }, say(keys, 9, removedSeq - 1)).size).toBe(0);
    const once = withEnds({ roster, ends: none }, say(keys, 3));
    expect(once.get(members.there.id)?.counter).toBe(3);
    expect(withEnds({ roster, ends: once }, say(members.here, 2)).get(members.there.id)?.counter).toBe(3);
    expect(withEnds({ roster, ends: once }, say(members.here, 5)).get(members.there.id)?.counter).toBe(5);
  });
});
