import { beforeAll, describe, expect, it } from "vitest";
import { sodiumReady } from "#crypto/sodium.ts";
import { createRosterCopy, mergeRoster } from "./rosterCopy.ts";
import { createTestMembers, type TestMembers } from "./testing/testMembers.ts";

let members: TestMembers;
beforeAll(async () => {
  await sodiumReady;
  members = createTestMembers();
});

describe("a copy of the roster", () => {
  it("RS1 grows by entries that the rules accept, wherever the relay begins", () => {
    const copy = createRosterCopy(members.entries.slice(0, 1));
    for (const from of [0, 1]) {
      const merged = mergeRoster(copy, from, members.entries.slice(from));
      expect(merged).toMatchObject({ kind: "grown", copy: { roster: { seq: 3 } } });
    }
  });

  it("RS2 does not change when another entry is shown in a place of ours, nor shrink when fewer are", () => {
    const copy = createRosterCopy(members.entries);
    const other = createTestMembers();
    expect(mergeRoster(copy, 0, other.entries)).toEqual({ kind: "fork" });
    expect(mergeRoster(copy, 1, [other.entries[1] ?? new Uint8Array(0)])).toEqual({ kind: "fork" });
    expect(mergeRoster(copy, 0, members.entries.slice(0, 2))).toEqual({ kind: "same" });
    expect(mergeRoster(copy, 3, [members.entries[1] ?? new Uint8Array(0)])).toEqual({ kind: "fork" });
    expect(mergeRoster(copy, 3, [new Uint8Array(40)])).toEqual({ kind: "fork" });
  });

  it("RS4 entries that begin behind our end ask for those between", () => {
    const copy = createRosterCopy(members.entries.slice(0, 1));
    expect(mergeRoster(copy, 2, members.entries.slice(2))).toEqual({ kind: "gap" });
  });
});
