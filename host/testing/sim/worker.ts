/** One process of the simulator: it changes sources if it was told to, runs its share of the seeds, and reports each as one line of JSON. */
// First of all: lib0 keeps the clock and the randomness that it finds.
import "./globals.ts";
import { parseArgs } from "node:util";
import { changeSources, fastSignatures } from "./hooks.ts";
import { smallLimits } from "./smallLimits.ts";
import { mutants } from "./mutants.ts";
import type { Step } from "./plan.ts";

export type Report =
  | {
      readonly kind: "broken";
      readonly seed: string;
      readonly rule: string;
      readonly what: string;
      readonly atMs: number;
      readonly faults: readonly string[];
      readonly planned: number;
      readonly shrunk: readonly string[];
    }
  | { readonly kind: "trace"; readonly lines: readonly string[] }
  | {
      readonly kind: "done";
      readonly schedules: number;
      readonly steps: number;
      readonly traceHash: string;
      readonly faults: Readonly<Record<string, number>>;
    };

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "1" },
    to: { type: "string", default: "2" },
    stride: { type: "string", default: "1" },
    mutant: { type: "string" },
    replay: { type: "string" },
    first: { type: "boolean", default: false },
    /** The faults that show this mutant, without the mutant. */
    "faults-of": { type: "string" },
  },
});

const mutant = mutants.find(({ name }) => name === values.mutant);
if (values.mutant !== undefined && mutant === undefined) throw new Error(`No such mutant: ${values.mutant}`);
changeSources([...fastSignatures, ...smallLimits, ...(mutant?.changes ?? [])]);
const wanted = mutants.find(({ name }) => name === (values["faults-of"] ?? values.mutant))?.faults ?? [];
process.setMaxListeners(0);
const { runSchedule } = await import("./simulation.ts");
const { removeRelayFolder } = await import("./relayNode.ts");
type Verdict = Awaited<ReturnType<typeof runSchedule>>;

const report = (line: Report): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

/** Leaves out what the failure does not need: halves first, then ever smaller parts, for as long as the same rule breaks. */
async function shrink(verdict: Verdict, triesMax: number): Promise<readonly Step[]> {
  const { seed, plan, failure } = verdict;
  let { steps } = plan;
  let tries = 0;
  for (
    let size = Math.ceil(steps.length / 2);
    size >= 1 && tries < triesMax;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < steps.length && tries < triesMax;) {
      const fewer = [...steps.slice(0, at), ...steps.slice(at + size)];
      tries += 1;
      const again = await runSchedule(seed, { plan: { ...plan, steps: fewer } });
      if (again.failure !== null && again.failure.rule === failure?.rule) steps = fewer;
      else at += size;
    }
  }
  return steps;
}

async function reportBroken(verdict: Verdict, triesMax: number): Promise<void> {
  const { seed, plan, failure } = verdict;
  if (failure === null) return;
  const shrunk = triesMax === 0 ? [] : await shrink(verdict, triesMax);
  report({
    kind: "broken",
    seed,
    ...failure,
    faults: plan.faults,
    planned: plan.steps.length,
    shrunk: shrunk.map(({ atMs, action }) => `${String(atMs).padStart(6)} ms ${JSON.stringify(action)}`),
  });
}

const hashToText = (hash: number): string => (hash >>> 0).toString(16).padStart(8, "0");

if (values.replay !== undefined) {
  const verdict = await runSchedule(values.replay, { isTraced: true, wanted });
  report({ kind: "trace", lines: verdict.trace });
  await reportBroken(verdict, 60);
  report({ kind: "done", schedules: 1, steps: verdict.steps, traceHash: hashToText(verdict.traceHash), faults: {} });
} else {
  let [schedules, steps, hash] = [0, 0, 0];
  const faults: Record<string, number> = {};
  for (let seed = Number(values.from); seed < Number(values.to); seed += Number(values.stride)) {
    const verdict = await runSchedule(String(seed), { wanted });
    schedules += 1;
    steps += verdict.steps;
    hash = (Math.imul(hash, 31) + verdict.traceHash) | 0;
    for (const fault of verdict.plan.faults) faults[fault] = (faults[fault] ?? 0) + 1;
    if (verdict.failure === null) continue;
    await reportBroken(verdict, values.first ? 0 : 60);
    if (values.first) break;
  }
  report({ kind: "done", schedules, steps, traceHash: hashToText(hash), faults });
}
removeRelayFolder();
process.exit(0);
