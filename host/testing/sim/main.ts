/**
 * Runs schedules against the real core, and says which broke:
 *
 *   node host/testing/sim/main.ts --seeds 2000 [--from 1]     schedules by seed, on two processes
 *   node host/testing/sim/main.ts --replay SEED [--mutant M]  one schedule, with everything that happened in it
 *   node host/testing/sim/main.ts --mutants [--only NAME]     plants each bug of mutants.ts and says which seed caught it
 *   node host/testing/sim/main.ts --seeds 500 --mutant M      schedules with one bug planted
 *
 * Ends with 0 when nothing broke (with --mutants: when every mutant was caught).
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { Report } from "./worker.ts";
import { mutants } from "./mutants.ts";

type Broken = Extract<Report, { kind: "broken" }>;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    from: { type: "string", default: "1" },
    replay: { type: "string" },
    mutant: { type: "string" },
    mutants: { type: "boolean", default: false },
    only: { type: "string" },
    /** The faults that a mutant is looked for with, without the mutant. */
    "faults-of": { type: "string" },
  },
});
const processes = Math.min(2, availableParallelism());
/** Schedules that a mutant may live through before it counts as not caught. */
const mutantSeedsMax = Number(process.env["SIM_MUTANT_SEEDS"] ?? 400);

/** Runs a worker and hands over each of its reports; resolves with its exit code. */
function runWorker(
  options: readonly string[],
  onReport: (report: Report) => void,
): Promise<{ code: number; errors: string }> {
  const child = spawn(process.execPath, ["--no-warnings", `${import.meta.dirname}/worker.ts`, ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let rest = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onReport(JSON.parse(line) as Report);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code: code ?? 1, errors })));
}

function say(line: string): void {
  console.log(line);
}

function sayBroken(report: Broken, mutant: string | undefined): void {
  const planted = mutant === undefined ? "" : ` --mutant ${mutant}`;
  say(`seed ${report.seed} broke ${report.rule} at ${report.atMs} ms: ${report.what}`);
  say(
    `  faults: ${report.faults.join(", ") || "none"}; cut down to ${report.shrunk.length} of ${report.planned} actions:`,
  );
  for (const line of report.shrunk) say(`    ${line}`);
  say(`  again: node host/testing/sim/main.ts --replay ${report.seed}${planted}`);
}

async function runSeeds(): Promise<number> {
  const [from, count] = [Number(values.from), Number(values.seeds)];
  const begun = performance.now();
  let [schedules, steps, broken] = [0, 0, 0];
  const faults = new Map<string, number>();
  const counts = new Map<string, number>();
  const planted = values.mutant === undefined ? [] : ["--mutant", values.mutant];
  if (values["faults-of"] !== undefined) planted.push("--faults-of", values["faults-of"]);
  const outcomes = await Promise.all(
    Array.from({ length: processes }, (_, index) =>
      runWorker(
        ["--from", String(from + index), "--to", String(from + count), "--stride", String(processes), ...planted],
        (report) => {
          if (report.kind === "broken") {
            broken += 1;
            sayBroken(report, values.mutant);
          } else if (report.kind === "done") {
            schedules += report.schedules;
            steps += report.steps;
            for (const [fault, times] of Object.entries(report.faults))
              faults.set(fault, (faults.get(fault) ?? 0) + times);
            for (const [name, count] of Object.entries(report.counts))
              counts.set(name, (counts.get(name) ?? 0) + count);
          }
        },
      ),
    ),
  );
  for (const { code, errors } of outcomes) if (code !== 0) say(errors);
  const seconds = (performance.now() - begun) / 1_000;
  say(
    `${schedules} schedules, ${steps} steps (${Math.round(steps / Math.max(1, schedules))} each), ${broken} broken; ${(schedules / seconds).toFixed(1)} a second on ${processes} processes`,
  );
  say(
    `faults: ${[...faults]
      .sort()
      .map(([fault, times]) => `${fault} ${times}`)
      .join(", ")}`,
  );
  say([...counts].map(([name, count]) => `${name} ${count}`).join(", "));
  const isFailed = broken > 0 || schedules !== count || outcomes.some(({ code }) => code !== 0);
  return isFailed ? 1 : 0;
}

async function runFirst(options: readonly string[]): Promise<{ found: Broken | null; errors: string }> {
  const reports: Broken[] = [];
  const { errors } = await runWorker(options, (report) => {
    if (report.kind === "broken") reports.push(report);
  });
  return { found: reports[0] ?? null, errors };
}

async function runMutants(): Promise<number> {
  const chosen = mutants.filter(({ name }) => values.only === undefined || name === values.only);
  const waiting = [...chosen];
  let caught = 0;
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const { name, meaning } = mutant;
      let from = Number(values.from);
      let report: Broken | null = null;
      let problem = "";
      const to = from + mutantSeedsMax;
      while (from < to && report === null && problem === "") {
        const seeds = ["--from", String(from), "--to", String(to), "--first"];
        const planted = await runFirst([...seeds, "--mutant", name]);
        if (planted.found === null) {
          problem = planted.errors;
          break;
        }
        from = Number(planted.found.seed) + 1;
        // A seed that breaks without the bug says nothing about it.
        const plain = await runFirst([
          "--from",
          planted.found.seed,
          "--to",
          String(from),
          "--first",
          "--faults-of",
          name,
        ]);
        if (plain.found === null) report = planted.found;
      }
      if (report !== null) {
        caught += 1;
        say(`caught   ${name.padEnd(28)} by seed ${report.seed}: ${report.rule} ${report.what.slice(0, 110)}`);
      } else {
        const why = problem.split("\n").find((line) => line.includes("rror:")) ?? problem;
        say(`ALIVE    ${name.padEnd(28)} ${meaning}${why === "" ? "" : ` (${why.trim()})`}`);
      }
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  say(`${caught} of ${chosen.length} mutants caught`);
  return caught === chosen.length ? 0 : 1;
}

async function replay(seed: string): Promise<number> {
  const planted = values.mutant === undefined ? [] : ["--mutant", values.mutant];
  let isBroken = false;
  const { code, errors } = await runWorker(["--replay", seed, ...planted], (report) => {
    if (report.kind === "trace") for (const line of report.lines) say(line);
    if (report.kind === "broken") {
      isBroken = true;
      sayBroken(report, values.mutant);
    }
    if (report.kind === "done") say(`${report.steps} steps, trace ${report.traceHash}`);
  });
  if (code !== 0) say(errors);
  return isBroken || code !== 0 ? 1 : 0;
}

process.exitCode = await (values.replay !== undefined
  ? replay(values.replay)
  : values.mutants
    ? runMutants()
    : runSeeds());
