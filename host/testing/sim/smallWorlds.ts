/**
 * Worlds of one concern each, for bugs that the large one has no part to show: what tools do (toolWorld.ts), and which tab of a browser writes
 * (tabWorld.ts). Their time, their order and their seeds are the large one's own.
 */
import { sodiumReady } from "#crypto/sodium.ts";
import type { Fault } from "./faults.ts";
import { createPrng, type Prng } from "./prng.ts";
import { useFastSignatures } from "./signatures.ts";
import { runTabWorld } from "./tabWorld.ts";
import { runToolWorld } from "./toolWorld.ts";
import { createWorld, type World } from "./world.ts";

export type SmallWorldName = "tools" | "tabs";

/** What a small world is made of. */
export interface SmallWorld {
  readonly world: World;
  readonly prng: Prng;
  readonly fail: (rule: string, what: string) => void;
  readonly count: (what: string) => void;
  /** From its beginning. */
  readonly runUntil: (ms: number, isDone: () => boolean) => Promise<void>;
}

export interface SmallVerdict {
  readonly seed: string;
  /** Nothing is planned ahead here. */
  readonly plan: { readonly faults: readonly Fault[]; readonly steps: readonly [] };
  readonly failure: { readonly rule: string; readonly what: string; readonly atMs: number } | null;
  readonly steps: number;
  readonly traceHash: number;
  readonly trace: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

const runs = { tools: runToolWorld, tabs: runTabWorld };
const BEGIN_MS = 1_700_000_000_000;

export function isSmallWorldName(name: string): name is SmallWorldName {
  return Object.hasOwn(runs, name);
}

export async function runSmallWorld(name: SmallWorldName, seed: string, isTraced: boolean): Promise<SmallVerdict> {
  await sodiumReady;
  useFastSignatures();
  const prng = createPrng(`${name}/${seed}`);
  const counts: Record<string, number> = {};
  let failure: SmallVerdict["failure"] = null;
  const indexedDb = (): never => {
    throw new Error("There is no storage here.");
  };
  const world = createWorld({ prng, isTraced, beginMs: BEGIN_MS, indexedDb });
  const fail = (rule: string, what: string): void => {
    failure ??= { rule, what, atMs: world.now() - BEGIN_MS };
    world.note(() => `BROKEN ${rule}: ${what}`);
  };
  const onReject = (error: unknown): void => fail("crash", String(error));
  process.on("unhandledRejection", onReject);
  try {
    await runs[name]({
      ...{ world, prng, fail },
      count: (what) => void (counts[what] = (counts[what] ?? 0) + 1),
      runUntil: (ms, isDone) => world.runUntil(BEGIN_MS + ms, () => failure !== null || isDone()),
    });
  } catch (error) {
    fail("crash", String(error));
  } finally {
    await new Promise((resolve) => process.nextTick(resolve));
    process.off("unhandledRejection", onReject);
    world.end();
  }
  const { steps, traceHash, trace } = world;
  return { seed, plan: { faults: [], steps: [] }, failure, steps, traceHash, trace, counts };
}
