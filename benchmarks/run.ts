/**
 * `npm run bench -- [NAME…] [--quick] [--only SUBJECT,…] [--rounds N]`: asks the named questions, or all of them. Prints a table for each and writes
 * `results/NAME.json`, its plots and the table at the top of README.md. With `--quick` it only shows that everything works, and writes nothing; with
 * `--redraw` it measures nothing, and draws plots and table again from the results that lie there.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createCollection } from "./collect.ts";
import { measureFloor } from "./floor.ts";
import { drawPlot } from "./plot.ts";
import type { Bench, Question } from "./question.ts";
import {
  describeMachine,
  printResult,
  readResult,
  versionsNow,
  writePlot,
  writeReadmeTable,
  writeResult,
  type Result,
} from "./report.ts";

/** In the order in which they are asked. */
const QUESTIONS: Readonly<Record<string, () => Promise<{ readonly question: Question }>>> = {
  stream: () => import("./stream.ts"),
  capacity: () => import("./capacity.ts"),
  gateway: () => import("./gateway.ts"),
  store: () => import("./store.ts"),
  backup: () => import("./backup.ts"),
  seal: () => import("./seal.ts"),
  open: () => import("./open.ts"),
  journal: () => import("./journal.ts"),
  retrieval: () => import("./retrieval.ts"),
  tools: () => import("./tools.ts"),
  client: () => import("./client.ts"),
  crdt: () => import("./crdt.ts"),
  search: () => import("./search.ts"),
  install: () => import("./install.ts"),
  artifacts: () => import("./artifacts.ts"),
  direct: () => import("./direct.ts"),
  growth: () => import("./growth.ts"),
  catchup: () => import("./catchup.ts"),
  lighthouse: () => import("./lighthouse.ts"),
};
const NAMES = Object.keys(QUESTIONS);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    list: { type: "boolean", default: false },
    redraw: { type: "boolean", default: false },
  },
});
const unknown = positionals.filter((name) => !NAMES.includes(name));
if (unknown.length > 0 || values.list) {
  console.log(`Questions: ${NAMES.join(", ")}.${unknown.length > 0 ? ` Not among them: ${unknown.join(", ")}.` : ""}`);
  process.exit(unknown.length > 0 ? 2 : 0);
}

const said = new Set<string>();
const sayOnce = (line: string): void => {
  if (!said.has(line)) console.log(line);
  said.add(line);
};

const peersFolder = join(import.meta.dirname, "peers/node_modules");
const only = values.only.split(",").filter((part) => part !== "");
const isKept = !values.quick && only.length === 0;
let [asked, failures] = [0, 0];
for (const [name, load] of Object.entries(QUESTIONS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  asked += 1;
  const { question } = await load();
  if (values.redraw) {
    const lies = readResult(name);
    if (lies !== null) writeResult({ ...lies, plots: drawPlots(name, question, lies.rows) });
    continue;
  }
  console.log(`\n── ${name}: ${question.asks}`);
  const folder = mkdtempSync(join(tmpdir(), `sovereign-bench-${name}-`));
  const collected = createCollection();
  const floors: Result["floors"] = {};
  const bench: Bench = {
    isQuick: values.quick,
    folder,
    wants: (subject) => only.length === 0 || only.some((part) => subject.toLowerCase().includes(part.toLowerCase())),
    hasPeers: (...packages) => {
      const missing = packages.filter((each) => !existsSync(join(peersFolder, each)));
      if (missing.length > 0)
        sayOnce(`Not measured beside ${missing.join(", ")}: \`npm ci --prefix benchmarks/peers\` installs the peers.`);
      return missing.length === 0;
    },
    say: (line) => console.log(`   ${line}`),
    note: collected.note,
    floor: (what, value, unit) => void (floors[what] = { value, unit }),
    compare: collected.compare,
  };
  const before = describeMachine();
  try {
    await measureFloor(bench);
    await question.run(bench);
  } catch (error) {
    failures += 1;
    console.error(error);
    continue;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const result: Result = {
    name,
    date: new Date().toISOString(),
    machine: { ...before, loadAfter: describeMachine().loadBefore },
    versions: versionsNow(),
    rows: collected.rows(),
    ratios: collected.ratios(),
    floors,
    plots: isKept ? drawPlots(name, question, collected.rows()) : [],
  };
  printResult(result);
  if (isKept) writeResult(result);
}
function drawPlots(name: string, { plots }: Question, rows: Result["rows"]): readonly string[] {
  return Object.entries(plots?.(rows) ?? {}).map(([what, plot]) => writePlot(`${name}-${what}`, drawPlot(plot)));
}

if (values.quick) console.log(`\n${asked - failures} passed, ${failures} failed`);
else writeReadmeTable();
process.exit(failures === 0 ? 0 : 1);
