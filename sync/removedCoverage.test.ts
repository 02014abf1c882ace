/** What a snapshot brings of a device that was removed (RM8): words that came too late by themselves do not come in with it. */
import { beforeAll, beforeEach, expect, it } from "vitest";
import type { DeviceKeys } from "#crypto/device.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { LogEntry } from "./frame.ts";
import { sealFirst } from "./sealer.ts";
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

let members: TestMembers;
let third: { readonly keys: DeviceKeys; readonly before: readonly Uint8Array[]; readonly after: readonly Uint8Array[] };
/** Knows of the removal, is removed, and is kept from knowing of it. */
let here: Side;
let there: Side;
let misled: Side;
let log: LogEntry[];

beforeAll(() => sodiumReady);
beforeEach(() => {
  members = createTestMembers();
  third = members.withThird();
  log = [];
  here = createSide(members, members.here, third.before);
  there = createSide(members, members.there, third.before);
  misled = createSide(members, third.keys, third.before);
  store(
    [here, there, misled],
    seal(here, () => sealFirst({ keys: here.keys, random: systemRandom }, here.state)),
  );
});

function store(sides: readonly Side[], ...envelopes: Uint8Array[]): void {
  for (const envelope of envelopes) {
    const entry = { seq: log.length + 1, envelope };
    log.push(entry);
    for (const side of sides) show(side, [entry], log);
  }
}

/** A device of the vault that knows of the removal and has lost its journal. */
const newcomer = (): Side => createSide(members, members.here, third.after);

/** Once asked for, a log is shown from there on. */
function readAnew(side: Side, entries: readonly LogEntry[]): void {
  show(side, entries, log);
  for (let asked = 0; side.effects.at(-1)?.type === "ask"; asked++) {
    if (asked > 4) throw new Error("it asks for ever");
    const from = side.state.awaitedSeq ?? 0;
    show(
      side,
      entries.filter(({ seq }) => seq >= from),
      log,
    );
  }
}

/** `there` is removed, writes on into the past, and who does not know of it makes a snapshot of that. */
async function mislead(): Promise<{ readonly snapshot: Uint8Array; readonly end: Uint8Array }> {
  store([here, there, misled], write(there, "in time. "));
  learn(here, third.after);
  show(here, [], log);
  const end = rekey(here);
  store([misled], write(there, "too late. "));
  expect(textOf(misled)).toContain("too late");
  const { clear, body } = await snapshot(misled, log);
  return { snapshot: send(misled, "snapshot", clear, body), end };
}

it("RM8 a snapshot that holds more of a removed device than its end is not taken over by who knows that end", async () => {
  const { snapshot: taken } = await mislead();
  const next = write(misled, "honest. ");
  store([here], taken, next);
  expect(here.state.compaction).toMatchObject({ held: null, newest: null, isLacking: true });
  expect(textOf(here)).toBe("in time. ");
  // Its author is a member: what it writes by itself counts, and all is told.
  expect(here.state.chains.get(misled.keys.id)?.counter).toBe(2);
  expect(here.state).toMatchObject({ alarm: "WITHHOLD", isQuarantined: false });
});

it.each(["in front of it", "behind it"])(
  "RM8 who reads the log anew does not take it over, where that end is said %s",
  async (where) => {
    const { snapshot: taken, end } = await mislead();
    const kept = where === "behind it" ? [taken, end] : [end, taken];
    const side = newcomer();
    const [first] = log;
    const entries = kept.map((envelope, at) => ({ seq: log.length + 1 + at, envelope }));
    log.push(...entries);
    readAnew(side, [first!, ...entries]);
    expect(side.effects.some(({ type }) => type === "readSnapshot")).toBe(false);
    expect(side.state).toMatchObject({ alarm: "WITHHOLD", isQuarantined: false, awaitedSeq: null });
  },
);

it("RM8 where nobody has said an end, what a snapshot holds of it was in time", async () => {
  store([here, there, misled], write(there, "in time. "));
  const { clear, body } = await snapshot(misled, log);
  store([], send(misled, "snapshot", clear, body));
  const side = newcomer();
  readAnew(side, [log[0]!, log.at(-1)!]);
  await readHeld(side);
  show(side, [], log);
  expect(textOf(side)).toBe("in time. ");
  expect(side.state).toMatchObject({ alarm: null, awaitedSeq: null });
});

it("RM8 what this device took before it knew of the removal is compared as ever", async () => {
  const { snapshot: taken } = await mislead();
  const side = createSide(members, members.here, third.before);
  show(side, log, log);
  learn(side, third.after);
  side.state = { ...side.state, ends: here.state.ends };
  expect(side.state.ends.get(there.keys.id)?.counter).toBe(1);
  log.push({ seq: log.length + 1, envelope: taken });
  show(side, log.slice(-1), log);
  expect(side.state.compaction.held).toMatchObject({ mode: "compare" });
});

it("RM8 another envelope in the place of that end does not set the doc aside", async () => {
  const twin = createSide(members, members.there, third.before);
  show(twin, log, log);
  store([here, there], write(there, "in time. "));
  learn(here, third.after);
  show(here, [], log);
  rekey(here);
  store([misled], write(twin, "another. "));
  const { clear, body } = await snapshot(misled, log);
  store([here], send(misled, "snapshot", clear, body));
  expect(here.state).toMatchObject({ alarm: "WITHHOLD", isQuarantined: false });
  expect(textOf(here)).toBe("in time. ");
});
