/** What can go wrong in a schedule: which faults it has, and the actions by which each of them strikes. */
import { NEWEST, type Action, type Lie } from "./action.ts";
import { POISONS } from "./poisoner.ts";
import type { Prng } from "./prng.ts";
import { ROGUERIES } from "./rogueAgent.ts";

const LIES: readonly Lie[] = [
  "withhold",
  "withholdFirst",
  "replay",
  "reorder",
  "corrupt",
  "splice",
  "forge",
  "wrongHead",
  "highSeq",
  "dropAll",
  "twice",
];
/** These change what is shown and keep nothing back for good. */
export const HARMLESS: readonly Lie[] = ["reorder", "wrongHead", "highSeq", "twice", "replay"];

/** Faults that a schedule may have; each seed takes few of them. */
const FAULTS = [
  "crash",
  "crashAtStorage",
  "quota",
  "suspend",
  "skew",
  "weather",
  "cut",
  "deaf",
  "break",
  "storm",
  "relayCrash",
  "relayDisk",
  "restore",
  "agentCrash",
  "lie",
  "clone",
  "loseJournal",
  "membership",
  "tabs",
  "big",
  "keyHeld",
  "confuse",
  "doze",
  "flood",
  "splitBrain",
  "rogue",
  "poison",
  "backdate",
] as const;
export type Fault = (typeof FAULTS)[number];

/** Pairs that nobody can come out of whole: the only copy is taken from both ends. */
const EXCLUSIVE: readonly (readonly [Fault, Fault])[] = [
  ["restore", "agentCrash"],
  ["lie", "agentCrash"],
  ["restore", "splitBrain"],
  ["lie", "splitBrain"],
  ["restore", "rogue"],
  // What is kept back of a bad member, or lost of it, nobody brings back.
  ["restore", "poison"],
  ["lie", "poison"],
  ["clone", "poison"],
  ["membership", "poison"],
  ["lie", "rogue"],
  // Both take keys away from a device; and a log that lost the REKEY which says an end says none.
  ["poison", "backdate"],
  ["restore", "backdate"],
  ["clone", "backdate"],
  ["lie", "backdate"],
  // What was slipped in could be repeated to who does not know of the removal yet.
  ["confuse", "backdate"],
  ["membership", "backdate"],
  // Whoever was removed writes nothing more that would show what was kept back of it.
  ["lie", "membership"],
  ["restore", "loseJournal"],
  ["restore", "clone"],
  ["restore", "membership"],
  ["clone", "loseJournal"],
  ["clone", "membership"],
  ["lie", "clone"],
  ["lie", "loseJournal"],
];

/** Where a plan is drawn. */
export interface Draw {
  readonly random: Prng;
  readonly devices: number;
  readonly chaosMs: number;
  device(): number;
  which(): number;
  at(): number;
  /** At a time of its own, or at this. */
  add(action: Action, atMs?: number): void;
  times(most: number, work: () => void): void;
}

/** How long whatever was ended stays away. */
const away = (random: Prng): number => random.pick([5, 200, 1_000, 4_000]);

export const strike: Record<Fault, (draw: Draw) => void> = {
  crash: ({ random, times, add, device }) =>
    times(4, () => add({ do: "crash", device: device(), power: random.chance(0.6), awayMs: away(random) })),
  crashAtStorage: ({ random, times, add, device }) =>
    times(4, () =>
      add({
        do: "crashAtStorage",
        device: device(),
        call: random.below(30),
        // A journal's fold is its largest write.
        bytes: random.pick([0, 0, 0, 1_000]),
        power: random.chance(0.6),
        awayMs: away(random),
      }),
    ),
  quota: ({ random, times, add, device }) =>
    times(2, () => add({ do: "quota", device: device(), forMs: random.between(100, 6_000) })),
  suspend: ({ random, times, add, device }) =>
    times(2, () => add({ do: "suspend", device: device(), forMs: random.pick([1_000, 5_000, 40_000, 8 * 3_600_000]) })),
  skew: ({ random, times, add, device }) =>
    times(2, () =>
      add({
        do: "skew",
        device: device(),
        byMs: random.pick([-1, 1]) * random.pick([5_000, 300_000, 86_400_000, 315_360_000_000]),
      }),
    ),
  weather: ({ random, add, devices }) => {
    for (let index = 0; index < devices; index++) {
      const latencyMs = random.pick([0, 1, 5, 20, 80, 300]);
      const tail = random.pick([0, 0, 0.02, 0.1]);
      add({ do: "weather", device: index, latencyMs, tail, bytesPerMs: random.pick([50, 1_000, 10_000]) }, 0);
    }
  },
  cut: ({ random, times, add, device }) =>
    times(3, () => add({ do: "cut", device: device(), forMs: random.pick([50, 500, 3_000, 10_000]) })),
  deaf: ({ random, times, add, device }) =>
    times(2, () => add({ do: "deaf", device: device(), forMs: random.pick([200, 2_000, 8_000]) })),
  break: ({ random, times, add, device }) =>
    times(5, () => add({ do: "break", device: device(), half: random.chance(0.4) })),
  storm: ({ random, add }) => add({ do: "storm", times: random.between(2, 6) }),
  relayCrash: ({ random, times, add }) =>
    times(4, () => add({ do: "relayCrash", awayMs: random.pick([1, 100, 800, 3_000]) })),
  relayDisk: ({ random, times, add }) =>
    times(2, () => add({ do: "relayDisk", kind: random.pick(["full", "broken"]), forMs: random.between(100, 3_000) })),
  restore: ({ random, times, add, chaosMs }) => {
    const from = random.below(chaosMs * 0.6);
    add({ do: "backUp" }, from);
    times(2, () => add({ do: "restore", awayMs: away(random) }, from + 200 + random.below(chaosMs - from)));
  },
  agentCrash: ({ random, times, add }) =>
    times(3, () => add({ do: "agentCrash", awayMs: away(random), polite: random.chance(0.4) })),
  poison: ({ random, add, which, at, device }) => {
    const [from, doc, how] = [at(), which(), random.pick(POISONS)];
    if (how === "oldEpoch") {
      add({ do: "removeDevice", by: 0, device: 2 }, from);
      add({ do: "type", device: 0, which: doc, size: 0 }, from + 300);
    }
    add({ do: "poison", device: 1, which: doc, how }, from + 600);
    if (how === "late") add({ do: "removeDevice", by: 0, device: 1 }, from);
    add({ do: "crash", device: device(), power: true, awayMs: away(random) }, from + random.between(600, 1_200));
  },
  backdate: ({ random, add, which, at, devices, chaosMs }) => {
    const from = at() / 2;
    add({ do: "backdate", device: 1, by: 0 }, from);
    // The first write after a removal says where the chain of the removed device ends.
    for (let count = 3; count > 0; count--)
      add({ do: "type", device: 0, which: which(), size: 0 }, from + random.between(200, 1_200));
    // Somebody was away all that time, and somebody is new.
    if (random.chance(0.7))
      add({ do: "crash", device: random.between(2, devices - 1), power: false, awayMs: chaosMs }, from);
    if (random.chance(0.3)) add({ do: "addDevice", by: 0 }, from + random.between(600, 1_500));
  },
  rogue: ({ random, add, device, at, chaosMs }) => {
    const from = at();
    add({ do: "rogue", how: random.pick(ROGUERIES), forMs: chaosMs }, from);
    // It needs to be asked something.
    for (let count = 2; count > 0; count--)
      add({ do: "ask", device: device(), which: NEWEST }, from + random.below(500));
  },
  splitBrain: ({ random, times, add }) =>
    times(2, () => add({ do: "splitBrain", forMs: random.pick([300, 1_000, 3_000]) })),
  // A clock that jumps, as after a sleep, under somebody's typing, and then a crash.
  doze: ({ random, add, device, which, at }) => {
    const [by, doc, from] = [device(), which(), at()];
    add({ do: "skew", device: by, byMs: 60_000 }, from);
    for (let index = 0; index < 24; index++) add({ do: "type", device: by, which: doc, size: 0 }, from + index * 55);
    add({ do: "crash", device: by, power: true, awayMs: 200 }, from + random.between(100, 1_400));
  },
  // Lies that take nothing away.
  confuse: ({ random, times, add, device }) =>
    times(3, () =>
      add({ do: "lie", device: device(), how: random.pick(HARMLESS), forMs: random.pick([500, 2_000, 4_000]) }),
    ),
  lie: ({ random, times, add, device }) =>
    times(4, () =>
      add({ do: "lie", device: device(), how: random.pick(LIES), forMs: random.pick([200, 2_000, 5_000]) }),
    ),
  clone: ({ add, device }) => add({ do: "clone", device: device() }),
  loseJournal: ({ times, add, device, which }) =>
    times(2, () => add({ do: "loseJournal", device: device(), which: which() })),
  membership: ({ random, add, devices, device }) => {
    if (random.chance(0.6)) add({ do: "addDevice", by: device() });
    if (random.chance(0.7)) add({ do: "removeDevice", by: 0, device: random.between(1, devices - 1) });
  },
  tabs: ({ times, add, device }) => times(3, () => add({ do: "changeTab", device: device() })),
  // Somebody holds a key down: many small envelopes behind each other.
  keyHeld: ({ random, add, device, which, chaosMs }) => {
    const [by, doc, from] = [device(), which(), random.below(chaosMs / 4)];
    for (let index = random.between(12, 24); index > 0; index--)
      add({ do: "type", device: by, which: doc, size: 0 }, from + index * random.between(100, 170));
  },
  // More than any link takes at once, while somebody does not read.
  flood: ({ random, add, device, which, devices, chaosMs }) => {
    const [by, doc, from] = [device(), which(), random.below(chaosMs / 2)];
    for (let index = 0; index < devices; index++)
      if (random.chance(0.5)) add({ do: "deaf", device: index, forMs: chaosMs }, from);
    for (let index = 0; index < 8; index++)
      add({ do: "type", device: by, which: doc, size: floodMarkBytes }, from + 20 + index * 170);
  },
  big: ({ random, times, add, device, which }) =>
    times(5, () => add({ do: "type", device: device(), which: which(), size: random.pick([1_000, 5_000, 30_000]) })),
};

/** Four of them are more than a link may hold (smallLimits.ts). */
const floodMarkBytes = 20_000;

/** Few and heavy rather than a little of everything: a third of the seeds has one fault alone. */
export function drawFaults(random: Prng, wanted: readonly Fault[]): readonly Fault[] {
  const count = random.pick([0, 1, 1, 2, 2, 3, 3, 4, 6]);
  const taken: Fault[] = [...wanted];
  for (let tries = 0; taken.length < count && tries < 50; tries++) {
    const fault = random.pick(FAULTS);
    // These cost as much as several others.
    if ((fault === "flood" || fault === "keyHeld") && random.chance(0.5)) continue;
    const isBarred = EXCLUSIVE.some(
      ([a, b]) => (fault === a && taken.includes(b)) || (fault === b && taken.includes(a)),
    );
    if (!taken.includes(fault) && !isBarred) taken.push(fault);
  }
  return taken;
}
