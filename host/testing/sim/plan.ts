/**
 * What happens in a schedule: what people do, and which faults strike when. All of it is drawn from the seed before anything runs, as a plain
 * list, so that a failing schedule can be cut down to the few lines that matter.
 */
import { drawFaults, strike, type Draw, type Fault, type Lie } from "./faults.ts";
import type { Poison } from "./poisoner.ts";
import type { Prng } from "./prng.ts";
import type { Roguery } from "./rogueAgent.ts";

/** For `which`: the chat that was made or written to last. */
export const NEWEST = -1;

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
  /** The same host runs on a second machine for a while. */
  | { readonly do: "splitBrain"; readonly forMs: number }
  /** The agent ends, and in its place comes one that writes where it may not. */
  | { readonly do: "rogue"; readonly how: Roguery; readonly forMs: number }
  /** A device's keys get into bad hands, which write poison into one of its docs. */
  | { readonly do: "poison"; readonly device: number; readonly which: number; readonly how: Poison }
  /** A relay that lies to one device, in one way, for a while. */
  | { readonly do: "lie"; readonly device: number; readonly how: Lie; readonly forMs: number };

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
  readonly faults: readonly Fault[];
  readonly steps: readonly Step[];
}

/** `wanted`: faults that this schedule has whatever it draws, for a mutant that only they can show. */
export function createPlan(prng: Prng, wanted: readonly Fault[] = []): Plan {
  const random = prng.fork("plan");
  const devices = random.pick([3, 3, 3, 3, 4, 5]);
  const faults = drawFaults(random, wanted);
  const has = (fault: Fault): boolean => faults.includes(fault);
  const chaosMs = has("keyHeld") ? 4_000 : random.pick([1_500, 3_000, 3_000, 6_000]);
  // Known gaps: a lane's envelopes that a host lost with a backup are not offered again by anybody; and the last one of a lane, kept back by a relay that
  // lies, is not missed by anybody, because nothing of that lane follows it.
  const needsAnswers = has("agentCrash") || has("splitBrain") || has("rogue");
  const isAsking = !has("restore") && !has("lie") && (needsAnswers || random.chance(0.4));
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
  for (let count = random.between(16, 24); count > 0; count--) live(draw, isAsking);
  if (isAsking && random.chance(0.3)) draw.add({ do: "stop", device: draw.device(), which: draw.which() });
  for (const fault of faults) strike[fault](draw);
  steps.sort((a, b) => a.atMs - b.atMs);
  return {
    devices,
    chats: random.pick([1, 1, 2]),
    isFounded: random.chance(0.05),
    chaosMs,
    agentTrouble: random.pick([0, 0.2, 0.5]),
    isAsking,
    faults,
    steps,
  };
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
