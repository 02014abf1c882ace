import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { utf8ToBytes } from "#crypto/bytes.ts";
import { createDocKey } from "#crypto/docKeys.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { bodyBytesMax, stepOpenedBytesMax } from "./limits.ts";
import { step } from "./room.ts";
import { decodeBase, encodeBase } from "./roomBase.ts";
import { markedCursor, type RoomEffect, type RoomEvent, type RoomState } from "./roomState.ts";
import { createTestMembers, type TestMembers } from "./testing/testMembers.ts";

let members: TestMembers;
beforeAll(() => sodiumReady);
beforeEach(() => {
  members = createTestMembers();
});

function createRoom(beginning: RoomState) {
  let state = beginning;
  return {
    get state() {
      return state;
    },
    happen: (event: RoomEvent): readonly RoomEffect[] => {
      const [next, effects] = step(state, event);
      state = next;
      return effects;
    },
  };
}

const writtenOf = (effects: readonly RoomEffect[]): readonly Uint8Array[] =>
  effects.flatMap((effect) => (effect.type === "write" ? [effect.update] : []));
const storedOf = (effects: readonly RoomEffect[]): readonly Uint8Array[] =>
  effects.flatMap((effect) => (effect.type === "store" ? [effect.envelope] : []));
const text = utf8ToBytes;

describe("a journal whose keys do not lie in front of what they open", () => {
  /** Two began one epoch; the first wrote under the other's key, which it had directly, before the log had that. */
  function twoBegan() {
    const [here, there] = [members.author(members.here), members.author(members.there)];
    const other = createDocKey(systemRandom);
    const first = here.rekey();
    const under = here.seal("update", text("under the other key"), { docKey: other });
    return [first, under, there.rekey(other), there.seal("update", text("and on"), { docKey: other })];
  }

  it("JR19 a log that was kept without being opened reads whole, without a host", () => {
    const envelopes = twoBegan();
    const sealed = createRoom({ ...members.room(), device: members.host.id, isSealed: true });
    const entries = envelopes.map((envelope, at) => ({ seq: at + 1, envelope }));
    const stored = storedOf(sealed.happen({ type: "entries", entries, head: 4, more: false }));
    // The key lies behind what was sealed under it.
    expect(stored).toEqual(envelopes);
    const { cursor, mark, readRosterSeq } = sealed.state;
    const opened = createRoom({ ...members.room(), device: members.host.id, cursor, mark, readRosterSeq });
    const written = writtenOf(opened.happen({ type: "journal", envelopes: stored }));
    expect(written.map((update) => new TextDecoder().decode(update)).toSorted()).toEqual([
      "and on",
      "under the other key",
    ]);
    // It is no damage: the log is not read anew, and what was read of it stays known.
    expect([opened.state.cursor, opened.state.readRosterSeq]).toEqual([4, readRosterSeq]);
    expect([opened.state.parked.length, opened.state.alarm]).toEqual([0, null]);
  });

  it("JR19 this device's own words among them are neither lost nor written anew in the same place", () => {
    const room = createRoom(members.room());
    room.happen({ type: "journal", envelopes: twoBegan() });
    expect(room.state.outbox).toMatchObject({ sealed: 2, committed: 2 });
  });

  it("JR4 what lies there twice is no damage, and what is missing still is", () => {
    const envelopes = twoBegan();
    const [first, under, rekey, last] = envelopes as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const place = { cursor: 4, readRosterSeq: 3 };
    const twice = createRoom({ ...members.room(), ...place });
    twice.happen({ type: "journal", envelopes: [first, under, rekey, last, under] });
    expect([twice.state.cursor, twice.state.readRosterSeq]).toEqual([4, 3]);
    const holed = createRoom({ ...members.room(), ...place });
    holed.happen({ type: "journal", envelopes: [first, under, last] });
    expect([holed.state.cursor, holed.state.readRosterSeq]).toEqual([0, 0]);
  });
});

describe("a key that comes ahead of its turn", () => {
  it("OB12 is kept at once, once, so that what is sealed under it opens after a crash", () => {
    const [here, there] = [members.author(members.here), members.author(members.there)];
    const first = there.rekey();
    // The relay keeps this one back.
    there.seal("update", text("withheld"));
    const key = createDocKey(systemRandom);
    const ahead = there.rekey(key);
    const room = createRoom(members.room());
    const arrive = (seq: number, envelope: Uint8Array): readonly RoomEffect[] =>
      room.happen({ type: "entries", entries: [{ seq, envelope }], head: seq, more: false });
    arrive(1, first);
    const folds = (effects: readonly RoomEffect[]): number => effects.filter(({ type }) => type === "fold").length;
    expect(folds(arrive(3, ahead))).toBe(1);
    expect(folds(arrive(3, ahead))).toBe(0);
    const beginning = {
      doc: members.doc,
      device: members.here.id,
      roster: members.roster,
      vaultKeys: members.vaultKeys,
    };
    const kept = encodeBase(room.state, new Uint8Array(0));
    const own = here.seal("update", text("typed here"), { docKey: key });
    room.happen({ type: "sealed", envelope: own });
    expect(room.state.outbox.sealed).toBe(1);
    // Killed before the host had it.
    const next = createRoom(decodeBase(kept, beginning).state);
    const written = writtenOf(next.happen({ type: "journal", envelopes: [own] }));
    expect(written.map((update) => new TextDecoder().decode(update))).toEqual(["typed here"]);
    expect(next.state.outbox).toMatchObject({ sealed: 1, acked: 0 });
  });
});

describe("small envelopes that inflate to the largest", () => {
  const bomb = new Uint8Array(bodyBytesMax);
  const count = Math.ceil(stepOpenedBytesMax / bodyBytesMax) + 4;

  it("SD4 one step opens no more than so much of a page, and asks for the rest until it has all", () => {
    const there = members.author(members.there);
    const envelopes = [there.rekey(), ...Array.from({ length: count }, () => there.seal("update", bomb))];
    // They fit one page many times.
    expect(envelopes.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(262_144);
    const entries = envelopes.map((envelope, at) => ({ seq: at + 1, envelope }));
    const head = entries.length;
    const room = createRoom(members.room());
    let [taken, steps] = [0, 0];
    for (let isAsked = true; isAsked; steps++) {
      const from = markedCursor(room.state);
      const effects = room.happen({
        type: "entries",
        entries: entries.filter(({ seq }) => seq > from),
        head,
        more: false,
      });
      const bytes = writtenOf(effects).reduce((sum, { length }) => sum + length, 0);
      expect(bytes).toBeLessThanOrEqual(stepOpenedBytesMax + bodyBytesMax);
      taken += writtenOf(effects).length;
      isAsked = effects.some(({ type }) => type === "ask");
    }
    expect([taken, steps, room.state.cursor, room.state.alarm]).toEqual([count, 2, head, null]);
  });

  it("SD4 the same from another device directly: what is too much comes by the log", () => {
    const there = members.author(members.there);
    const envelopes = [there.rekey(), ...Array.from({ length: count }, () => there.seal("update", bomb))];
    const room = createRoom(members.room());
    const effects = room.happen({ type: "direct", envelopes });
    expect(writtenOf(effects).length * bodyBytesMax).toBeLessThanOrEqual(stepOpenedBytesMax + bodyBytesMax);
    expect([effects.some(({ type }) => type === "ask"), room.state.alarm]).toEqual([false, null]);
  });

  it("SD4 a journal full of them opens: others' come again from the log, and none of this device's is left out", () => {
    const [here, there] = [members.author(members.here), members.author(members.there)];
    const own = [here.rekey()];
    const others = [there.rekey()];
    for (let at = 0; at < count; at++) others.push(there.seal("update", bomb));
    own.push(here.seal("update", text("typed here")));
    const room = createRoom({ ...members.room(), cursor: 500, readRosterSeq: 3 });
    const effects = room.happen({ type: "journal", envelopes: [...others, ...own] });
    const bytes = writtenOf(effects).reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThanOrEqual(stepOpenedBytesMax + 2 * bodyBytesMax);
    expect(room.state.outbox.sealed).toBe(2);
    expect([room.state.cursor, room.state.alarm]).toEqual([0, null]);
  });
});
