/**
 * Plants each bug of mutants.ts and looks for a schedule that shows it: first the seed that caught it the last time (mutantSeeds.json), then others.
 * A seed that breaks without the bug as well says nothing about it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mutant } from "./mutant.ts";
import { mutants } from "./mutants.ts";
import type { BrokenReport } from "./worker.ts";
import { runFirst, runWorker, workersMax } from "./workers.ts";

export interface MutantOptions {
  /** This one alone. */
  readonly only: string | undefined;
  /** Where looking begins, when the known seed does not show it any more. */
  readonly from: number;
  /** Schedules that it may live through before it counts as not caught. */
  readonly seedsMax: number;
  /** Writes the seeds that were found for the next time. */
  readonly isKept: boolean;
  readonly say: (line: string) => void;
}

const file = join(import.meta.dirname, "mutantSeeds.json");

export function readMutantSeeds(): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
}

export async function runMutants({ only, from, seedsMax, isKept, say }: MutantOptions): Promise<number> {
  const chosen = mutants.filter(({ name }) => only === undefined || name === only);
  const known = readMutantSeeds();
  const kept: Record<string, string> = {};
  // Without the bugs, all known seeds must hold; one process can look at all of them.
  const bad = await brokenWithout(
    chosen.flatMap(({ name }) => (known[name] === undefined ? [] : [`${known[name]}:${name}`])),
  );
  const waiting = [...chosen];
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const { name, meaning } = mutant;
      const seed = bad.has(name) ? undefined : known[name];
      const { report, problem } = await catchMutant(mutant, seed, from, seedsMax);
      if (report !== null) {
        kept[name] = report.seed;
        const moved = report.seed === known[name] ? "" : " (another than before)";
        say(`caught   ${name.padEnd(30)} by seed ${report.seed}${moved}: ${report.rule} ${report.what.slice(0, 100)}`);
      } else say(`ALIVE    ${name.padEnd(30)} ${meaning}${problem === "" ? "" : ` (${problem})`}`);
    }
  };
  await Promise.all(Array.from({ length: workersMax }, work));
  const caught = Object.keys(kept).length;
  say(`${caught} of ${chosen.length} mutants caught`);
  if (isKept) writeFileSync(file, `${JSON.stringify(sorted({ ...known, ...kept }), null, 2)}\n`);
  return caught === chosen.length ? 0 : 1;
}

interface Outcome {
  readonly report: BrokenReport | null;
  /** Why it could not be run. */
  readonly problem: string;
}

async function catchMutant(
  { name }: Mutant,
  seed: string | undefined,
  from: number,
  seedsMax: number,
): Promise<Outcome> {
  if (seed !== undefined) {
    const { found, errors } = await runFirst(["--from", seed, "--to", String(Number(seed) + 1), "--mutant", name]);
    if (found !== null) return { report: found, problem: "" };
    if (errors !== "") return { report: null, problem: firstError(errors) };
  }
  for (let next = from; next < from + seedsMax;) {
    const planted = await runFirst(["--from", String(next), "--to", String(from + seedsMax), "--mutant", name]);
    if (planted.found === null) return { report: null, problem: firstError(planted.errors) };
    if (!(await brokenWithout([`${planted.found.seed}:${name}`])).has(name))
      return { report: planted.found, problem: "" };
    next = Number(planted.found.seed) + 1;
  }
  return { report: null, problem: "" };
}

/** The mutants whose seeds break without them. */
async function brokenWithout(pairs: readonly string[]): Promise<ReadonlySet<string>> {
  if (pairs.length === 0) return new Set();
  const broken = new Set<string>();
  const ended = await Promise.all(
    Array.from({ length: workersMax }, (_, index) => {
      const share = pairs.filter((_pair, at) => at % workersMax === index);
      if (share.length === 0) return null;
      return runWorker(["--plain", share.join(",")], (report) => {
        if (report.kind === "broken") broken.add(report.seed);
      });
    }),
  );
  for (const end of ended) if (end !== null && end.stuckAt !== null) broken.add(end.stuckAt);
  return new Set(
    pairs.map((pair) => pair.split(":")).flatMap(([seed = "", name = ""]) => (broken.has(seed) ? [name] : [])),
  );
}

function firstError(errors: string): string {
  return (
    errors
      .split("\n")
      .find((line) => line.includes("rror:"))
      ?.trim() ?? errors.trim()
  );
}

function sorted(seeds: Record<string, string>): Record<string, string> {
  const names = new Set(mutants.map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(seeds)
      .filter(([name]) => names.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
