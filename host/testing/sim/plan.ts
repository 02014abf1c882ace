/**
 * What happens in a schedule: what people do, and which faults strike when. All of it is drawn from the seed before anything runs, as a plain
 * list, so that a failing schedule can be cut down to the few lines that matter.
 */
import { NEWEST, type Action, type Writing } from "./action.ts";
import { sortChats } from "./destroying.ts";
import { drawFaults, strike, type Draw, type Fault } from "./faults.ts";
import { snapshotPace, type SnapshotPace } from "#sync/limits.ts";
import type { Prng } from "./prng.ts";

export interface Step {
  readonly atMs: number;
  readonly action: Action;
}

export interface Plan {
  readonly devices: number;
  readonly chats: number;
  /** It begins with nothing at all, and not with a vault that was founded before. */
  readonly isFounded: boolean;
  readonly chaosMs: number;
  readonly agentTrouble: number;
  readonly isAsking: boolean;
  /** People and a model work at artifacts, beside their chats. */
  readonly isWriting: boolean;
  /** Projects are made, filled and destroyed, beside all else. */
  readonly isDestroying: boolean;
  readonly snapshotPace: SnapshotPace;
  readonly faults: readonly Fault[];
  readonly steps: readonly Step[];
}

/**
 * `wanted`: faults that this schedule has whatever it draws, for a mutant that only they can show. `isWriting`: only where it is asked for (`--writing`):
 * an artifact costs as much again as all the rest of a schedule.
 */
export function createPlan(prng: Prng, wanted: readonly Fault[] = [], isWriting = false, isDestroying = false): Plan {
  const random = prng.fork("plan");
  const devices = random.pick([3, 3, 3, 3, 4, 5]);
  const faults = drawFaults(random, wanted);
  const has = (fault: Fault): boolean => faults.includes(fault);
  const chaosMs = has("keyHeld") ? 4_000 : random.pick([1_500, 3_000, 3_000, 6_000]);
  // Known gaps: a lane's envelopes that a host lost with a backup are not offered again by anybody; and the last one of a lane, kept back by a relay that
  // lies, is not missed by anybody, because nothing of that lane follows it.
  const needsAnswers = has("agentCrash") || has("splitBrain") || has("rogue");
  const isAsking = !has("restore") && !has("lie") && (needsAnswers || random.chance(0.3));
  const steps: Step[] = [];
  const draw: Draw = {
    random,
    devices,
    chaosMs,
    device: () => random.below(devices),
    which: () => random.below(1_000),
    at: () => random.below(chaosMs),
    add: (action, atMs = random.below(chaosMs)) => void steps.push({ atMs: Math.min(atMs, chaosMs), action }),
    times: (most, work) => {
      for (let count = random.between(1, most); count > 0; count--) work();
    },
  };
  for (let count = random.between(10, 16); count > 0; count--) live(draw, isAsking);
  if (isAsking && random.chance(0.3)) draw.add({ do: "stop", device: draw.device(), which: draw.which() });
  for (const fault of faults) strike[fault](draw);
  if (isWriting) workAtArtifact({ ...draw, random: prng.fork("writing") });
  if (isDestroying) sortChats(draw, prng.fork("destroying"));
  steps.sort((a, b) => a.atMs - b.atMs);
  return {
    devices,
    chats: random.pick([1, 1, 1, 2]),
    isFounded: random.chance(0.05),
    chaosMs,
    agentTrouble: random.pick([0, 0.2, 0.5]),
    isAsking,
    isWriting,
    isDestroying,
    snapshotPace: drawPace(prng.fork("pace")),
    faults,
    steps,
  };
}

/** A schedule has too few envelopes for a snapshot at the pace at which people write. */
function drawPace(random: Prng): SnapshotPace {
  if (random.chance(0.3)) return snapshotPace;
  const envelopesMin = random.pick([3, 8, 20]);
  return { envelopesMin, logBytesMin: 4_096 * envelopesMin, quietMs: random.pick([20, 300]), spreadMs: 600 };
}

/** Something that a person does. */
function live({ random, add, device, which, at }: Draw, isAsking: boolean): void {
  const kind = random.below(20);
  if (kind < 11) add({ do: "type", device: device(), which: which(), size: 0 });
  else if (kind < 13) add({ do: "erase", device: device(), which: which() });
  else if (kind < 14) {
    const from = at();
    add({ do: "newChat", device: device() }, from);
    // Somebody else finds it at once, perhaps before its key has come.
    const [finder, foundAt] = [device(), from + random.between(5, 500)];
    add({ do: "open", device: finder, which: NEWEST }, foundAt);
    add({ do: "type", device: finder, which: NEWEST, size: 0 }, foundAt + random.between(5, 200));
  } else if (kind < 16 && isAsking) add({ do: "ask", device: device(), which: which() });
  else if (kind < 18) add({ do: "flush", device: device() });
  else if (kind < 19) add({ do: "close", device: device(), which: which() });
  else add({ do: "open", device: device(), which: which() });
}

const WRITINGS: readonly Writing[] = [
  "type",
  "type",
  "type",
  "type",
  "cut",
  "propose",
  "propose",
  "close",
  "open",
  "reject",
];

/** One artifact mostly, from early on: all write into it, and a model proposes; what it proposes is taken, often on two devices at once. */
function workAtArtifact({ random, devices, chaosMs, add }: Draw): void {
  const device = (): number => random.below(devices);
  for (let count = random.pick([1, 1, 1, 2]); count > 0; count--)
    add({ do: "artifact", device: device(), which: 0, how: "make" }, random.below(chaosMs / 4));
  for (let count = random.between(12, 24); count > 0; count--) {
    const [at, which] = [random.below(chaosMs), random.below(1_000)];
    const how = random.pick(WRITINGS);
    add({ do: "artifact", device: device(), which, how }, at);
    if (how !== "propose") continue;
    const takenAt = at + random.between(20, 800);
    for (let takers = random.between(1, 2); takers > 0; takers--)
      add({ do: "artifact", device: device(), which, how: "accept" }, takenAt + random.below(60));
  }
}
