/**
 * One schedule, from its seed to its verdict: a host and devices are brought up, chaos is let loose, then everything is healed and must come to
 * rest in time, with nothing lost, nothing invented, and the same everywhere.
 */
import { sodiumReady } from "#crypto/sodium.ts";
import { loadEngine } from "#sync/artifacts/engine.ts";
import { snapshotPace, type SnapshotPace } from "#sync/limits.ts";
import { chaos } from "./actions.ts";
import { countDestroyed, countUnkept } from "./destroying.ts";
import { found, startFrom, takeBeginning, type Beginning } from "./founding.ts";
import { heal } from "./healing.ts";
import type { Fault } from "./faults.ts";
import { restartRelay } from "./mishaps.ts";
import { createPlan, type Plan } from "./plan.ts";
import { createPrng, type Prng } from "./prng.ts";
import { useFastSignatures } from "./signatures.ts";
import { Broken, createHostKeys, createStage, describe, isExpected, type HostKeys, type Stage } from "./stage.ts";
import { finish } from "./verdict.ts";
import { createWorld, type SimNode, type World } from "./world.ts";

export interface Failure {
  readonly rule: string;
  readonly what: string;
  readonly atMs: number;
}

export interface Verdict {
  readonly seed: string;
  readonly plan: Plan;
  readonly failure: Failure | null;
  /** Events that ran after the beginning, in which some node did something. */
  readonly steps: number;
  readonly traceHash: number;
  readonly trace: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

export interface RunOptions {
  /** Instead of the plan that the seed draws. */
  readonly plan?: Plan;
  readonly wanted?: readonly Fault[];
  /** With artifacts, or without; left out, as the seed draws it. */
  readonly isWriting?: boolean | undefined;
  /** With projects that are destroyed. */
  readonly isDestroying?: boolean | undefined;
  readonly isTraced?: boolean;
}

/** Of a schedule that says something. */
const stepsMin = 200;

const BEGIN_MS = 1_700_000_000_000;

export async function runSchedule(seed: string, options: RunOptions = {}): Promise<Verdict> {
  await sodiumReady;
  useFastSignatures();
  const prng = createPrng(seed);
  const plan = options.plan ?? createPlan(prng, options.wanted, options.isWriting, options.isDestroying);
  // In a world nothing is fetched: what an artifact is opened with has to be there.
  if (plan.isWriting) await Promise.all([import("#sync/artifacts/artifact.ts"), loadEngine()]);
  if (plan.isDestroying) await import("#sync/destroying.ts");
  const beginning = plan.isFounded ? null : await beginningFor(plan.devices, plan.chats);
  const counts = {
    marks: 0,
    attempts: 0,
    acknowledged: 0,
    snapshots: 0,
    deleted: 0,
    letters: 0,
    taken: 0,
    destroyed: 0,
    unkept: 0,
  };
  if (beginning !== null && "rule" in beginning)
    return { seed, plan, failure: beginning, steps: 0, traceHash: 0, trace: [], counts };
  let stepsBefore = 0;
  const { failure, world } = await runWorld({
    prng,
    isTraced: options.isTraced ?? false,
    beginMs: beginning?.nowMs ?? BEGIN_MS,
    hostKeys: beginning?.hostKeys ?? createHostKeys(prng),
    agentTrouble: plan.agentTrouble,
    snapshotPace: plan.snapshotPace,
    work: async (stage) => {
      await (beginning === null ? found(stage, plan.devices, plan.chats) : startFrom(stage, beginning));
      stepsBefore = stage.world.steps;
      await chaos(stage, plan);
      await heal(stage, () => stage.world.steps - stepsBefore >= stepsMin);
      await finish(stage);
      const stored = stage.relay.storedEnvelopes();
      counts.marks = stage.marks;
      counts.letters = stage.letters;
      counts.taken = stage.taken;
      counts.destroyed = countDestroyed(stage);
      counts.unkept = countUnkept(stage);
      counts.attempts = stage.agent.attempts.length;
      counts.acknowledged = stage.wire.acknowledged.size;
      counts.snapshots = stage.wire.snapshots.size;
      // Acknowledged once, and since in nothing but a snapshot.
      counts.deleted = [...stage.wire.acknowledged.keys()].filter((hash) => !stored.has(hash)).length;
    },
  });
  const { traceHash, trace } = world;
  return { seed, plan, failure, steps: world.steps - stepsBefore, traceHash, trace, counts };
}

const beginnings = new Map<string, Beginning>();

/** Made once a process, and the same in each; what broke when there can be none. */
async function beginningFor(devices: number, chats: number): Promise<Beginning | Failure> {
  const name = `beginning/${devices}/${chats}`;
  const known = beginnings.get(name);
  if (known !== undefined) return known;
  const prng = createPrng(name);
  let made: Beginning | null = null;
  const { failure } = await runWorld({
    prng,
    isTraced: false,
    beginMs: BEGIN_MS,
    hostKeys: createHostKeys(prng),
    agentTrouble: 0,
    snapshotPace,
    work: async (stage) => {
      made = await takeBeginning(stage, devices, chats);
    },
  });
  if (failure !== null || made === null) return failure ?? { rule: "crash", what: "no beginning", atMs: 0 };
  beginnings.set(name, made);
  return made;
}

interface WorldRun {
  readonly prng: Prng;
  readonly isTraced: boolean;
  readonly beginMs: number;
  readonly hostKeys: HostKeys;
  readonly agentTrouble: number;
  readonly snapshotPace: SnapshotPace;
  readonly work: (stage: Stage) => Promise<void>;
}

/** One world from its making to its end, however it ends. */
async function runWorld(run: WorldRun): Promise<{ readonly failure: Failure | null; readonly world: World }> {
  const { prng, isTraced, beginMs, hostKeys, agentTrouble, work } = run;
  let failure: Failure | null = null;
  const world = createWorld({ prng, isTraced, beginMs, indexedDb: (node) => diskOf(node).factory });
  const fail = (rule: string, what: string): void => {
    if (failure !== null) return;
    failure = { rule, what, atMs: world.now() - beginMs };
    world.note(() => `BROKEN ${rule}: ${what}`);
  };
  const onReject = (error: unknown): void => {
    if (!isExpected(error)) fail("crash", describe(error));
  };
  process.on("unhandledRejection", onReject);
  process.on("uncaughtException", onReject);
  const stage = createStage({
    world,
    hostKeys,
    agentTrouble,
    snapshotPace: run.snapshotPace,
    fail,
    isBroken: () => failure !== null,
    onRelayBroken: (broken) => restartRelay(broken, 200),
  });
  const diskOf = (node: SimNode) => {
    const device = [...stage.devices, ...stage.clones].find((each) => each.node === node);
    if (device === undefined) throw new Error(`${node.name} has no disk`);
    return device.disk;
  };
  try {
    await work(stage);
  } catch (error) {
    if (!(error instanceof Broken)) fail("crash", describe(error));
  } finally {
    await tearDown(stage);
    process.off("unhandledRejection", onReject);
    process.off("uncaughtException", onReject);
    // Providers of pages that crashed never took theirs off.
    process.removeAllListeners("exit");
  }
  return { failure, world };
}

async function tearDown(stage: Stage): Promise<void> {
  const { world, devices, clones, agent, relay } = stage;
  for (const device of [...devices, ...clones]) if (device.node.isUp) device.crash(false);
  for (const { node, crash } of [agent, stage.twin]) if (node.isUp) crash();
  relay.end();
  await world.runUntil(world.now() + 1);
  world.end();
}
