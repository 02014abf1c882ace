/**
 * artifacts: what an artifact's history costs in time and in bytes. Budgets, each noted as a goal beside ours in every round, and Automerge by
 * itself beside both: what is between them is ours. The engine is loaded before anything is timed.
 *
 * The history is the one of a real text, typed letter by letter (`parts/paperEdits.mjs`), with a model that changes a line now and again.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";
import { createDeviceKeys } from "#crypto/device.ts";
import { docIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { openArtifact, type Artifact } from "#sync/artifacts/artifact.ts";
import { loadEngine, type Engine } from "#sync/artifacts/engine.ts";
import { hunksBetween } from "#sync/artifacts/hunks.ts";
import { percentile } from "./collect.ts";
import { eachLetter, readTrace } from "./parts/paperEdits.mjs";
import type { Bench, Question } from "./question.ts";

const OURS = "Sovereign";
const GOAL = "goal";
const ALONE = "Automerge alone";
const id = docIdFromBytes(new Uint8Array(16).fill(7));

export const question: Question = {
  asks: "what an artifact's history costs: opening, viewing, comparing, merging, and bytes",
  run: async (bench) => {
    await sodiumReady;
    const engine = await loadEngine();
    const runs: readonly Run[] = readTrace();
    measureEngine(bench);
    const rounds = bench.isQuick ? 1 : 7;
    const long = await createLong(engine, runs);
    for (let round = 0; round <= rounds; round++) await measureTimes(bench, engine, long, round > 0);
    await measureHistory(bench, engine, bench.isQuick ? runs.slice(0, 2_000) : runs);
  },
};

/** By one device after another: each opening is a sitting of its own. */
interface Desk {
  readonly engine: Engine;
  readonly keys: ReturnType<typeof createDeviceKeys>;
  nowMs: number;
  /** What an artifact waits for: one thing, and what it is. */
  due: { readonly atMs: number; readonly act: () => void } | null;
}

const createDesk = (engine: Engine): Desk => ({
  engine,
  keys: createDeviceKeys(systemRandom),
  nowMs: 1_700_000_000_000,
  due: null,
});

function pass(desk: Desk, untilMs: number): void {
  const { due } = desk;
  if (due !== null && due.atMs <= untilMs) {
    desk.nowMs = due.atMs;
    desk.due = null;
    due.act();
  }
  desk.nowMs = untilMs;
}

function open(desk: Desk, doc: Doc): Promise<Artifact> {
  return openArtifact({
    id,
    doc,
    engine: desk.engine,
    clock: {
      now: () => desk.nowMs,
      after: (delayMs, act) => {
        desk.due = { atMs: desk.nowMs + delayMs, act };
        return () => void (desk.due = null);
      },
    },
    keys: desk.keys,
    signKeyOf: () => desk.keys.sign.publicKey,
    // As somebody writes who is alone with it.
    isReadAlong: () => false,
    onDamaged: (chunk) => {
      throw new Error(`A chunk is damaged: ${chunk}`);
    },
  });
}

interface Long {
  readonly state: Uint8Array;
  /** Where it was after each change. */
  readonly heads: readonly (readonly string[])[];
  readonly alone: Uint8Array;
}

const changes = 1_000;
const sittings = 10;

/** 100 kB with 1,000 changes in ten sittings: prose of the trace, then words of it put here and there. */
async function createLong(engine: Engine, runs: readonly Run[]): Promise<Long> {
  const desk = createDesk(engine);
  let prose = "";
  for (const [, at, deleted, text] of runs) prose = prose.slice(0, at) + text + prose.slice(at + deleted);
  const doc = new Doc();
  const heads: string[][] = [];
  let alone = new Uint8Array(0);
  for (let sitting = 0; sitting < sittings; sitting++) {
    const artifact = await open(desk, doc);
    if (sitting === 0) artifact.rewrite(prose.slice(0, 90_000));
    for (let change = 0; change < changes / sittings; change++) {
      desk.nowMs += 5_000;
      const at = (7_919 * (sitting * 101 + change)) % artifact.text().length;
      artifact.splice(at, change % 3 === 0 ? 4 : 0, prose.slice(at, at + 12));
      artifact.settle();
      heads.push([...artifact.heads()]);
    }
    alone = artifact.export().slice();
    await artifact.close();
    desk.nowMs += 3_600_000;
  }
  return { state: encodeStateAsUpdate(doc), heads, alone };
}

async function measureTimes(
  bench: Bench,
  engine: Engine,
  { state, heads, alone }: Long,
  isCounted: boolean,
): Promise<void> {
  const desk = createDesk(engine);
  const note = (metric: string, ms: number, goalMs: number): void => {
    if (!isCounted) return;
    bench.note(OURS, metric, ms, "ms");
    bench.note(GOAL, metric, goalMs, "ms");
    bench.compare({ metric, ours: OURS, theirs: GOAL, atMost: 1 });
  };
  const doc = new Doc();
  let artifact: Artifact | null = null;
  const opening = await timed(async () => {
    applyUpdate(doc, state);
    artifact = await open(desk, doc);
    return artifact.text().length;
  });
  note("open, 100 kB with 1,000 changes", opening, 150);
  if (isCounted)
    bench.note(
      ALONE,
      "open, 100 kB with 1,000 changes",
      await timed(() => Promise.resolve(engine.A.load<{ text: string }>(alone).text.length)),
      "ms",
    );
  const here = artifact as Artifact | null;
  if (here === null) throw new Error("It was not opened.");

  const views: number[] = [];
  for (let at = 0; at < heads.length; at += 25)
    views.push(await timed(() => Promise.resolve(here.textAt([...(heads[at] ?? [])]))));
  note("view of a version, median", percentile(views, 0.5), 20);
  note("view of a version, slowest of 40", Math.max(...views), 20);
  const diffs: number[] = [];
  const lines: number[] = [];
  for (let at = 50; at < heads.length; at += 50) {
    const [from, to] = [[...(heads[at - 50] ?? [])], [...(heads[(at * 7) % heads.length] ?? [])]];
    diffs.push(await timed(() => Promise.resolve(here.diff(from, to))));
    const [before, after] = [here.textAt(from), here.textAt(to)];
    lines.push(await timed(() => Promise.resolve(hunksBetween(before, after))));
  }
  note("diff of two versions, median", percentile(diffs, 0.5), 30);
  note("diff of two versions, slowest of 19", Math.max(...diffs), 30);
  note("the same in lines, for a person, median", percentile(lines, 0.5), 30);

  // A model saw it a hundred changes ago, and changes twenty lines.
  const base = [...(heads.at(-100) ?? [])];
  const seen = here.textAt(base).split("\n");
  const step = Math.floor(seen.length / 20);
  const edited = seen.map((line, at) => (at % step === 0 ? `${line} And so on.` : line)).join("\n");
  const by = { run: "ab".repeat(16), model: "model", at: desk.nowMs, index: 0 };
  let name = "";
  const filing = await timed(() => {
    const filed = here.propose({ kind: "whole", text: edited }, base, by);
    if (filed.kind !== "filed") throw new Error(filed.says);
    name = filed.id;
    return Promise.resolve();
  });
  if (isCounted) bench.note(OURS, "a model's edit, filed", filing, "ms");
  const looking = await timed(() => Promise.resolve(here.view(name)?.hunks.length));
  if (isCounted) bench.note(OURS, "a proposal's diff, shown", looking, "ms");
  note("merge, a proposal of 20 hunks", await timed(() => Promise.resolve(here.accept(name))), 40);

  const elsewhere = new Doc();
  applyUpdate(elsewhere, encodeStateAsUpdate(doc));
  const there = await open(createDesk(engine), elsewhere);
  for (let change = 0; change < 100; change++) {
    there.splice(change * 800, 0, "elsewhere ");
    there.settle();
  }
  const update = encodeStateAsUpdate(elsewhere);
  here.splice(0, 0, "here ");
  note(
    "merge, 100 changes of another device",
    await timed(() => Promise.resolve(applyUpdate(doc, update, "remote"))),
    40,
  );
  if (!here.text().includes("elsewhere ")) throw new Error("Nothing was merged.");
  await Promise.all([here.close(), there.close()]);
}

/**
 * Typed letter by letter as it was, folded after each sitting; and a model that changes a line now and again. The trace has whole seconds: the
 * letters of one stand evenly in it, and the artifact makes its changes of them as its own clock says.
 */
async function measureHistory(bench: Bench, engine: Engine, runs: readonly Run[]): Promise<void> {
  const desk = createDesk(engine);
  const doc = new Doc();
  let artifact = await open(desk, doc);
  let model = 0;
  let sinceModel = 0;
  let opened = 1;
  const startedMs = performance.now();
  for (const [seconds, ofSecond] of bySecond(runs)) {
    pass(desk, desk.nowMs + seconds * 1_000);
    // Nobody leaves it open for half an hour without a word.
    if (seconds > 1_800) {
      await artifact.close();
      artifact = await open(desk, doc);
      opened += 1;
      if (sinceModel > 2_000) {
        letModelEdit(artifact, model, desk.nowMs);
        model += 1;
        sinceModel = 0;
      }
    }
    const letters = ofSecond.reduce((sum, [, , deleted, text]) => sum + deleted + text.length, 0);
    const startMs = desk.nowMs;
    let letter = 0;
    for (const run of ofSecond)
      eachLetter([...run], (at: number, deleted: number, text: string) => {
        pass(desk, startMs + (1_000 * letter++) / letters);
        artifact.splice(at, deleted, text);
      });
    desk.nowMs = startMs;
    sinceModel += letters;
  }
  await artifact.close();
  const final = await open(desk, doc);
  const text = final.text();
  bench.say(
    `${runs.length.toLocaleString("en")} runs of the trace in ${opened} sittings, ${model} edits of a model, in ${Math.round((performance.now() - startedMs) / 1000)} s`,
  );
  const metric = "history stored, of a paper typed and edited";
  const own = encodeStateAsUpdate(doc).length / text.length;
  bench.note(OURS, metric, own, "x its text");
  bench.note(ALONE, metric, final.export().length / text.length, "x its text");
  bench.note(GOAL, metric, 2, "x its text");
  bench.compare({ metric, ours: OURS, theirs: GOAL, atMost: 1 });
  const opening = await timed(async () => (await open(desk, copyOf(doc))).text().length);
  bench.note(OURS, "open, that paper with every letter", opening, "ms");
  await final.close();
}

/** Runs of the same second together, with the seconds since the last such. */
function bySecond(runs: readonly Run[]): readonly (readonly [seconds: number, runs: Run[]])[] {
  const seconds: [number, Run[]][] = [];
  for (const run of runs) {
    if (run[0] > 0 || seconds.length === 0) seconds.push([run[0], []]);
    seconds.at(-1)?.[1].push(run);
  }
  return seconds;
}

/** One line is put differently, accepted, and put back, so that the trace goes on as it was. */
function letModelEdit(artifact: Artifact, edit: number, at: number): void {
  const before = artifact.text();
  const lines = before.split("\n");
  const place = (edit * 37) % lines.length;
  for (const [index, line] of [`${lines[place]} (put differently)`, lines[place] ?? ""].entries()) {
    const text = lines.with(place, line).join("\n");
    const by = { run: edit.toString(16).padStart(32, "0"), model: "model", at, index };
    const filed = artifact.propose({ kind: "whole", text }, artifact.heads(), by);
    if (filed.kind === "filed") artifact.accept(filed.id);
  }
  if (artifact.text() !== before) throw new Error("The model left something behind.");
}

/** What a page fetches with the first artifact. */
function measureEngine(bench: Bench): void {
  const folder = join(import.meta.dirname, "../dist/client/assets");
  let files: string[] = [];
  try {
    files = readdirSync(folder).filter((file) => /^(automerge|slim|engineWasm)/.test(file));
  } catch {
    bench.say("The engine's size is not measured: `npm run build` makes what is measured.");
    return;
  }
  const bytes = files.map((file) => gzipSync(readFileSync(join(folder, file))).length);
  const metric = "engine, gzipped";
  bench.note(OURS, metric, bytes.reduce((sum, size) => sum + size, 0) / 1e6, "MB");
  bench.note(GOAL, metric, 1.2, "MB");
  bench.compare({ metric, ours: OURS, theirs: GOAL, atMost: 1 });
}

type Run = readonly [seconds: number, at: number, deleted: number, text: string];

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

function copyOf(doc: Doc): Doc {
  const copy = new Doc();
  applyUpdate(copy, encodeStateAsUpdate(doc));
  return copy;
}
