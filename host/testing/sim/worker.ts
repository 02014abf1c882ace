/** One process of the simulator: it changes sources if it was told to, runs its share of the seeds, and reports each as one line of JSON. */
// First of all: lib0 keeps the clock and the randomness that it finds.
import { checkMicrotasks } from "./globals.ts";
import { parseArgs } from "node:util";
import { changeSources, fastSignatures } from "./hooks.ts";
import { mutants } from "./mutants.ts";
import type { Step } from "./plan.ts";
import { smallLimits } from "./smallLimits.ts";
import { ledgerOnToolDisk } from "./toolDisk.ts";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface BrokenReport {
  readonly kind: "broken";
  readonly seed: string;
  readonly rule: string;
  readonly what: string;
  readonly atMs: number;
  readonly faults: readonly string[];
  readonly planned: number;
  readonly shrunk: readonly string[];
}

export interface DoneReport {
  readonly kind: "done";
  readonly schedules: number;
  readonly steps: number;
  /** The schedule with the fewest; `null` when none held. */
  readonly shortest: { readonly seed: string; readonly steps: number } | null;
  /** Of all of them, in order. */
  readonly traceHash: string;
  readonly faults: Readonly<Record<string, number>>;
  /** What happened in them, in all. */
  readonly counts: Readonly<Record<string, number>>;
}

export type Report =
  | BrokenReport
  | DoneReport
  /** What it works at now: were it to go on for ever, or to end with the process, its parent knows which it was. */
  | { readonly kind: "begun"; readonly seed: string }
  | { readonly kind: "trace"; readonly lines: readonly string[] };

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "1" },
    to: { type: "string", default: "2" },
    stride: { type: "string", default: "1" },
    mutant: { type: "string" },
    replay: { type: "string" },
    /** Ends with the first that breaks, and does not cut it down. */
    first: { type: "boolean", default: false },
    /** The faults that show this mutant, without the mutant. */
    "faults-of": { type: "string" },
    /** All of it in this small world. */
    world: { type: "string" },
    /** seed:mutant,…: each with the faults of that mutant, without it. */
    plain: { type: "string" },
    /** With artifacts in every schedule. */
    writing: { type: "boolean", default: false },
    /** With projects that are destroyed. */
    destroying: { type: "boolean", default: false },
  },
});

const shrinkTriesMax = 60;
/** Artifacts whose pages died lie in the engine's own memory until somebody looks for them: nobody does while there is room in this one. */
const collectEvery = 8;
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const faultsOf = (name: string | undefined) => mutants.find((mutant) => mutant.name === name)?.faults ?? [];
/** What a bug is looked for with does not change when schedules learn something new; and what no bug is planted for is as its seed draws it. */
const isWritingFor = (name: string | undefined): boolean =>
  values.writing || name === undefined
    ? values.writing
    : mutants.some((mutant) => mutant.name === name && mutant.isWriting === true);
const isDestroyingFor = (name: string | undefined): boolean =>
  values.destroying || mutants.some((mutant) => mutant.name === name && mutant.isDestroying === true);
const mutant = mutants.find(({ name }) => name === values.mutant);
if (values.mutant !== undefined && mutant === undefined) throw new Error(`No such mutant: ${values.mutant}`);
changeSources([...fastSignatures, ...smallLimits, ...ledgerOnToolDisk, ...(mutant?.changes ?? [])]);
process.setMaxListeners(0);
await checkMicrotasks();
const { runSchedule } = await import("./simulation.ts");
const { removeRelayFolder } = await import("./relayNode.ts");
const { isSmallWorldName, runSmallWorld } = await import("./smallWorlds.ts");
type LargeVerdict = Awaited<ReturnType<typeof runSchedule>>;
type Verdict = LargeVerdict | Awaited<ReturnType<typeof runSmallWorld>>;

if (values.world !== undefined && !isSmallWorldName(values.world)) throw new Error(`No such world: ${values.world}`);

/** In the world that shows this mutant, with its faults. */
function runSeed(seed: string, name: string | undefined, isTraced = false): Promise<Verdict> {
  const small = mutants.find((each) => each.name === name)?.world ?? values.world;
  if (small !== undefined && isSmallWorldName(small)) return runSmallWorld(small, seed, isTraced);
  return runSchedule(seed, {
    isTraced,
    wanted: faultsOf(name),
    isWriting: isWritingFor(name),
    isDestroying: isDestroyingFor(name),
  });
}

const report = (line: Report): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

/** Leaves out what the failure does not need: halves first, then ever smaller parts, for as long as the same rule breaks. */
async function shrink(verdict: LargeVerdict): Promise<readonly Step[]> {
  const { seed, plan, failure } = verdict;
  let { steps } = plan;
  let tries = 0;
  let size = Math.ceil(steps.length / 2);
  while (size >= 1 && tries < shrinkTriesMax) {
    for (let at = 0; at < steps.length && tries < shrinkTriesMax;) {
      const fewer = [...steps.slice(0, at), ...steps.slice(at + size)];
      tries += 1;
      report({ kind: "begun", seed });
      const again = await runSchedule(seed, { plan: { ...plan, steps: fewer } });
      if (again.failure !== null && again.failure.rule === failure?.rule) steps = fewer;
      else at += size;
    }
    size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return steps;
}

async function reportBroken(verdict: Verdict): Promise<void> {
  const { seed, plan, failure } = verdict;
  if (failure === null) return;
  const shrunk = values.first || !("devices" in plan) ? [] : await shrink({ ...verdict, plan });
  report({
    kind: "broken",
    seed,
    ...failure,
    faults: plan.faults,
    planned: plan.steps.length,
    shrunk: shrunk.map(({ atMs, action }) => `${String(atMs).padStart(6)} ms ${JSON.stringify(action)}`),
  });
}

function* seeds(): Generator<{ readonly seed: string; readonly faultsOf: string | undefined }> {
  if (values.plain !== undefined) {
    for (const pair of values.plain.split(",")) {
      const [seed = "", name] = pair.split(":");
      yield { seed, faultsOf: name };
    }
    return;
  }
  const name = values["faults-of"] ?? values.mutant;
  for (let seed = Number(values.from); seed < Number(values.to); seed += Number(values.stride))
    yield { seed: String(seed), faultsOf: name };
}

async function runAll(): Promise<void> {
  let [schedules, steps, hash, written] = [0, 0, 0, 0];
  let shortest: DoneReport["shortest"] = null;
  const faults: Record<string, number> = {};
  const counts: Record<string, number> = {};
  for (const { seed, faultsOf: name } of seeds()) {
    report({ kind: "begun", seed });
    const verdict = await runSeed(seed, name);
    schedules += 1;
    steps += verdict.steps;
    if ("isWriting" in verdict.plan && verdict.plan.isWriting) {
      written += 1;
      if (written % collectEvery === 0) collect();
    }
    if (verdict.failure === null && verdict.steps < (shortest?.steps ?? Infinity))
      shortest = { seed, steps: verdict.steps };
    hash = (Math.imul(hash, 31) + verdict.traceHash) | 0;
    for (const fault of verdict.plan.faults) faults[fault] = (faults[fault] ?? 0) + 1;
    for (const [name, count] of Object.entries(verdict.counts)) counts[name] = (counts[name] ?? 0) + count;
    if (verdict.failure === null) continue;
    await reportBroken(verdict);
    if (values.first) break;
  }
  report({ kind: "done", schedules, steps, shortest, traceHash: hashToText(hash), faults, counts });
}

async function replay(seed: string): Promise<void> {
  const verdict = await runSeed(seed, values["faults-of"] ?? values.mutant, true);
  report({ kind: "trace", lines: verdict.trace });
  await reportBroken(verdict);
  const { steps } = verdict;
  const traceHash = hashToText(verdict.traceHash);
  report({
    kind: "done",
    schedules: 1,
    steps,
    shortest: { seed, steps },
    traceHash,
    faults: {},
    counts: verdict.counts,
  });
}

function hashToText(hash: number): string {
  return (hash >>> 0).toString(16).padStart(8, "0");
}

await (values.replay === undefined ? runAll() : replay(values.replay));
removeRelayFolder();
process.exit(0);
