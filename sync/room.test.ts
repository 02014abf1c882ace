import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { utf8ToBytes } from "#crypto/bytes.ts";
import { createDeviceKeys } from "#crypto/device.ts";
import { createDocKey } from "#crypto/docKeys.ts";
import { finalClear } from "#crypto/laneHeader.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster } from "#crypto/roster.ts";
import { openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { bodyBytesMax, earlyLanesMax, inFlightMax, parkedEnvelopesMax } from "./limits.ts";
import { pendingCount } from "./outbox.ts";
import { step } from "./room.ts";
import { decodeBase, encodeBase, placeInLog } from "./roomBase.ts";
import { durableCursor, type RoomEffect, type RoomEvent, type RoomState } from "./roomState.ts";
import { markOf, marksOf } from "./testing/marks.ts";
import { createTestMembers, type TestMembers } from "./testing/testMembers.ts";

let members: TestMembers;
let state: RoomState;
let effects: RoomEffect[];
let seq: number;

beforeAll(() => sodiumReady);
beforeEach(() => {
  members = createTestMembers();
  state = members.room();
  effects = [];
  seq = 0;
});

function happen(event: RoomEvent): void {
  const [next, caused] = step(state, event);
  state = next;
  effects.push(...caused);
}

/** The relay sends these, and has nothing after them. */
function arrive(...envelopes: Uint8Array[]): void {
  const entries = envelopes.map((envelope) => ({ seq: ++seq, envelope }));
  happen({ type: "entries", entries, head: seq, more: false });
}

const written = (): string[] =>
  effects.flatMap((effect) => (effect.type === "write" ? [new TextDecoder().decode(effect.update)] : []));
const count = (type: RoomEffect["type"]): number => effects.filter((effect) => effect.type === type).length;
const text = utf8ToBytes;

describe("what is let in", () => {
  it("CH1 a device's chain is taken in its order, stored and written", () => {
    const there = members.author(members.there);
    arrive(there.rekey(), there.seal("update", text("a")), there.seal("update", text("b")));
    expect(written()).toEqual(["a", "b"]);
    expect(count("store")).toBe(3);
    expect(state.cursor).toBe(3);
    expect(state.alarm).toBeNull();
  });

  it("the step leaves the state that it was given as it was", () => {
    const there = members.author(members.there);
    const before = state;
    const [after] = step(before, {
      type: "entries",
      entries: [{ seq: 1, envelope: there.rekey() }],
      head: 1,
      more: false,
    });
    expect(before).toEqual(members.room());
    expect(after.chains.size).toBe(1);
  });

  it("IN1 bytes that are no envelope, or of another doc, are dropped without a trace", () => {
    const other = createTestMembers();
    const foreign = other.author(other.here).rekey();
    arrive(new Uint8Array(0), systemRandom(300), foreign);
    expect(effects).toEqual([]);
    expect(state.chains.size).toBe(0);
  });

  it("SG1 a changed byte anywhere is refused, and the true envelope still comes in after it", () => {
    const there = members.author(members.there);
    const rekey = there.rekey();
    const update = there.seal("update", text("true"));
    arrive(rekey);
    for (let at = 0; at < update.length; at += 3) {
      const changed = update.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      arrive(changed);
    }
    expect(written()).toEqual([]);
    expect(state.isQuarantined).toBe(false);
    arrive(update);
    expect(written()).toEqual(["true"]);
  });

  it("WH1 nobody outside the roster is heard, and a host not by its own name", () => {
    const stranger = members.author(createDeviceKeys(systemRandom));
    const host = members.author(members.host);
    arrive(members.author(members.there).rekey(), stranger.seal("update", text("x")), host.seal("update", text("y")));
    expect(written()).toEqual([]);
    expect(state.parked).toEqual([]);
  });

  it("WH2 a lane is heard once its host's certificate came, and only the kinds that a lane writes", () => {
    const lane = members.lane();
    arrive(members.author(members.there).rekey(), lane.accept(), lane.seal("update", text("hi")));
    expect(written()).toEqual(["hi"]);
    expect(effects).toContainEqual({ type: "accepted", lane: lane.id, run: lane.run });
    arrive(lane.seal("grant", text("more")));
    expect(count("store")).toBe(3);
  });

  it("WH2 what came of a lane before its certificate is asked for again", () => {
    const lane = members.lane();
    arrive(members.author(members.there).rekey());
    const [accept, said] = [lane.accept(), lane.seal("update", text("said"))];
    // A relay may send a log in any order; nothing of this lane follows by which the loss would show.
    happen({ type: "entries", entries: [{ seq: 3, envelope: said }], head: 3, more: false });
    expect(state.parked).toEqual([]);
    happen({ type: "entries", entries: [{ seq: 2, envelope: accept }], head: 3, more: false });
    expect(count("ask")).toBe(1);
    expect(state.cursor).toBe(0);
    happen({ type: "entries", entries: [{ seq: 3, envelope: said }], head: 3, more: false });
    expect(written()).toEqual(["said"]);
    expect(state).toMatchObject({ isRereading: false, alarm: null });
    seq = 3;
    // Nobody's words are remembered for ever, and nothing is asked for them.
    for (let at = 0; at < earlyLanesMax + 5; at++) arrive(members.lane().seal("update", text("x")));
    expect(state.early.size).toBe(earlyLanesMax);
    expect(count("ask")).toBe(1);
  });

  it("WH3 an author whom only a newer roster knows waits for it", () => {
    const before = readRoster(members.entries.slice(0, 1));
    state = { ...members.room(), roster: before };
    const there = members.author(members.there);
    arrive(members.author(members.here).rekey(), there.seal("update", text("later")));
    expect(written()).toEqual([]);
    expect(count("wantRoster")).toBe(1);
    happen({ type: "roster", roster: members.roster, vaultKeys: members.vaultKeys });
    expect(written()).toEqual(["later"]);
    expect(state.parked).toEqual([]);
  });

  it("WH4 what a removed device wrote before its removal stays valid, and nothing after it", () => {
    const entries = members.withoutThere();
    const roster = readRoster(entries);
    state = { ...members.room(), roster, vaultKeys: openRosterVaultKeys(entries, members.here) };
    const there = members.author(members.there);
    const log = [there.rekey(), there.seal("update", text("before")), there.seal("update", text("after"), { roster })];
    arrive(...log);
    // RM7: where its chain ends may stand behind it in the log, which is read again.
    expect(count("ask")).toBe(1);
    // Once for what is said of its end, once to read it.
    for (let time = 0; time < 2; time++) {
      seq = 0;
      arrive(...log);
    }
    expect(written()).toEqual(["before"]);
  });

  it("WH5 a member that names another roster under our seq raises ROSTER_FORK", () => {
    const there = members.author(members.there);
    arrive(there.rekey(), there.seal("update", text("x"), { rosterHead: new Uint8Array(8) }));
    expect(state.alarm).toBe("ROSTER_FORK");
    expect(state.isQuarantined).toBe(true);
  });

  it("KE1 a device's envelope that does not open sets the doc aside", () => {
    const there = members.author(members.there);
    arrive(
      there.rekey(),
      there.seal("update", text("x"), { docKey: createDocKey(systemRandom) }),
      there.seal("update", text("y")),
    );
    expect(state).toMatchObject({ alarm: "KEY", isQuarantined: true });
    expect(written()).toEqual([]);
  });

  it("SZ1 an update larger than any is kept, and never shown to Yjs", () => {
    const lane = members.lane();
    arrive(members.author(members.there).rekey(), lane.accept(), lane.seal("update", new Uint8Array(bodyBytesMax + 1)));
    expect(written()).toEqual([]);
    expect(state).toMatchObject({ alarm: "SCOPE", isQuarantined: false });
  });
});

describe("order", () => {
  it("CH2 a repeat is dropped, also when all of the log is sent again", () => {
    const there = members.author(members.there);
    const log = [there.rekey(), there.seal("update", text("a")), there.seal("update", text("b"))];
    arrive(...log);
    arrive(...log, ...log);
    expect(written()).toEqual(["a", "b"]);
    expect(count("store")).toBe(3);
  });

  it("CH3 two envelopes in one place are a FORK: the doc becomes read-only and is kept", () => {
    const there = members.author(members.there);
    arrive(there.rekey(), there.seal("update", text("one")));
    there.stepBack();
    arrive(there.seal("update", text("other")));
    expect(state).toMatchObject({ alarm: "FORK", isQuarantined: true });
    const kept = state;
    arrive(there.seal("update", text("more")));
    expect(state).toBe(kept);
    expect(written()).toEqual(["one"]);
  });

  it("CH4 what is ahead of a gap is parked, the log is read again, and nothing is lost when the rest comes", () => {
    const there = members.author(members.there);
    const [rekey, a, b, c] = [
      there.rekey(),
      there.seal("update", text("a")),
      there.seal("update", text("b")),
      there.seal("update", text("c")),
    ];
    arrive(rekey, c, b);
    expect(written()).toEqual([]);
    expect(count("ask")).toBe(1);
    expect(count("watchGap")).toBe(1);
    expect(durableCursor(state)).toBe(0);
    arrive(a);
    expect(written()).toEqual(["a", "b", "c"]);
    expect(state).toMatchObject({ parked: [], alarm: null, isRereading: false });
  });

  it("CH5 a gap that the whole log does not fill is a GAP, and one that stays is a WITHHOLD", () => {
    const there = members.author(members.there);
    const rekey = there.rekey();
    there.seal("update", text("kept back"));
    const late = there.seal("update", text("late"));
    arrive(rekey, late);
    arrive(rekey, late);
    expect(state.alarm).toBe("GAP");
    happen({ type: "gapTimeout" });
    expect(state).toMatchObject({ alarm: "WITHHOLD", isQuarantined: false });
    // Others go on meanwhile.
    const lane = members.lane();
    arrive(lane.accept(), lane.seal("update", text("answer")));
    expect(written()).toEqual(["answer"]);
  });

  it("CH6 a FINAL stands for what the relay deleted before it, and ends its lane", () => {
    const there = members.author(members.there);
    const lane = members.lane();
    const [accept, ...deleted] = [lane.accept(), lane.seal("update", text("1")), lane.seal("update", text("2"))];
    const final = lane.seal("final", text("12"), { clear: finalClear(2, deleted.length + 1) });
    arrive(there.rekey(), accept, final, lane.seal("update", text("3")));
    expect(written()).toEqual(["12"]);
    expect(state.lanes.get(lane.id)?.state).toBe("final");
    expect(state.parked).toEqual([]);
  });

  it("CH7 a FINAL that leaves out what nobody replaced does not close a gap", () => {
    const lane = members.lane();
    const accept = lane.accept();
    lane.seal("update", text("1"));
    lane.seal("update", text("2"));
    arrive(members.author(members.there).rekey(), accept, lane.seal("final", text("2"), { clear: finalClear(3, 3) }));
    expect(written()).toEqual([]);
    expect(state.parked).toHaveLength(1);
  });

  it("PK1 an envelope of an epoch that is not known yet waits for its REKEY", () => {
    const there = members.author(members.there);
    const here = members.author(members.here);
    arrive(there.seal("update", text("early")));
    expect(written()).toEqual([]);
    arrive(here.rekey());
    expect(written()).toEqual(["early"]);
  });

  it("PK2 parking is bounded, an author, and cheap for everybody else", () => {
    const there = members.author(members.there);
    const here = members.author(members.here);
    const rekey = here.rekey();
    const first = there.seal("update", text("withheld"));
    const late = Array.from({ length: parkedEnvelopesMax + 50 }, (_, at) => there.seal("update", text(`${at}`)));
    arrive(rekey, ...late);
    expect(state.parked).toHaveLength(parkedEnvelopesMax);
    arrive(first, ...late.slice(parkedEnvelopesMax));
    expect(written()).toHaveLength(late.length + 1);
  });

  it("LC2 one run has one lane: a second certificate for it certifies nobody", () => {
    const lane = members.lane();
    const second = members.lane({ run: lane.run });
    arrive(
      members.author(members.there).rekey(),
      lane.accept(),
      second.accept(),
      second.seal("update", text("me too")),
    );
    expect(written()).toEqual([]);
    expect([...state.lanes.keys()]).toEqual([lane.id]);
  });

  it("LC3 a certificate signed by somebody else than the host it names certifies nobody", () => {
    const impostor = members.lane({ host: { ...createDeviceKeys(systemRandom), id: members.host.id } });
    arrive(members.author(members.there).rekey(), impostor.accept(), impostor.seal("update", text("x")));
    expect(written()).toEqual([]);
    expect(state.lanes.size).toBe(0);
  });

  it("SC0 a lane that went out of scope is shut out alone", () => {
    const [bad, good] = [members.lane(), members.lane()];
    arrive(members.author(members.there).rekey(), bad.accept(), bad.seal("update", text("1")));
    happen({ type: "violated", author: bad.id });
    arrive(bad.seal("update", text("2")), good.accept(), good.seal("update", text("3")));
    expect(written()).toEqual(["1", "3"]);
    expect(state).toMatchObject({ alarm: "SCOPE", isQuarantined: false });
  });
});

describe("what goes out", () => {
  const sealAndCommit = (envelope: Uint8Array, counter: number): void => {
    happen({ type: "sealed", envelope });
    happen({ type: "committed", counter });
  };
  const appended = (): number[] => effects.flatMap((effect) => (effect.type === "append" ? effect.counters : []));

  it("OB1 nothing leaves before it is strictly committed here", () => {
    const here = members.author(members.here);
    happen({ type: "linked" });
    happen({ type: "sealed", envelope: here.rekey() });
    expect(appended()).toEqual([]);
    happen({ type: "committed", counter: 1 });
    expect(appended()).toEqual([1]);
  });

  it("OB2 a limited number is under way, and an acknowledgement lets the next ones go", () => {
    const here = members.author(members.here);
    sealAndCommit(here.rekey(), 1);
    for (let counter = 2; counter <= inFlightMax + 5; counter++) sealAndCommit(here.seal("update", text("x")), counter);
    happen({ type: "linked" });
    expect(appended()).toHaveLength(inFlightMax);
    happen({ type: "acked", counter: 3 });
    expect(appended()).toHaveLength(inFlightMax + 3);
    expect(pendingCount(state.outbox)).toBe(inFlightMax + 2);
  });

  it("OB3 after a broken link all that was not acknowledged is sent again", () => {
    const here = members.author(members.here);
    sealAndCommit(here.rekey(), 1);
    sealAndCommit(here.seal("update", text("x")), 2);
    happen({ type: "linked" });
    happen({ type: "acked", counter: 1 });
    happen({ type: "unlinked" });
    happen({ type: "linked" });
    expect(appended()).toEqual([1, 2, 2]);
  });

  it("OB4 a relay that holds something else in our place raises FORK", () => {
    const here = members.author(members.here);
    sealAndCommit(here.rekey(), 1);
    happen({ type: "linked" });
    happen({ type: "nacked", counter: 1, code: "conflict", expected: 4 });
    expect(state).toMatchObject({ alarm: "FORK", isQuarantined: true });
  });

  it("OB5 a device that lost its journal goes on from its own chain at the relay", () => {
    const here = members.author(members.here);
    arrive(here.rekey(), here.seal("update", text("mine")));
    expect(written()).toEqual(["mine"]);
    expect(state.outbox).toMatchObject({ sealed: 2, acked: 2 });
    happen({ type: "linked" });
    sealAndCommit(here.seal("update", text("next")), 3);
    expect(appended()).toEqual([3]);
  });

  it("OB6 a relay that is busy or full is asked again later, and nothing is skipped", () => {
    const here = members.author(members.here);
    sealAndCommit(here.rekey(), 1);
    happen({ type: "linked" });
    happen({ type: "nacked", counter: 1, code: "busy", expected: 0 });
    expect(count("retryLater")).toBe(1);
    happen({ type: "linked" });
    expect(appended()).toEqual([1, 1]);
  });

  it("OB10 a relay that is full is told of to the owner, until it has room again", () => {
    const here = members.author(members.here);
    sealAndCommit(here.rekey(), 1);
    happen({ type: "linked" });
    happen({ type: "nacked", counter: 1, code: "busy", expected: 0 });
    expect(state.alarm).toBeNull();
    happen({ type: "linked" });
    happen({ type: "nacked", counter: 1, code: "full", expected: 0 });
    expect(state.alarm).toBe("FULL");
    expect(pendingCount(state.outbox)).toBe(1);
    happen({ type: "linked" });
    happen({ type: "acked", counter: 1 });
    expect(state.alarm).toBeNull();
    expect(pendingCount(state.outbox)).toBe(0);
  });

  it("OB7 an own envelope that comes back from the log is as good as its acknowledgement", () => {
    const here = members.author(members.here);
    const rekey = here.rekey();
    sealAndCommit(rekey, 1);
    happen({ type: "linked" });
    arrive(rekey);
    expect(pendingCount(state.outbox)).toBe(0);
  });

  it("OB8 what lies in the journal counts as sealed and committed, and not as acknowledged", () => {
    const here = members.author(members.here);
    happen({ type: "journal", envelopes: [here.rekey(), here.seal("update", text("x"))] });
    expect(state.outbox).toEqual({ sealed: 2, committed: 2, acked: 0, sent: 0 });
    expect(count("store")).toBe(0);
    expect(written()).toEqual(["x"]);
  });

  it("RB2 a relay that was restored and has grown again is a ROLLBACK, before anything of it is read on", () => {
    const here = members.author(members.here);
    const rekey = here.rekey();
    sealAndCommit(rekey, 1);
    happen({ type: "linked" });
    happen({ type: "acked", counter: 1 });
    happen({ type: "entries", entries: [{ seq: 1, envelope: rekey }], head: 3, more: false, marks: marksOf([], 3) });
    expect(state.mark).toEqual(markOf(3));
    const there = members.author(members.there);
    const entries = [{ seq: 4, envelope: there.seal("update", text("behind")) }];
    effects = [];
    // The same log goes on; and where the relay does not know, nothing is judged.
    for (const from of [markOf(3), null, markOf(2)])
      happen({ type: "entries", entries: [], head: 3, more: false, marks: { from, to: markOf(3) } });
    expect(state.alarm).toBeNull();
    const other = { seq: 3, hash: new Uint8Array(16).fill(9) };
    happen({ type: "entries", entries, head: 4, more: false, marks: { from: other, to: markOf(4) } });
    expect(state).toMatchObject({ alarm: "ROLLBACK", isQuarantined: false, cursor: 0, mark: null });
    expect(written()).toEqual([]);
    expect(count("ask")).toBe(1);
    expect(appended()).toEqual([1]);
    happen({ type: "acked", counter: 1 });
    expect(state.alarm).toBeNull();
  });

  it("RB2 the place that is kept has a mark, also when the journal is folded in the middle of a page", () => {
    const here = members.author(members.here);
    const [rekey, update] = [here.rekey(), here.seal("update", text("a"))];
    sealAndCommit(rekey, 1);
    sealAndCommit(update, 2);
    happen({ type: "linked" });
    happen({ type: "entries", entries: [{ seq: 1, envelope: rekey }], head: 1, more: false, marks: marksOf([], 1) });
    // A page is cut at a snapshot, which is where journals are folded: what the log was up to there is not said.
    const cut = { from: markOf(1), to: null };
    happen({ type: "entries", entries: [{ seq: 2, envelope: update }], head: 2, more: true, marks: cut });
    expect(state.cursor).toBe(2);
    expect(state.compaction.logged).toBe(2);
    // Its own envelope behind that place is not known to be there the next time.
    expect(placeInLog(state)).toMatchObject({ cursor: 1, mark: markOf(1), logged: 0 });
    expect(decodeBase(encodeBase(state, new Uint8Array(0)), state).state.compaction.logged).toBe(0);
    happen({ type: "entries", entries: [], head: 2, more: false, marks: { from: null, to: markOf(2) } });
    expect(placeInLog(state)).toMatchObject({ cursor: 2, mark: markOf(2), logged: 2 });
    // A relay that says nothing of the kind is read on all the same.
    expect(placeInLog({ ...state, mark: null })).toMatchObject({ cursor: 2, mark: null });
  });

  it("RB1 what such a relay sends at once is not read on: all of it comes again from the beginning", () => {
    const there = members.author(members.there);
    const log = [there.rekey(), there.seal("update", text("a")), there.seal("update", text("b"))];
    state = { ...state, cursor: 1_000_000, mark: markOf(1) };
    const page = { more: false, head: 3, marks: { from: markOf(1), to: markOf(3) } };
    happen({ type: "entries", entries: [2, 3].map((at) => ({ seq: at, envelope: log[at - 1]! })), ...page });
    expect(state.cursor).toBe(0);
    expect(written()).toEqual([]);
    arrive(...log);
    expect(written()).toEqual(["a", "b"]);
  });

  it("RB2 who never wrote there has nothing to give back, and reads on", () => {
    const there = members.author(members.there);
    state = { ...state, cursor: 4 };
    happen({ type: "entries", entries: [], head: 1, more: false });
    expect(state).toMatchObject({ cursor: 0, alarm: null });
    expect(count("ask")).toBe(1);
    arrive(there.rekey(), there.seal("update", text("a")));
    expect(state.alarm).toBeNull();
  });

  it("RB3 what was acknowledged and never came by in the log is offered once more", () => {
    const here = members.author(members.here);
    for (let counter = 1; counter <= 2; counter++)
      sealAndCommit(counter === 1 ? here.rekey() : here.seal("update", text("x")), counter);
    happen({ type: "linked" });
    happen({ type: "acked", counter: 2 });
    happen({ type: "unlinked" });
    happen({ type: "linked" });
    effects = [];
    happen({ type: "entries", entries: [], head: 0, more: false });
    expect(appended()).toEqual([2]);
    // It lies in front of what this device has read: no need to ask again.
    happen({ type: "acked", counter: 2, seq: 0 });
    happen({ type: "unlinked" });
    happen({ type: "linked" });
    effects = [];
    happen({ type: "entries", entries: [], head: 0, more: false });
    expect(appended()).toEqual([]);
  });

  it("RB1 a relay with less than it had is a ROLLBACK: the log is read anew and ours is offered from where it ends", () => {
    const here = members.author(members.here);
    for (let counter = 1; counter <= 4; counter++)
      sealAndCommit(counter === 1 ? here.rekey() : here.seal("update", text("x")), counter);
    happen({ type: "linked" });
    happen({ type: "acked", counter: 4 });
    state = { ...state, cursor: 4, readRosterSeq: state.roster.seq };
    effects = [];
    happen({ type: "entries", entries: [], head: 2, more: false });
    expect(state).toMatchObject({ alarm: "ROLLBACK", isQuarantined: false });
    expect(count("ask")).toBe(1);
    expect(appended()).toEqual([4]);
    happen({ type: "nacked", counter: 4, code: "conflict", expected: 3 });
    expect(appended()).toEqual([4, 3, 4]);
    happen({ type: "acked", counter: 3 });
    happen({ type: "acked", counter: 4 });
    expect(state.alarm).toBeNull();
  });
});

describe("the journal's view", () => {
  it("JR4 a journal with a hole in it is made whole from the relay", () => {
    const there = members.author(members.there);
    const [rekey, a, b] = [there.rekey(), there.seal("update", text("a")), there.seal("update", text("b"))];
    state = { ...state, cursor: 3 };
    happen({ type: "journal", envelopes: [rekey, b] });
    expect(state.cursor).toBe(0);
    arrive(rekey, a, b);
    expect(written()).toEqual(["a", "b"]);
  });

  it("JR6 a base brings back keys, chains, lanes and the place in the log", () => {
    const there = members.author(members.there);
    const lane = members.lane();
    arrive(there.rekey(), lane.accept(), lane.seal("update", text("1")), there.seal("update", text("2")));
    const { doc, device, roster, vaultKeys } = state;
    const update = text("any bytes");
    const back = decodeBase(encodeBase(state, update), { doc, device, roster, vaultKeys });
    expect(back.update).toEqual(update);
    expect(back.state).toMatchObject({ cursor: 4, epochKeys: state.epochKeys, lanes: state.lanes });
    expect(back.state.chains.get(there.id)).toEqual(state.chains.get(there.id));
    state = back.state;
    effects = [];
    arrive(lane.seal("update", text("3")));
    expect(written()).toEqual(["3"]);
  });
});
