import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { utf8ToBytes } from "#crypto/bytes.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { step } from "../room.ts";
import { isFullyCovered } from "../roomSnapshot.ts";
import type { RoomEffect, RoomEvent, RoomState } from "../roomState.ts";
import { markOf, marksOf } from "../testing/marks.ts";
import { createTestMembers, type TestMembers } from "../testing/testMembers.ts";

let members: TestMembers;
let state: RoomState;
let effects: RoomEffect[];

beforeAll(() => sodiumReady);
beforeEach(() => {
  members = createTestMembers();
  state = members.room();
  effects = [];
});

function happen(event: RoomEvent): void {
  const [next, caused] = step(state, event);
  state = next;
  effects.push(...caused);
}

const handOver = (...envelopes: Uint8Array[]): void => happen({ type: "direct", envelopes });
const written = (): string[] =>
  effects.flatMap((effect) => (effect.type === "write" ? [new TextDecoder().decode(effect.update)] : []));
const text = utf8ToBytes;

/** The relay's log, read to its end. */
function read(envelopes: readonly Uint8Array[]): void {
  const entries = envelopes.map((envelope, at) => ({ seq: at + 1, envelope }));
  happen({ type: "entries", entries, head: entries.length, more: false, marks: marksOf(entries, entries.length) });
}

describe("what another device hands over directly", () => {
  it("DL2 is judged like a log's entries, and is no part of the log", () => {
    const there = members.author(members.there);
    handOver(there.rekey(), there.seal("update", text("beside the host")));
    expect(written()).toEqual(["beside the host"]);
    expect([state.cursor, state.alarm]).toEqual([0, null]);
    const changed = there.seal("update", text("changed on its way")).slice();
    changed[changed.length - 1]! ^= 1;
    handOver(changed);
    expect(written()).toEqual(["beside the host"]);
    expect(state.alarm).toBeNull();
  });

  it("DL2 what cannot be taken at once is let go without an alarm, and taken when the log brings it", () => {
    const there = members.author(members.there);
    const [first, second, third] = [
      there.rekey(),
      there.seal("update", text("two")),
      there.seal("update", text("three")),
    ];
    handOver(first, third);
    expect([written(), state.parked.length, state.alarm]).toEqual([[], 0, null]);
    read([first, second, third]);
    expect([written(), state.parked.length, state.alarm]).toEqual([["two", "three"], 0, null]);
  });

  it("DL2 snapshots and beacons speak of a place in the log, and are not taken", () => {
    const there = members.author(members.there);
    const before = [there.rekey(), there.seal("update", text("a"))];
    handOver(...before);
    const stored = effects.filter(({ type }) => type === "store").length;
    handOver(there.seal("snapshot", text("s"), { clear: new Uint8Array(40) }));
    there.stepBack();
    handOver(there.seal("beacon", text("b"), { clear: new Uint8Array(32) }));
    expect(effects.filter(({ type }) => type === "store").length).toBe(stored);
    expect([state.compaction.held, state.alarm]).toEqual([null, null]);
  });

  it("DL2 nobody stands for a log that has not shown what is held; once it has, it may be stood for", () => {
    const there = members.author(members.there);
    const [rekey, one, two] = [there.rekey(), there.seal("update", text("one")), there.seal("update", text("two"))];
    happen({ type: "linked" });
    read([rekey, one]);
    expect(isFullyCovered(state)).toBe(true);
    handOver(two);
    expect(isFullyCovered(state)).toBe(false);
    const entries = [{ seq: 3, envelope: two }];
    happen({ type: "entries", entries, head: 3, more: false, marks: { from: markOf(2), to: markOf(3) } });
    // It is no news, and nothing is shown twice.
    expect([written(), isFullyCovered(state)]).toEqual([["one", "two"], true]);
  });

  it("DL2 of this device's own chain nothing is learned that way", () => {
    const here = members.author(members.here);
    handOver(here.rekey(), here.seal("update", text("by a copy of this device")));
    expect([written(), state.outbox.sealed, state.alarm]).toEqual([[], 0, null]);
  });
});
