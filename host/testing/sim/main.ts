/**
 * Runs schedules against the real core, and says which broke:
 *
 *   node host/testing/sim/main.ts --seeds 2000 [--from 1]     schedules by seed, on two processes
 *   node host/testing/sim/main.ts --replay SEED [--mutant M]  one schedule, with everything that happened in it
 *   node host/testing/sim/main.ts --mutants [--only NAME]     plants each bug of mutants.ts and says which seed caught it
 *   node host/testing/sim/main.ts --mutants --keep            … and remembers those seeds
 *   node host/testing/sim/main.ts --seeds 500 --mutant M      schedules with one bug planted
 *   node host/testing/sim/main.ts --seeds 500 --writing       … with an artifact in each, that all devices and a model write in
 *   node host/testing/sim/main.ts --seeds 500 --destroying    … with projects that are destroyed while others write in them
 *   node host/testing/sim/main.ts --seeds 500 --world W       schedules of a small world (smallWorlds.ts): tools, tabs
 *   node host/testing/sim/main.ts --failed                    the seeds that have ever shown a fault (failedSeeds.ts)
 *
 * Ends with 0 when nothing broke (with --mutants: when every mutant was caught).
 */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { failedSeeds } from "./failedSeeds.ts";
import { runMutants } from "./mutantRun.ts";
import type { BrokenReport } from "./worker.ts";
import { runWorker, toBroken, workersMax } from "./workers.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    from: { type: "string", default: "1" },
    replay: { type: "string" },
    mutant: { type: "string" },
    mutants: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    only: { type: "string" },
    /** The faults that a mutant is looked for with, without the mutant. */
    "faults-of": { type: "string" },
    failed: { type: "boolean", default: false },
    writing: { type: "boolean", default: false },
    destroying: { type: "boolean", default: false },
    world: { type: "string" },
  },
});
const mutantSeedsMax = Number(process.env["SIM_MUTANT_SEEDS"] ?? 400);
const planted = [
  ...(values.writing ? ["--writing"] : []),
  ...(values.destroying ? ["--destroying"] : []),
  ...(values.mutant === undefined ? [] : ["--mutant", values.mutant]),
  ...(values["faults-of"] === undefined ? [] : ["--faults-of", values["faults-of"]]),
  ...(values.world === undefined ? [] : ["--world", values.world]),
];

function say(line: string): void {
  console.log(line);
}

function sayBroken(report: BrokenReport): void {
  say(`seed ${report.seed} (commit ${commit()}) broke ${report.rule} at ${report.atMs} ms: ${report.what}`);
  const { faults, shrunk, planned } = report;
  say(`  faults: ${faults.join(", ") || "none"}; cut down to ${shrunk.length} of ${planned} actions:`);
  for (const line of shrunk) say(`    ${line}`);
  say(`  again: ${["node host/testing/sim/main.ts --replay", report.seed, ...planted].join(" ")}`);
}

/** Which sources broke: with changes that are in no commit, one with a plus behind it. */
function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "-uno") === "" ? "" : "+");
  } catch {
    // reason: a copy without its history is still a simulator.
    return "unknown";
  }
}

async function runSeeds(): Promise<number> {
  const [first, count] = [Number(values.from), Number(values.seeds)];
  const to = first + count;
  const begun = performance.now();
  let [schedules, steps, broken] = [0, 0, 0];
  let shortest = { seed: "none", steps: Infinity };
  let isWhole = true;
  const faults = new Map<string, number>();
  const counts = new Map<string, number>();
  const work = async (from: number): Promise<void> => {
    const range = ["--from", String(from), "--to", String(to), "--stride", String(workersMax)];
    const end = await runWorker([...range, ...planted], (report) => {
      if (report.kind === "broken") {
        broken += 1;
        sayBroken(report);
      } else if (report.kind === "done") {
        schedules += report.schedules;
        steps += report.steps;
        if (report.shortest !== null && report.shortest.steps < shortest.steps) shortest = report.shortest;
        for (const [fault, times] of Object.entries(report.faults)) faults.set(fault, (faults.get(fault) ?? 0) + times);
        for (const [name, count] of Object.entries(report.counts)) counts.set(name, (counts.get(name) ?? 0) + count);
      }
    });
    if (end.isWhole) return;
    isWhole = false;
    if (end.stuckAt === null) return say(end.errors);
    broken += 1;
    sayBroken(toBroken(end.stuckAt, end.errors));
    // The others of its share are still to be run.
    return work(Number(end.stuckAt) + workersMax);
  };
  await Promise.all(Array.from({ length: workersMax }, (_, index) => work(first + index)));
  const seconds = (performance.now() - begun) / 1_000;
  const each = Math.round(steps / Math.max(1, schedules));
  const speed = `${(schedules / seconds).toFixed(1)} a second on ${workersMax} processes`;
  say(
    `${schedules} schedules, ${steps} steps (${each} each, ${shortest.steps} at least, by seed ${shortest.seed}), ${broken} broken; ${speed}`,
  );
  const hits = [...faults].sort().map(([fault, times]) => `${fault} ${times}`);
  say(`faults: ${hits.join(", ")}`);
  say(`in them: ${[...counts].map(([name, count]) => `${name} ${count}`).join(", ")}`);
  return broken > 0 || !isWhole || schedules !== count ? 1 : 0;
}

/** All of them by one process: each is short. */
async function runFailed(): Promise<number> {
  const broken = new Set<string>();
  const pairs = failedSeeds.map(({ seed, faultsOf = "" }) => `${seed}:${faultsOf}`);
  const { isWhole, stuckAt, errors } = await runWorker(["--plain", pairs.join(",")], (report) => {
    if (report.kind !== "broken") return;
    broken.add(report.seed);
    sayBroken(report);
  });
  if (!isWhole) {
    say(errors);
    if (stuckAt !== null) broken.add(stuckAt);
  }
  for (const { seed, showed } of failedSeeds) say(`${broken.has(seed) ? "BROKE" : "held "} ${seed}: ${showed}`);
  return isWhole && broken.size === 0 ? 0 : 1;
}

async function replay(seed: string): Promise<number> {
  let isBroken = false;
  const { isWhole, errors } = await runWorker(["--replay", seed, ...planted], (report) => {
    if (report.kind === "trace") for (const line of report.lines) say(line);
    if (report.kind === "broken") {
      isBroken = true;
      sayBroken(report);
    }
    if (report.kind === "done") say(`${report.steps} steps, trace ${report.traceHash}`);
  });
  if (!isWhole) say(errors);
  return isBroken || !isWhole ? 1 : 0;
}

process.exitCode = await (values.replay !== undefined
  ? replay(values.replay)
  : values.failed
    ? runFailed()
    : values.mutants
      ? runMutants({ only: values.only, from: Number(values.from), seedsMax: mutantSeedsMax, isKept: values.keep, say })
      : runSeeds());
