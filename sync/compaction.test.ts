import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { CryptoError } from "#crypto/errors.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { envelopeHash, parseEnvelope } from "#crypto/envelopeHeader.ts";
import { encodeSnapshotClear, parseSnapshotClear, type Covered, type SnapshotClear } from "#crypto/snapshotHeader.ts";
import { systemRandom } from "#crypto/random.ts";
import { finalClear } from "#crypto/laneHeader.ts";
import { hexToBytes } from "#crypto/bytes.ts";
import { createCompaction } from "./compaction.ts";
import { coverageOf, isFullyCovered } from "./roomSnapshot.ts";
import { decodeBase, encodeBase } from "./roomBase.ts";
import { step } from "./room.ts";
import { durableCursor, type RoomEffect, type RoomEvent, type RoomState } from "./roomState.ts";
import { digestOf, packSnapshot, unpackSnapshot } from "./snapshot.ts";
import { snapshotPace } from "./limits.ts";
import { noCompaction } from "./roomSnapshot.ts";
import { markOf, marksOf } from "./testing/marks.ts";
import { readRoster } from "#crypto/roster.ts";
import { openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import { laneClientId } from "#crypto/laneHeader.ts";
import { createManualClock } from "./testing/manualClock.ts";
import { createTestMembers, type TestAuthor, type TestMembers } from "./testing/testMembers.ts";

let members: TestMembers;
let state: RoomState;
let effects: RoomEffect[];
let seq: number;
/** What `there` and everybody else knows. */
let doc: Y.Doc;

beforeAll(() => sodiumReady);
beforeEach(() => {
  members = createTestMembers();
  state = members.room();
  effects = [];
  seq = 0;
  doc = new Y.Doc();
});

function happen(event: RoomEvent): void {
  const [next, caused] = step(state, event);
  state = next;
  effects.push(...caused);
}

function arrive(...envelopes: Uint8Array[]): void {
  const entries = envelopes.map((envelope) => ({ seq: ++seq, envelope }));
  happen({ type: "entries", entries, head: seq, more: false, marks: marksOf(entries, seq) });
}

const count = (type: RoomEffect["type"]): number => effects.filter((effect) => effect.type === type).length;
const type = (text: string): Uint8Array => {
  const before = Y.encodeStateVector(doc);
  doc.getText("draft").insert(0, text);
  return Y.encodeStateAsUpdate(doc, before);
};
const bodyOf = (of: Y.Doc, lanes: RoomState["lanes"] = new Map()): Promise<Uint8Array> =>
  packSnapshot({ digest: digestOf(of), lanes, update: Y.encodeStateAsUpdate(of) });
/** A snapshot by `by` of all that `room` knows now. */
async function seal(by: TestAuthor, changes: Partial<SnapshotClear> = {}, room = state): Promise<Uint8Array> {
  const newest = room.compaction.newest?.hash ?? "00".repeat(32);
  const clear = {
    cursor: seq,
    mark: markOf(seq).hash,
    previous: hexToBytes(newest)!,
    coverage: coverageOf(room),
    ...changes,
  };
  return by.seal("snapshot", await bodyOf(doc, room.lanes), { clear: encodeSnapshotClear(clear) });
}

describe("a snapshot among what this device has read", () => {
  it("CV1 one that covers exactly what was read is held, and counts once it was found to say the same", async () => {
    const there = members.author(members.there);
    arrive(there.rekey(), there.seal("update", type("a")));
    const snapshot = await seal(there);
    arrive(snapshot);
    const effect = effects.find((each) => each.type === "readSnapshot");
    expect(effect?.held.mode).toBe("compare");
    expect(durableCursor(state)).toBe(2);
    const { digest, update } = await unpackSnapshot(effect?.body ?? new Uint8Array(0));
    const made = new Y.Doc();
    Y.applyUpdate(made, update);
    expect(digestOf(made)).toEqual(digest);
    happen({ type: "snapshotRead", lanes: new Map() });
    expect(state.compaction).toMatchObject({ held: null, envelopes: 0, newest: { author: there.id } });
    expect(count("fold")).toBe(1);
    expect(count("confirm")).toBe(1);
    // Nothing of it is sure before the base is written.
    expect(durableCursor(state)).toBe(0);
    happen({ type: "folded" });
    expect(durableCursor(state)).toBe(3);
    arrive(there.seal("update", type("b")));
    expect(state.chains.get(there.id)?.counter).toBe(4);
  });

  it("CV2 one that leaves out what was in the log before it counts for nothing and is not applied, and the doc goes on", async () => {
    const there = members.author(members.there);
    arrive(there.rekey(), there.seal("update", type("a")));
    const without = state;
    const other = members.author(members.here);
    arrive(other.seal("update", type("mine")));
    // It claims to be of the log as it is; a relay that kept one envelope back from its author is enough for that.
    arrive(await seal(there, {}, without));
    expect(state).toMatchObject({ alarm: "WITHHOLD", isQuarantined: false, compaction: { newest: null, held: null } });
    expect(count("readSnapshot")).toBe(0);
    arrive(there.seal("update", type("b")));
    expect(state).toMatchObject({ alarm: "WITHHOLD", isQuarantined: false });
    expect(state.chains.get(there.id)?.counter).toBe(4);
    // This device may write one that covers all of it, which ends the matter.
    expect(isFullyCovered({ ...state, isLinked: true })).toBe(true);
    arrive(await seal(there));
    happen({ type: "snapshotRead", lanes: new Map() });
    arrive(there.seal("update", type("c")));
    expect(state).toMatchObject({ alarm: null, compaction: { newest: { author: there.id } } });
  });

  it("CV2 such a one closes no gap before it: what its author wrote and this device was not shown is still missed", async () => {
    const there = members.author(members.there);
    const here = members.author(members.here);
    arrive(here.rekey());
    const missed = there.seal("update", type("a"));
    const own = { author: there.id, counter: 1, hash: envelopeHash(missed) };
    // Its author has not seen `mine`, and this device was not shown `missed`.
    const coverage = [...coverageOf(state), own];
    const mine = here.seal("update", type("mine"));
    happen({ type: "sealed", envelope: mine });
    happen({ type: "committed", counter: 2 });
    happen({ type: "linked" });
    arrive(mine);
    seq += 1;
    arrive(await seal(there, { coverage }));
    expect(state).toMatchObject({ alarm: "WITHHOLD", isQuarantined: false });
    expect(state.chains.get(there.id)).toBeUndefined();
    arrive(missed);
    expect(effects.filter((effect) => effect.type === "write")).toHaveLength(1);
    expect(state.chains.get(there.id)?.counter).toBe(2);
  });

  it("CV2 the same for what this device wrote and saw acknowledged in the log", async () => {
    const there = members.author(members.there);
    const here = members.author(members.here);
    arrive(there.rekey());
    const without = state;
    const mine = here.seal("update", type("mine"));
    happen({ type: "sealed", envelope: mine });
    happen({ type: "committed", counter: 1 });
    happen({ type: "linked" });
    arrive(mine);
    arrive(await seal(there, {}, without));
    expect(state).toMatchObject({ alarm: "WITHHOLD", isQuarantined: false, compaction: { newest: null, held: null } });
  });

  it("CV2 after a rollback a snapshot of the shorter log is none, though this device holds more of others than it covers", async () => {
    const { keys, before } = members.withThird();
    const roster = readRoster(before);
    happen({ type: "roster", roster, vaultKeys: openRosterVaultKeys(before, members.here) });
    const there = members.author(members.there);
    const other = members.author(keys);
    arrive(there.rekey(), other.seal("update", type("a"), { roster }));
    const without = state;
    arrive(other.seal("update", type("lost with the backup"), { roster }));
    happen({ type: "entries", entries: [], head: 2, more: false });
    expect(state).toMatchObject({ isRereading: true, cursor: 0 });
    happen({ type: "entries", entries: [], head: 2, more: false });
    expect(state).toMatchObject({ isRereading: false, mark: null });
    seq = 2;
    arrive(await seal(there, {}, without));
    expect(state).toMatchObject({ alarm: null, isQuarantined: false });
    // It cannot be compared, so it is not confirmed.
    expect(count("readSnapshot")).toBe(0);
    expect(state.chains.get(there.id)?.counter).toBe(2);
    // As soon as more of theirs is in the log, all of it must be covered again.
    arrive(other.seal("update", type("b"), { roster }));
    const self = coverageOf(state).filter(({ author }) => author === there.id);
    arrive(await seal(there, { coverage: self }));
    expect(state.alarm).toBe("WITHHOLD");
  });

  it("CV9 one that is offered again, and comes to stand behind the seq that it names in another log, is not of that log", async () => {
    const there = members.author(members.there);
    arrive(there.rekey(), there.seal("update", type("a")));
    const without = state;
    const other = members.author(members.here);
    arrive(other.seal("update", type("mine")));
    arrive(await seal(there, { mark: new Uint8Array(16).fill(99) }, without));
    expect(state).toMatchObject({ alarm: null, isQuarantined: false });
    expect(count("readSnapshot")).toBe(0);
    expect(state.compaction.newest).toBeNull();
  });

  it("CV9 one that is shown elsewhere than it lies, and follows the newest, may be the newest for others: the next names none", async () => {
    const there = members.author(members.there);
    const here = members.author(members.here);
    arrive(there.rekey());
    arrive(await seal(there));
    happen({ type: "snapshotRead", lanes: new Map() });
    const counted = state;
    const next = await seal(there);
    arrive(next);
    happen({ type: "snapshotRead", lanes: new Map() });
    const honest = state;
    // A relay that lies shows it in the place of the envelope behind it.
    state = counted;
    seq = 3;
    arrive(next);
    expect(state.compaction).toMatchObject({ newest: null, held: null });
    state = { ...honest, mark: markOf(4) };
    seq = 4;
    arrive(await seal(here, { previous: new Uint8Array(32) }, honest));
    expect(state).toMatchObject({ alarm: null, isQuarantined: false });
  });

  it("CV9 an own one of which only the acknowledgement came is the newest for others: the next does not name the one before it", async () => {
    const here = members.author(members.here);
    const put = (envelope: Uint8Array, counter: number, shown = envelope): void => {
      happen({ type: "sealed", envelope });
      happen({ type: "committed", counter });
      arrive(shown);
    };
    happen({ type: "linked" });
    const rekey = here.rekey();
    put(rekey, 1);
    put(await seal(here), 2);
    expect(state.compaction.newest?.seq).toBe(2);
    // A relay that lies shows something else in its place.
    put(await seal(here), 3, rekey);
    happen({ type: "acked", counter: 3, seq: 3 });
    expect(state.compaction).toMatchObject({ newest: null, logged: 3 });
  });

  it("CV9 nobody counts beacons: a log that nobody writes to is not shortened again and again", () => {
    const there = members.author(members.there);
    arrive(there.rekey(), there.seal("update", type("a")));
    const { envelopes, bytes } = state.compaction;
    arrive(there.seal("beacon", new Uint8Array(32), { clear: new Uint8Array(32) }));
    expect(state.compaction).toMatchObject({ envelopes, bytes });
    expect(envelopes).toBe(2);
  });

  it("RM3 a removed device's snapshot that turns up late is set aside like all else, and not held", async () => {
    const there = members.author(members.there);
    arrive(there.rekey(), there.seal("update", type("a")));
    const late = await seal(there);
    const roster = readRoster(members.withoutThere());
    happen({ type: "roster", roster, vaultKeys: openRosterVaultKeys(members.withoutThere(), members.here) });
    happen({ type: "entries", entries: [], head: seq, more: false });
    arrive(late);
    expect(count("setAside")).toBe(1);
    expect(count("readSnapshot")).toBe(0);
    expect(state.alarm).toBeNull();
  });

  it("CV2 what is still on its way may be left out: the log has it later", async () => {
    const there = members.author(members.there);
    const here = members.author(members.here);
    arrive(there.rekey());
    const without = state;
    happen({ type: "sealed", envelope: here.seal("update", type("mine")) });
    arrive(await seal(there, {}, without));
    expect(state.alarm).toBeNull();
    expect(count("readSnapshot")).toBe(1);
  });

  it("CV3 one that does not say what it covers is a FORK", async () => {
    const there = members.author(members.there);
    arrive(there.rekey(), there.seal("update", type("a")));
    arrive(await seal(there));
    happen({ type: "snapshotRead", lanes: null });
    expect(state).toMatchObject({ alarm: "FORK", isQuarantined: true });
    expect(state.chains.get(there.id)?.counter).toBe(2);
  });

  it("CV3 one that covers another envelope in a place that is known is a FORK", async () => {
    const there = members.author(members.there);
    const here = members.author(members.here);
    arrive(there.rekey(), here.seal("update", type("a")));
    const coverage = coverageOf(state).map((covered) =>
      covered.author === here.id ? { ...covered, hash: new Uint8Array(32).fill(9) } : covered,
    );
    arrive(await seal(there, { coverage }));
    expect(state.alarm).toBe("FORK");
  });

  it("CV4 one that was overtaken before it was stored is an envelope like any other", async () => {
    const there = members.author(members.there);
    const here = members.author(members.here);
    arrive(there.rekey());
    const overtaken = await seal(there);
    arrive(here.seal("update", type("a")));
    arrive(overtaken);
    expect(state).toMatchObject({ alarm: null, compaction: { newest: null, held: null } });
    expect(count("readSnapshot")).toBe(0);
    expect(count("store")).toBe(3);
  });

  it("CV5 one that names another before it than this device knows is a FORK", async () => {
    const there = members.author(members.there);
    arrive(there.rekey());
    arrive(await seal(there));
    happen({ type: "snapshotRead", lanes: new Map() });
    arrive(await seal(there));
    happen({ type: "snapshotRead", lanes: new Map() });
    expect(state.alarm).toBeNull();
    arrive(await seal(there, { previous: new Uint8Array(32).fill(3) }));
    expect(state.alarm).toBe("FORK");
  });

  it("CV5 one that does not cover its own author's chain is set aside with its doc", async () => {
    const there = members.author(members.there);
    arrive(there.rekey());
    arrive(await seal(there, { coverage: [] }));
    expect(state).toMatchObject({ alarm: "KEY", isQuarantined: true });
  });
});

describe("a snapshot instead of what was deleted", () => {
  it("CV6 a device with nothing begins from it: chains go on from the coverage, and lanes that are over stay over", async () => {
    const there = members.author(members.there);
    const here = members.author(members.here);
    const lane = members.lane();
    const rekey = there.rekey();
    arrive(rekey, there.seal("update", type("a")), here.seal("update", type("b")));
    const final = lane.accept();
    arrive(final, lane.seal("final", new Uint8Array(2), { clear: finalClear(2, 1) }));
    const snapshot = await seal(there);
    const after = here.seal("update", type("c"));
    state = members.room();
    effects = [];
    // Cut as a relay cuts it.
    happen({
      type: "entries",
      entries: [
        { seq: 1, envelope: rekey },
        { seq: 6, envelope: snapshot },
      ],
      head: 7,
      more: true,
    });
    const effect = effects.find((each) => each.type === "readSnapshot");
    expect(effect?.held).toMatchObject({ mode: "adopt" });
    const { lanes } = await unpackSnapshot(effect!.body);
    happen({ type: "snapshotRead", lanes });
    expect(state.lanes.get(lane.id)).toMatchObject({ state: "final", run: lane.run });
    expect(state.chains.get(here.id)?.counter).toBe(1);
    expect(effects).toContainEqual({ type: "answered", run: lane.run });
    // What it has not compared, it does not confirm.
    expect(count("confirm")).toBe(0);
    happen({ type: "entries", entries: [{ seq: 7, envelope: after }], head: 7, more: false });
    expect(count("write")).toBe(1);
    // Nothing that it covers is taken again.
    happen({ type: "entries", entries: [{ seq: 8, envelope: final }], head: 8, more: false });
    expect(count("store")).toBe(2);
    expect(state.alarm).toBeNull();
  });

  it("CV8 the base is written when all that waited behind it is in the doc, too: it says so", async () => {
    const there = members.author(members.there);
    const here = members.author(members.here);
    const rekey = there.rekey();
    arrive(rekey, there.seal("update", type("a")));
    const snapshot = await seal(there);
    const behind = here.seal("update", type("b"));
    state = members.room();
    effects = [];
    const page = [
      { seq: 1, envelope: rekey },
      { seq: 3, envelope: snapshot },
    ];
    happen({ type: "entries", entries: page, head: 4, more: true });
    happen({ type: "entries", entries: [{ seq: 4, envelope: behind }], head: 4, more: false });
    expect(state.parked).toHaveLength(1);
    effects = [];
    happen({ type: "snapshotRead", lanes: new Map() });
    expect(state.chains.get(here.id)?.counter).toBe(1);
    expect(effects.map((effect) => effect.type)).toEqual(["store", "write", "fold"]);
  });

  it("CV6 a REKEY in front of which everything was deleted still gives the key that opens the snapshot", async () => {
    const there = members.author(members.there);
    arrive(there.rekey(), there.seal("update", type("a")));
    const late = there.rekey();
    arrive(late);
    const snapshot = await seal(there);
    state = members.room();
    effects = [];
    happen({
      type: "entries",
      entries: [
        { seq: 3, envelope: late },
        { seq: 4, envelope: snapshot },
      ],
      head: 4,
      more: true,
    });
    expect(count("readSnapshot")).toBe(1);
    happen({ type: "snapshotRead", lanes: new Map() });
    expect(state.parked).toEqual([]);
    expect(state.chains.get(there.id)?.counter).toBe(4);
  });

  it("OB5 RB1 a device without its journal has nothing to give back: in a log that contradicts itself it still begins from one", async () => {
    const here = members.author(members.here);
    const there = members.author(members.there);
    const rekey = here.rekey();
    arrive(rekey, here.seal("update", type("a")), here.seal("update", type("b")));
    const snapshot = await seal(there);
    state = members.room();
    effects = [];
    happen({ type: "linked" });
    happen({ type: "entries", entries: [{ seq: 1_000_001, envelope: rekey }], head: 4, more: true });
    happen({ type: "entries", entries: [], head: 4, more: false });
    expect(state).toMatchObject({ cursor: 0, isRereading: true });
    expect(count("append")).toBe(0);
    happen({ type: "entries", entries: [{ seq: 4, envelope: snapshot }], head: 4, more: true });
    expect(state.alarm).toBeNull();
    expect(effects.find((each) => each.type === "readSnapshot")?.held.mode).toBe("adopt");
  });

  it("CV6 a relay cannot change one: it is signed, and in its author's chain", async () => {
    const there = members.author(members.there);
    const rekey = there.rekey();
    arrive(rekey, there.seal("update", type("a")));
    const snapshot = await seal(there);
    state = members.room();
    effects = [];
    const changed = snapshot.slice();
    changed[120] = (changed[120] ?? 0) ^ 1;
    arrive(rekey, changed);
    expect(count("readSnapshot")).toBe(0);
    expect(state.alarm).toBeNull();
  });

  it("CV8 what a base keeps of it comes back, and a base from before it can still be read", async () => {
    const there = members.author(members.there);
    arrive(there.rekey());
    arrive(await seal(there));
    happen({ type: "snapshotRead", lanes: new Map() });
    happen({ type: "folded" });
    arrive(there.seal("update", type("x")));
    const { doc: id, device, roster, vaultKeys } = state;
    const back = decodeBase(encodeBase(state, Uint8Array.of(0, 0)), { doc: id, device, roster, vaultKeys });
    expect(back.state.compaction).toMatchObject({ newest: state.compaction.newest, envelopes: 1, logged: 0 });
    // In front of the doc's 2 bytes and their length stand 23 that say "no snapshot yet"; behind them 85 for one key and no grant, 6
    // for no receipt, and 1 for no mark. Version 2 has neither the 23 nor the 1, and version 1 ends with the doc.
    const bare = { ...state, mark: null, compaction: { ...state.compaction, newest: null } };
    const none = encodeBase(bare, Uint8Array.of(0, 0));
    const [end, seen] = [none.length - 92, none.length - 1];
    const older = Uint8Array.of(2, ...none.subarray(1, end - 29), ...none.subarray(end - 6, seen));
    const beginning = { doc: id, device, roster, vaultKeys };
    expect(decodeBase(older, beginning).state).toMatchObject({ epochKeys: state.epochKeys, chains: state.chains });
    expect(decodeBase(older, beginning).state.compaction).toEqual(noCompaction);
    for (const cut of [older.subarray(0, -1), Uint8Array.of(...older, 0)])
      expect(() => decodeBase(cut, beginning)).toThrow("malformed");
    const old = Uint8Array.of(1, ...none.subarray(1, end - 29), ...none.subarray(end - 6, end));
    const read = decodeBase(old, { doc: id, device, roster, vaultKeys });
    expect(read.update).toEqual(Uint8Array.of(0, 0));
    expect(read.state.compaction).toMatchObject({ newest: null, envelopes: 0 });
    expect(read.state.chains.get(there.id)?.counter).toBe(3);
    state = read.state;
    effects = [];
    arrive(there.seal("update", type("y")));
    expect(count("write")).toBe(1);
  });
});

describe("what is inside one", () => {
  const update = (change: (made: Y.Doc) => void): Uint8Array => {
    const made = new Y.Doc();
    change(made);
    return Y.encodeStateAsUpdate(made);
  };
  const hello = update((made) => made.getText("draft").insert(0, "hello"));
  const world = update((made) => made.getText("title").insert(0, "world"));
  const docOf = (...updates: Uint8Array[]): Y.Doc => {
    const made = new Y.Doc();
    for (const each of updates) Y.applyUpdate(made, each);
    return made;
  };

  /** What the replica's edge says of a snapshot with this body, and what it hands to the Y.Doc. */
  async function read(
    mode: "compare" | "adopt",
    body: Uint8Array,
    mine: Y.Doc,
    added: readonly Uint8Array[] = [],
    alsoCovered: readonly Covered[] = [],
  ): Promise<{ isGood: boolean; delivered: number }> {
    const there = members.author(members.there);
    arrive(there.rekey());
    const clear = encodeSnapshotClear({
      cursor: 1,
      mark: markOf(1).hash,
      previous: new Uint8Array(32),
      coverage: [...coverageOf(state), ...alsoCovered],
    });
    const parsed = parseEnvelope(there.seal("snapshot", body, { clear }));
    const held = { seq: 2, parsed, clear: parseSnapshotClear(parsed), isExact: true, mode };
    const said: RoomEvent[] = [];
    let delivered = 0;
    const compaction = createCompaction({
      clock: createManualClock(),
      random: systemRandom,
      pace: snapshotPace,
      yDoc: mine,
      state: () => state,
      isSettled: () => true,
      whenOpen: () => Promise.resolve(),
      sealTyped: () => {},
      changesAfter: () => added,
      deliver: () => (delivered += 1),
      dispatch: (event) => said.push(event),
      isRekeyDue: () => false,
      rekey: () => {},
      sealSnapshot: () => {},
    });
    await compaction.read({ type: "readSnapshot", held, body });
    const [event] = said;
    if (said.length !== 1 || event?.type !== "snapshotRead") throw new Error("expected one answer");
    return { isGood: event.lanes !== null, delivered };
  }

  it("CV3 the very document of this device is good, and is not applied again", async () => {
    const body = await bodyOf(docOf(world, hello));
    expect(await read("compare", body, docOf(hello, world))).toEqual({ isGood: true, delivered: 0 });
  });

  it("CV3 one that drops an acknowledged edit which it says it covers is not, nor one that adds or changes any", async () => {
    const forged = docOf(hello);
    forged.getText("draft").delete(0, 1);
    const more = docOf(hello, world);
    more.getText("draft").insert(0, "!");
    for (const wrong of [docOf(hello), forged, more]) {
      expect(await read("compare", await bodyOf(wrong), docOf(hello, world))).toEqual({ isGood: false, delivered: 0 });
    }
  });

  it("CV3 a lane that was still writing does not count: its FINAL may have replaced what the snapshot saw of it", async () => {
    const lane = members.lane();
    state = members.room();
    const here = members.author(members.here);
    arrive(here.rekey(), lane.accept());
    const made = docOf(hello);
    const ofLane = new Y.Doc();
    ofLane.clientID = laneClientId(lane.run, lane.id);
    ofLane.getText(`gen/${lane.run}`).insert(0, "Hel");
    Y.applyUpdate(made, Y.encodeStateAsUpdate(ofLane));
    expect(await read("compare", await bodyOf(made), docOf(hello))).toEqual({ isGood: true, delivered: 0 });
    // Anybody else's still does, also there.
    made.getText(`gen/${lane.run}`).insert(0, "not the lane's");
    expect((await read("compare", await bodyOf(made), docOf(hello))).isGood).toBe(false);
  });

  it("CV3 a lane that this device shut out does not count: who never saw its stream believes its forged FINAL", async () => {
    const lane = members.lane();
    const here = members.author(members.here);
    arrive(here.rekey(), lane.accept());
    happen({ type: "violated", author: lane.id });
    expect(state.lanes.get(lane.id)?.state).toBe("refused");
    const write = (on: Y.Doc, words: string): Y.Doc => {
      const ofLane = new Y.Doc();
      ofLane.clientID = laneClientId(lane.run, lane.id);
      ofLane.getText(`gen/${lane.run}`).insert(0, words);
      Y.applyUpdate(on, Y.encodeStateAsUpdate(ofLane));
      return on;
    };
    const [made, mine] = [write(docOf(hello), "forged"), write(docOf(hello), "as it came")];
    // `there` took it for whole, so its snapshot covers it.
    expect(coverageOf(state).map(({ author }) => author)).not.toContain(lane.id);
    const covered = { author: lane.id, counter: 3, hash: new Uint8Array(32) };
    expect(await read("compare", await bodyOf(made), mine, [], [covered])).toEqual({ isGood: true, delivered: 0 });
    made.getText("draft").insert(0, "not the lane's");
    expect((await read("compare", await bodyOf(made), mine, [], [covered])).isGood).toBe(false);
  });

  it("CV3 what only this device has added since does not count against it", async () => {
    const mine = docOf(hello, world);
    expect(await read("compare", await bodyOf(docOf(hello)), mine, [world])).toEqual({ isGood: true, delivered: 0 });
  });

  it("CV3 a state that does not make its digest, or is no state, is never applied", async () => {
    const lie = await packSnapshot({ digest: digestOf(docOf(hello, world)), lanes: new Map(), update: hello });
    const garbage = await packSnapshot({
      digest: new Uint8Array(32),
      lanes: new Map(),
      update: new Uint8Array(40).fill(255),
    });
    for (const body of [lie, garbage, new Uint8Array(3), new Uint8Array(0)]) {
      expect(await read("adopt", body, new Y.Doc())).toEqual({ isGood: false, delivered: 0 });
    }
    expect(await read("adopt", await bodyOf(docOf(hello)), new Y.Doc())).toEqual({ isGood: true, delivered: 1 });
  });
});

describe("beacons", () => {
  it("CV7 another digest under the newest snapshot is a FORK, the same one confirms it", async () => {
    const there = members.author(members.there);
    const here = members.author(members.here);
    arrive(there.rekey());
    arrive(await seal(there));
    happen({ type: "snapshotRead", lanes: new Map() });
    const confirm = effects.find((each) => each.type === "confirm");
    arrive(there.seal("beacon", confirm!.digest, { clear: confirm!.snapshot }));
    // Its own author confirms nothing.
    expect(state.compaction.newest?.isConfirmed).toBe(false);
    arrive(here.seal("beacon", confirm!.digest, { clear: confirm!.snapshot }));
    expect(state.compaction.newest?.isConfirmed).toBe(true);
    arrive(there.seal("beacon", new Uint8Array(32), { clear: confirm!.snapshot }));
    expect(state.alarm).toBe("FORK");
  });
});

describe("the digest", () => {
  const three = (): Y.Doc[] => [new Y.Doc(), new Y.Doc(), new Y.Doc()];
  it("SD1 is the same however the operations arrived, and with roots that were only asked for", () => {
    const [a, b, c] = three() as [Y.Doc, Y.Doc, Y.Doc];
    const updates: Uint8Array[] = [];
    for (const each of [a, b]) each.on("update", (update: Uint8Array) => updates.push(update));
    a.getText("draft").insert(0, "hello");
    a.getText("draft").delete(1, 2);
    b.getMap("messages").set("x", new Y.Map([["text", new Y.Text("yes")]]));
    b.getArray("steps").push([{ k: 1 }, "two"]);
    a.getText("draft").insert(3, "p");
    for (const update of updates.toReversed()) Y.applyUpdate(c, update);
    for (const update of updates) for (const each of [a, b]) Y.applyUpdate(each, update);
    b.getText("never used");
    const [first, ...others] = [a, b, c].map((each) => Buffer.from(digestOf(each)).toString("hex"));
    expect(others).toEqual([first, first]);
    const whole = new Y.Doc({ gc: false });
    Y.applyUpdate(whole, Y.encodeStateAsUpdate(a));
    expect(Buffer.from(digestOf(whole)).toString("hex")).toBe(first);
  });

  it("SD2 shows any operation more, any deletion more, and another text under the same operations", () => {
    const make = (text: string): Y.Doc => {
      const made = new Y.Doc();
      made.clientID = 7;
      made.getText("draft").insert(0, text);
      return made;
    };
    const base = digestOf(make("hello"));
    const more = make("hello");
    more.getText("draft").insert(5, "!");
    const less = make("hello");
    less.getText("draft").delete(0, 1);
    for (const other of [more, less, make("jello")]) expect(digestOf(other)).not.toEqual(base);
    expect(digestOf(make("hello"))).toEqual(base);
  });

  it("SD3 what inflates to more than a snapshot holds, or does not inflate, is refused", async () => {
    const bomb = new Uint8Array(40_000_000);
    const packed = await packSnapshot({ digest: new Uint8Array(32), lanes: new Map(), update: bomb });
    expect(packed.length).toBeLessThan(100_000);
    await expect(unpackSnapshot(packed)).rejects.toThrow("inflates to more");
    await expect(unpackSnapshot(packed.slice(0, 60))).rejects.toThrow(CryptoError);
    await expect(unpackSnapshot(new Uint8Array(5))).rejects.toThrow(CryptoError);
  });
});

it("SN2 a snapshot's clear part names what its author had read", async () => {
  const there = members.author(members.there);
  arrive(there.rekey(), there.seal("update", type("a")));
  const clear = parseSnapshotClear(parseEnvelope(await seal(there)));
  expect(clear).toMatchObject({ cursor: 2, coverage: [{ author: there.id, counter: 2 }] });
});
