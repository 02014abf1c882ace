/**
 * What happens in a schedule: what people do, and which faults strike when. All of it is drawn from the seed before anything runs, as a plain
 * list, so that a failing schedule can be cut down to the few lines that matter.
 */
import { snapshotPace, type SnapshotPace } from "#sync/limits.ts";
import type { Prng } from "./prng.ts";

export type Action =
  /** What a person does. `which` picks among the docs that the device knows by then. */
  | { readonly do: "type"; readonly device: number; readonly which: number; readonly size: number }
  | { readonly do: "erase"; readonly device: number; readonly which: number }
  | { readonly do: "newChat"; readonly device: number }
  | { readonly do: "ask"; readonly device: number; readonly which: number }
  | { readonly do: "stop"; readonly device: number; readonly which: number }
  | { readonly do: "close"; readonly device: number; readonly which: number }
  | { readonly do: "open"; readonly device: number; readonly which: number }
  | { readonly do: "flush"; readonly device: number }
  | { readonly do: "changeTab"; readonly device: number }
  | { readonly do: "addDevice"; readonly by: number }
  | { readonly do: "removeDevice"; readonly by: number; readonly device: number }
  /** Faults of a device. */
  | { readonly do: "crash"; readonly device: number; readonly power: boolean; readonly awayMs: number }
  /** At the nth storage call from now. */
  | {
      readonly do: "crashAtStorage";
      readonly device: number;
      readonly call: number;
      /** Counted from the first write of this size on: such as a journal's fold. */
      readonly bytes: number;
      readonly power: boolean;
      readonly awayMs: number;
    }
  | { readonly do: "quota"; readonly device: number; readonly forMs: number }
  | { readonly do: "suspend"; readonly device: number; readonly forMs: number }
  | { readonly do: "skew"; readonly device: number; readonly byMs: number }
  | { readonly do: "loseJournal"; readonly device: number; readonly which: number }
  | { readonly do: "clone"; readonly device: number }
  /** Faults of the network. */
  | {
      readonly do: "weather";
      readonly device: number;
      readonly latencyMs: number;
      readonly tail: number;
      readonly bytesPerMs: number;
    }
  | { readonly do: "cut"; readonly device: number; readonly forMs: number }
  | { readonly do: "deaf"; readonly device: number; readonly forMs: number }
  | { readonly do: "break"; readonly device: number; readonly half: boolean }
  | { readonly do: "storm"; readonly times: number }
  /** Faults of the host. */
  | { readonly do: "relayCrash"; readonly awayMs: number }
  | { readonly do: "relayDisk"; readonly kind: "full" | "broken"; readonly forMs: number }
  | { readonly do: "backUp" }
  | { readonly do: "restore"; readonly awayMs: number }
  | { readonly do: "agentCrash"; readonly awayMs: number; readonly polite: boolean }
  /** A relay that lies to one device, in one way, for a while. */
  | { readonly do: "lie"; readonly device: number; readonly how: Lie; readonly forMs: number };

export type Lie =
  | "withhold"
  | "withholdFirst"
  | "replay"
  | "reorder"
  | "corrupt"
  | "splice"
  | "forge"
  | "wrongHead"
  | "highSeq"
  | "dropAll"
  | "twice";
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

export interface Step {
  readonly atMs: number;
  readonly action: Action;
}

export interface Plan {
  readonly devices: number;
  readonly chats: number;
  readonly chaosMs: number;
  readonly agentTrouble: number;
  readonly isAsking: boolean;
  readonly snapshotPace: SnapshotPace;
  readonly faults: readonly string[];
  readonly steps: readonly Step[];
}

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
] as const;
export type Fault = (typeof FAULTS)[number];

/** Pairs that nobody can come out of whole: the only copy is taken from both ends. */
const EXCLUSIVE: readonly (readonly [Fault, Fault])[] = [
  ["restore", "agentCrash"],
  ["lie", "agentCrash"],
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

/** `wanted`: faults that this schedule has whatever it draws, for a mutant that only they can show. */
export function createPlan(prng: Prng, wanted: readonly Fault[] = []): Plan {
  const random = prng.fork("plan");
  const devices = random.pick([2, 3, 3, 3, 4, 5]);
  const faults = drawFaults(random, wanted);
  const has = (fault: Fault): boolean => faults.includes(fault);
  const chaosMs = has("keyHeld") ? 20_000 : random.pick([2_000, 4_000, 8_000, 8_000, 20_000]);
  // Known gaps: a lane's envelopes that a host lost with a backup are not offered again by anybody; and the last one of a lane, kept back by a relay that
  // lies, is not missed by anybody, because nothing of that lane follows it.
  const isAsking = !has("restore") && !has("lie") && (has("agentCrash") || random.chance(0.4));
  const steps: Step[] = [];
  const at = (): number => random.below(chaosMs);
  const device = (): number => random.below(devices);
  const which = (): number => random.below(1_000);
  const add = (action: Action, atMs = at()): void => void steps.push({ atMs, action });
  const times = (most: number, work: () => void): void => {
    for (let count = random.between(1, most); count > 0; count--) work();
  };

  for (let count = random.between(15, 60); count > 0; count--) {
    const kind = random.below(20);
    if (kind < 12) add({ do: "type", device: device(), which: which(), size: 0 });
    else if (kind < 14) add({ do: "erase", device: device(), which: which() });
    else if (kind < 15) add({ do: "newChat", device: device() });
    else if (kind < 17 && isAsking) add({ do: "ask", device: device(), which: which() });
    else if (kind < 18) add({ do: "flush", device: device() });
    else if (kind < 19) add({ do: "close", device: device(), which: which() });
    else add({ do: "open", device: device(), which: which() });
  }
  if (isAsking && random.chance(0.3)) times(2, () => add({ do: "stop", device: device(), which: which() }));
  const away = (): number => random.pick([5, 200, 2_000, 8_000]);
  const add1: Record<Fault, () => void> = {
    crash: () => times(4, () => add({ do: "crash", device: device(), power: random.chance(0.6), awayMs: away() })),
    crashAtStorage: () =>
      times(4, () =>
        add({
          do: "crashAtStorage",
          device: device(),
          call: random.below(30),
          bytes: random.pick([0, 0, 0, 4_000]),
          power: random.chance(0.6),
          awayMs: away(),
        }),
      ),
    quota: () => times(2, () => add({ do: "quota", device: device(), forMs: random.between(100, 12_000) })),
    suspend: () =>
      times(2, () => add({ do: "suspend", device: device(), forMs: random.pick([5_000, 40_000, 8 * 3_600_000]) })),
    skew: () =>
      times(2, () =>
        add({
          do: "skew",
          device: device(),
          byMs: random.pick([-1, 1]) * random.pick([5_000, 300_000, 86_400_000, 315_360_000_000]),
        }),
      ),
    weather: () => {
      for (let index = 0; index < devices; index++) {
        const latencyMs = random.pick([0, 1, 5, 20, 80, 300]);
        add(
          {
            do: "weather",
            device: index,
            latencyMs,
            tail: random.pick([0, 0, 0.02, 0.1]),
            bytesPerMs: random.pick([50, 1_000, 10_000]),
          },
          0,
        );
      }
    },
    cut: () => times(3, () => add({ do: "cut", device: device(), forMs: random.pick([50, 1_000, 10_000, 45_000]) })),
    deaf: () => times(2, () => add({ do: "deaf", device: device(), forMs: random.pick([500, 5_000, 20_000]) })),
    break: () => times(6, () => add({ do: "break", device: device(), half: random.chance(0.4) })),
    storm: () => add({ do: "storm", times: random.between(2, 8) }),
    relayCrash: () => times(4, () => add({ do: "relayCrash", awayMs: random.pick([1, 100, 1_500, 6_000]) })),
    relayDisk: () =>
      times(2, () =>
        add({ do: "relayDisk", kind: random.pick(["full", "broken"]), forMs: random.between(100, 6_000) }),
      ),
    restore: () => {
      const from = random.below(chaosMs * 0.6);
      add({ do: "backUp" }, from);
      times(2, () => add({ do: "restore", awayMs: away() }, from + 500 + random.below(chaosMs - from)));
    },
    agentCrash: () => times(3, () => add({ do: "agentCrash", awayMs: away(), polite: random.chance(0.4) })),
    // A clock that jumps, as after a sleep, under somebody's typing, and then a crash.
    doze: () => {
      const [by, doc, from] = [device(), which(), at()];
      add({ do: "skew", device: by, byMs: 60_000 }, from);
      for (let index = 0; index < 60; index++)
        add({ do: "type", device: by, which: doc, size: 0 }, Math.min(chaosMs, from + index * 55));
      add({ do: "crash", device: by, power: true, awayMs: 200 }, Math.min(chaosMs, from + random.between(100, 3_300)));
    },
    // Lies that take nothing away.
    confuse: () =>
      times(3, () =>
        add({ do: "lie", device: device(), how: random.pick(HARMLESS), forMs: random.pick([500, 2_000, 4_000]) }),
      ),
    lie: () =>
      times(4, () =>
        add({ do: "lie", device: device(), how: random.pick(LIES), forMs: random.pick([200, 2_000, 10_000]) }),
      ),
    clone: () => add({ do: "clone", device: device() }),
    loseJournal: () => times(2, () => add({ do: "loseJournal", device: device(), which: which() })),
    membership: () => {
      if (random.chance(0.6)) add({ do: "addDevice", by: 0 });
      if (devices > 2 && random.chance(0.7)) add({ do: "removeDevice", by: 0, device: random.between(1, devices - 1) });
    },
    tabs: () => times(3, () => add({ do: "changeTab", device: device() })),
    // Somebody holds a key down: many small envelopes behind each other.
    keyHeld: () => {
      const [by, doc, from] = [device(), which(), random.below(4_000)];
      for (let index = random.between(60, 140); index > 0; index--) {
        add(
          { do: "type", device: by, which: doc, size: 0 },
          Math.min(chaosMs, from + index * random.between(100, 200)),
        );
      }
    },
    // More than any link takes at once, while somebody does not read.
    flood: () => {
      const [by, doc, from] = [device(), which(), random.below(chaosMs / 2)];
      for (let index = 0; index < devices; index++)
        if (random.chance(0.5)) add({ do: "deaf", device: index, forMs: chaosMs }, from);
      for (let index = 0; index < 8; index++)
        add({ do: "type", device: by, which: doc, size: 200_000 }, Math.min(chaosMs, from + 20 + index * 170));
    },
    big: () =>
      times(6, () =>
        add({ do: "type", device: device(), which: which(), size: random.pick([5_000, 30_000, 200_000]) }),
      ),
  };
  for (const fault of faults) add1[fault]();
  steps.sort((a, b) => a.atMs - b.atMs);
  return {
    devices,
    chats: random.pick([1, 1, 2, 3]),
    chaosMs,
    agentTrouble: random.pick([0, 0.2, 0.5]),
    isAsking,
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

/** Few and heavy rather than a little of everything: a third of the seeds has one fault alone. */
function drawFaults(random: Prng, wanted: readonly Fault[]): readonly Fault[] {
  const count = random.pick([0, 1, 1, 1, 2, 2, 3, 4, 6]);
  const taken: Fault[] = [...wanted];
  for (let tries = 0; taken.length < count && tries < 50; tries++) {
    const fault = random.pick(FAULTS);
    // These cost as much as ten others.
    if ((fault === "flood" || fault === "big") && random.chance(0.7)) continue;
    const isBarred = EXCLUSIVE.some(
      ([a, b]) => (fault === a && taken.includes(b)) || (fault === b && taken.includes(a)),
    );
    if (!taken.includes(fault) && !isBarred) taken.push(fault);
  }
  return taken;
}
