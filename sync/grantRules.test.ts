import { describe, expect, it } from "vitest";
import { authorIdFromBytes, bootIdFromBytes } from "#crypto/ids.ts";
import {
  decideContinuation,
  decideRun,
  pickLife,
  type InterruptionFacts,
  type HostLife,
  type RunFacts,
} from "./grantRules.ts";
import {
  grantLifeMs,
  otherDeviceWaitMs,
  regrantDelayMs,
  renewBeforeMs,
  automaticContinuationsMax,
  continueWithinMs,
  silentLaneMs,
  waitingGrantDelayMs,
} from "./limits.ts";

const host = authorIdFromBytes(new Uint8Array(16).fill(1));
const boot = bootIdFromBytes(new Uint8Array(16).fill(2));
const earlierBoot = bootIdFromBytes(new Uint8Array(16).fill(3));
const life: HostLife = { host, boot, bootBoxKey: new Uint8Array(32), since: 0 };
const now = 1_000_000;
const waiting: RunFacts = {
  isWaiting: true,
  isUnfinished: true,
  askedAt: now,
  seenAt: now,
  askedHere: true,
  lane: null,
  hostAwaySince: null,
  mayWait: true,
  waitingUntil: 0,
  openGrant: null,
  lastGrant: null,
};

describe("granting", () => {
  it("GT1 nothing is granted to nobody", () => {
    expect(decideRun(waiting, null, now)).toEqual({ kind: "none" });
  });

  it("GT6 the device that asked grants at once, others when it does not", () => {
    expect(decideRun(waiting, life, now)).toEqual({ kind: "grant" });
    const elsewhere = { ...waiting, askedHere: false };
    expect(decideRun(elsewhere, life, now)).toEqual({ kind: "wait", ms: otherDeviceWaitMs });
    expect(decideRun(elsewhere, life, now + otherDeviceWaitMs)).toEqual({ kind: "grant" });
    // A device whose clock is ahead must not make everybody wait until theirs have come as far.
    const ahead = { ...elsewhere, askedAt: now + 10 * grantLifeMs };
    expect(decideRun(ahead, life, now)).toEqual({ kind: "wait", ms: otherDeviceWaitMs });
    expect(decideRun(ahead, life, now + otherDeviceWaitMs)).toEqual({ kind: "grant" });
  });

  it("GT7 a grant that nobody took is given again, ever more rarely", () => {
    const granted = (times: number): RunFacts => ({
      ...waiting,
      lastGrant: { boot, since: life.since, at: now, times },
    });
    expect(decideRun(granted(1), life, now)).toEqual({ kind: "wait", ms: regrantDelayMs });
    expect(decideRun(granted(1), life, now + regrantDelayMs)).toEqual({ kind: "grant" });
    expect(decideRun(granted(2), life, now)).toEqual({ kind: "wait", ms: 2 * regrantDelayMs });
    expect(decideRun(granted(30), life, now)).toEqual({ kind: "wait", ms: grantLifeMs });
  });

  it("GT3 another life of the agent is granted at once, and so is the same one when it was away in between", () => {
    const granted: RunFacts = { ...waiting, lastGrant: { boot, since: life.since - 1, at: now - 10, times: 1 } };
    expect(decideRun(granted, { ...life, since: now - 5 }, now)).toEqual({ kind: "grant" });
    expect(
      decideRun({ ...waiting, lastGrant: { boot: earlierBoot, since: life.since, at: now, times: 5 } }, life, now),
    ).toEqual({
      kind: "grant",
    });
  });

  it("GT7 a clock that jumped back makes it one grant more, not one at each look and not none", () => {
    const ahead = { boot, since: life.since, at: now + grantLifeMs, times: 1 };
    expect(decideRun({ ...waiting, lastGrant: ahead }, life, now)).toEqual({ kind: "grant" });
    // What is granted then is remembered at the clock's new time, in the life that began at its old one.
    const again = { ...ahead, at: now };
    const begunAhead = { ...life, since: now + grantLifeMs - 1 };
    expect(decideRun({ ...waiting, lastGrant: { ...again, since: begunAhead.since } }, begunAhead, now)).toEqual({
      kind: "wait",
      ms: regrantDelayMs,
    });
  });

  it("GT4 a run that a life took which is over is interrupted; one under way is left alone", () => {
    const taken = { ...waiting, isWaiting: false, lane: { host, boot } };
    expect(decideRun(taken, life, now)).toEqual({ kind: "none" });
    expect(decideRun({ ...taken, lane: { host, boot: earlierBoot } }, life, now)).toEqual({ kind: "interrupt" });
    expect(decideRun({ ...taken, isUnfinished: false, lane: { host, boot: earlierBoot } }, life, now)).toEqual({
      kind: "none",
    });
    expect(decideRun({ ...taken, lane: { host, boot: earlierBoot } }, null, now)).toEqual({ kind: "none" });
  });

  it("GT8 a run that was taken is never granted again, also before its first word", () => {
    expect(decideRun({ ...waiting, lane: { host, boot } }, life, now + grantLifeMs)).toEqual({ kind: "none" });
  });

  it("GT5 a run that nobody waits for is not granted", () => {
    expect(decideRun({ ...waiting, isWaiting: false }, life, now)).toEqual({ kind: "none" });
  });

  it("RG1 a run under way is granted anew before its grant ends, by the device that asked, or else by another", () => {
    const openGrant = { notAfter: now + renewBeforeMs + 1_000, isOutdated: false };
    const taken: RunFacts = { ...waiting, isWaiting: false, lane: { host, boot }, openGrant };
    expect(decideRun(taken, life, now)).toEqual({ kind: "wait", ms: 1_000 });
    expect(decideRun(taken, life, now + 1_000)).toEqual({ kind: "grant" });
    const elsewhere = { ...taken, askedHere: false };
    expect(decideRun(elsewhere, life, now + 1_000)).toEqual({ kind: "wait", ms: otherDeviceWaitMs });
    expect(decideRun(elsewhere, life, now + 1_000 + otherDeviceWaitMs)).toEqual({ kind: "grant" });
    expect(decideRun(taken, null, now + 1_000)).toEqual({ kind: "none" });
    // Its grant has ended, or it never saw one: nothing to renew.
    expect(decideRun({ ...taken, openGrant: null }, life, now + grantLifeMs)).toEqual({ kind: "none" });
  });

  it("RG2 a run whose key is older than the roster is granted anew at once, by any device", () => {
    const openGrant = { notAfter: now + grantLifeMs, isOutdated: true };
    const taken: RunFacts = { ...waiting, isWaiting: false, askedHere: false, lane: { host, boot }, openGrant };
    expect(decideRun(taken, life, now)).toEqual({ kind: "grant" });
  });

  it("GE1 what was lent for a run that is over is to be ended, with or without a host", () => {
    const openGrant = { notAfter: now + grantLifeMs, isOutdated: false };
    const over: RunFacts = { ...waiting, isWaiting: false, isUnfinished: false, openGrant };
    expect(decideRun(over, life, now)).toEqual({ kind: "end" });
    expect(decideRun(over, null, now)).toEqual({ kind: "end" });
    expect(decideRun({ ...over, openGrant: null }, life, now)).toEqual({ kind: "none" });
  });
});

describe("two hosts", () => {
  const second: HostLife = { ...life, host: authorIdFromBytes(new Uint8Array(16).fill(77)), boot: earlierBoot };
  const asked = { boot, since: life.since, at: now, times: 1 };

  it("TH2 the first is asked first, and passed over when it had its time and did not take the run", () => {
    expect(pickLife([life, second], null, now)).toBe(life);
    expect(pickLife([life, second], asked, now + regrantDelayMs - 1)).toBe(life);
    expect(pickLife([life, second], asked, now + regrantDelayMs)).toBe(second);
    expect(pickLife([life, second], { ...asked, boot: earlierBoot }, now + regrantDelayMs)).toBe(life);
    expect(pickLife([second], asked, now)).toBe(second);
    expect(pickLife([life], asked, now + regrantDelayMs)).toBe(life);
    expect(pickLife([], asked, now)).toBeNull();
  });
});

describe("a host that is away", () => {
  const left: RunFacts = { ...waiting, hostAwaySince: now };

  it("WG1 a question is left for it by the device that asked, unless it is only restarting", () => {
    expect(decideRun(left, null, now)).toEqual({ kind: "wait", ms: waitingGrantDelayMs });
    expect(decideRun(left, null, now + waitingGrantDelayMs)).toEqual({ kind: "leave" });
    for (const other of [{ askedHere: false }, { mayWait: false }, { isWaiting: false }, { lane: { host, boot } }]) {
      expect(decideRun({ ...left, ...other }, null, now + waitingGrantDelayMs).kind).not.toBe("leave");
    }
  });

  it("WG1 once, and again when its time is over", () => {
    const waitingUntil = now + 5_000;
    expect(decideRun({ ...left, waitingUntil }, null, now + 4_999)).toEqual({ kind: "none" });
    expect(decideRun({ ...left, waitingUntil }, null, now + 5_000)).toEqual({ kind: "leave" });
  });

  it("WG4 what was left is taken back when the owner wants none, and replaced when an agent is seen", () => {
    const waitingUntil = now + 5_000;
    expect(decideRun({ ...left, waitingUntil, mayWait: false }, null, now)).toEqual({ kind: "end" });
    expect(decideRun({ ...left, hostAwaySince: null, waitingUntil }, life, now)).toEqual({ kind: "grant" });
  });
});

describe("going on with an answer", () => {
  const facts: InterruptionFacts = {
    isHostsDoing: true,
    isStopped: false,
    lane: { host, boot: earlierBoot },
    askedAt: now - 60_000,
    askedHere: true,
    seenAt: now,
    automatic: 0,
    isBarren: false,
  };

  it("CN2 an answer whose host died is continued by the device that asked, or later by another", () => {
    expect(decideContinuation(facts, life, now)).toEqual({ kind: "continue" });
    const elsewhere = { ...facts, askedHere: false };
    expect(decideContinuation(elsewhere, life, now)).toEqual({ kind: "wait", ms: otherDeviceWaitMs });
    expect(decideContinuation(elsewhere, life, now + otherDeviceWaitMs)).toEqual({ kind: "continue" });
  });

  it("CN2 not without an agent, nor by the life that had it, nor after the owner's stop or for the question's own fault", () => {
    const none = { kind: "none" };
    expect(decideContinuation(facts, null, now)).toEqual(none);
    expect(decideContinuation({ ...facts, lane: { host, boot } }, life, now)).toEqual(none);
    expect(decideContinuation({ ...facts, isStopped: true }, life, now)).toEqual(none);
    expect(decideContinuation({ ...facts, isHostsDoing: false }, life, now)).toEqual(none);
  });

  it("CN3 not for ever: a few times, not after one that wrote nothing, not a day later", () => {
    const none = { kind: "none" };
    expect(decideContinuation({ ...facts, automatic: automaticContinuationsMax }, life, now)).toEqual(none);
    expect(decideContinuation({ ...facts, automatic: 1, isBarren: true }, life, now)).toEqual(none);
    expect(decideContinuation({ ...facts, askedAt: now - continueWithinMs - 1 }, life, now)).toEqual(none);
  });

  it("CN1 a lane whose host is away for long is interrupted, and one whose link broke is waited for", () => {
    const taken = { ...waiting, isWaiting: false, lane: { host, boot }, hostAwaySince: now };
    expect(decideRun(taken, null, now + silentLaneMs - 1)).toEqual({ kind: "wait", ms: 1 });
    expect(decideRun(taken, null, now + silentLaneMs)).toEqual({ kind: "interrupt" });
  });
});
