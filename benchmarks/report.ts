/** What comes out of a question: a table on the screen, `results/NAME.json`, and the table at the top of README.md, made from those files alone. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import type { Ratio, Row } from "./collect.ts";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** Load averages over a minute: what else ran on it. */
  readonly loadBefore: number;
  readonly loadAfter?: number;
}

export interface Result {
  readonly name: string;
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
  readonly ratios: Readonly<Record<string, Ratio>>;
  readonly floors: Record<string, { readonly value: number; readonly unit: string }>;
  readonly plots: readonly string[];
}

const results = join(import.meta.dirname, "results");
const readme = join(import.meta.dirname, "README.md");
const [TABLE_BEGINS, TABLE_ENDS] = ["<!-- table: made by run.ts -->", "<!-- end of table -->"];

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

export function printResult({ rows, ratios, floors, machine }: Result): void {
  const subjects = [...new Set(rows.map(({ subject }) => subject))];
  const metrics = [...new Set(rows.map(({ metric, unit }) => JSON.stringify([metric, unit])))].map(
    (key) => JSON.parse(key) as [string, string],
  );
  const cells = metrics.map(([metric, unit]) => [
    `${metric} (${unit})`,
    ...subjects.map((subject) => {
      const row = rows.find((each) => each.subject === subject && each.metric === metric && each.unit === unit);
      return row === undefined ? "" : `${format(row.value)}${spreadOf(row.runs)}`;
    }),
  ]);
  printTable([["", ...subjects], ...cells]);
  const floorLines = Object.entries(floors).map(([name, { value, unit }]) => `${name} ${format(value)} ${unit}`);
  if (floorLines.length > 0) console.log(`floor: ${floorLines.join(" · ")}`);
  for (const [name, ratio] of Object.entries(ratios)) {
    const verdict =
      ratio.goal === undefined ? "" : `   goal ${ratio.goal}: ${ratio.isMet === true ? "met" : "NOT met"}`;
    console.log(`${name} = ${format(ratio.value)}${spreadOf(ratio.runs)}${verdict}`);
  }
  console.log(`load ${machine.loadBefore} before, ${machine.loadAfter ?? "?"} after, on ${machine.cores} cores`);
}

function printTable(lines: readonly (readonly string[])[]): void {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  for (const line of lines)
    console.log(
      line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  "),
    );
}

/** "(3.1-4.0)": the least and the most of the rounds. */
function spreadOf(runs: readonly number[]): string {
  return runs.length < 2 ? "" : ` (${format(Math.min(...runs))}-${format(Math.max(...runs))})`;
}

function format(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return "–";
  if (size >= 1_000) return Math.round(value).toLocaleString("en");
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** What lies there of an earlier run. */
export function readResult(name: string): Result | null {
  const file = join(results, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Result) : null;
}

export const versionsNow = (): Result["versions"] => ({
  node: process.version,
  sovereign: commitOf(),
  ...versionsOfPeers(),
});

export function writeResult(result: Result): void {
  mkdirSync(results, { recursive: true });
  const rounded = { ...result, rows: result.rows.map(roundRow), ratios: roundRatios(result.ratios) };
  writeFileSync(join(results, `${result.name}.json`), `${JSON.stringify(rounded, null, 1)}\n`);
}

const significant = (value: number): number => Number(value.toPrecision(4));
const roundRow = (row: Row): Row => ({ ...row, value: significant(row.value), runs: row.runs.map(significant) });
const roundRatios = (ratios: Result["ratios"]): Result["ratios"] =>
  Object.fromEntries(
    Object.entries(ratios).map(([name, ratio]) => [
      name,
      { ...ratio, value: significant(ratio.value), runs: ratio.runs.map(significant) },
    ]),
  );

function commitOf(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: import.meta.dirname, encoding: "utf8" }).trim();
  } catch {
    // reason: a copy without git has no commit to name.
    return "unknown";
  }
}

function versionsOfPeers(): Record<string, string> {
  const lock = join(import.meta.dirname, "peers/package.json");
  const { dependencies } = JSON.parse(readFileSync(lock, "utf8")) as { dependencies: Record<string, string> };
  return dependencies;
}

export function writePlot(name: string, svg: string): string {
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${name}.svg`), svg);
  return `results/${name}.svg`;
}

/** One line a goal, of every result that lies there. */
export function writeReadmeTable(): void {
  if (!existsSync(results) || !existsSync(readme)) return;
  const text = readFileSync(readme, "utf8");
  const [begins, ends] = [text.indexOf(TABLE_BEGINS), text.indexOf(TABLE_ENDS)];
  if (begins === -1 || ends === -1) return;
  const lines = ["| question | ratio, in one run | measured | goal | | load |", "|---|---|---|---|---|---|"];
  for (const file of readdirSync(results)
    .filter((each) => each.endsWith(".json"))
    .sort()) {
    const { name, ratios, machine, date } = JSON.parse(readFileSync(join(results, file), "utf8")) as Result;
    for (const [ratio, { value, runs, goal, isMet }] of Object.entries(ratios)) {
      if (goal === undefined) continue;
      lines.push(
        `| [\`${name}\`](results/${file}) ${date.slice(0, 10)} | ${ratio} | **${format(value)}**${spreadOf(runs)} | ${goal} | ${isMet === true ? "met" : "not met"} | ${machine.loadBefore} |`,
      );
    }
  }
  const table = `${TABLE_BEGINS}\n${lines.join("\n")}\n`;
  writeFileSync(readme, text.slice(0, begins) + table + text.slice(ends));
}
