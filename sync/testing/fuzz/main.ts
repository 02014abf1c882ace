/**
 * Feeds every decoder of crypto/ and sync/ with bytes that a stranger might send: real ones with bits flipped, cut, grown and
 * spliced, before and after they were signed, and plain noise; each whole and cut off at each byte. What counts as a fault is in
 * feed.ts. Chunks go to the decoder that was fed least, so that all get the same.
 *
 *   node sync/testing/fuzz/main.ts [--seconds 60] [--inputs 100000] [--only NAME] [--seed 1] [--workers N] [--planted]
 *
 * With --inputs it ends when each decoder had so many, with --seconds when they are over. --planted feeds decoders with a known
 * fault each instead, and succeeds when every fault was found.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { sodiumReady } from "#crypto/sodium.ts";
import { addAccounts, createAccount, shareBehindFirstCheck, type Account } from "./feed.ts";
import { createTargets } from "./targets.ts";
import type { Chunk, WorkerSetup } from "./worker.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    inputs: { type: "string" },
    only: { type: "string" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: String(Math.min(8, availableParallelism())) },
    planted: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const inputsMax = values.inputs === undefined ? Infinity : Number(values.inputs);
const secondsMax = Number(values.seconds ?? (values.inputs === undefined ? 60 : Infinity));

/** A chunk takes a tenth of a second to a second: often enough to share the work out evenly. */
const chunkInputs = 5_000;
/** No single input may take this long: the thread is ended, and whoever reads the table is shown the input. */
const hangMs = 4_000;
const inputBytesMax = 65_536;
/** Below this share behind its first check a decoder was hardly tried, whatever the number of inputs. */
const shareMin = 0.25;

await sodiumReady;
const startedAt = performance.now();
const targets = createTargets(seed, values.planted)
  .map((target, index) => ({ ...target, index, account: createAccount(), given: 0, chunks: 0, isOver: false }))
  .filter(({ name }) => values.only === undefined || name === values.only);
if (targets.length === 0) throw new Error(`no decoder is called ${values.only}`);

function nextChunk(): Chunk | null {
  if (performance.now() - startedAt > secondsMax * 1_000) return null;
  const open = targets.filter((target) => !target.isOver && target.given < inputsMax);
  const least = open.reduce<(typeof open)[number] | null>((a, b) => (a === null || b.given < a.given ? b : a), null);
  if (least === null) return null;
  const inputs = Math.min(chunkInputs, inputsMax - least.given);
  least.given += inputs;
  return { target: least.index, number: least.chunks++, inputs };
}

/** Works until there is nothing left, over as many threads as it takes: one that hangs or runs out of memory is replaced. */
async function work(): Promise<void> {
  for (let isLeft = true; isLeft;) isLeft = await workInOneThread();
}

function workInOneThread(): Promise<boolean> {
  const shared = new SharedArrayBuffer(8 + inputBytesMax);
  const head = new Int32Array(shared, 0, 2);
  const setup: WorkerSetup = { seed, planted: values.planted, shared };
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    workerData: setup,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  return new Promise((resolve) => {
    let chunk: Chunk | null = null;
    let [begun, begunAt] = [0, performance.now()];
    const end = (isLeft: boolean): void => {
      clearInterval(watch);
      void worker.terminate().then(() => resolve(isLeft));
    };
    const lose = (says: string): void => {
      const target = targets.find(({ index }) => index === chunk?.target);
      if (target === undefined) throw new Error(says);
      const input = Buffer.from(new Uint8Array(shared, 8, Math.min(head[1] ?? 0, inputBytesMax)));
      target.account.faults.push(`${says}  on ${input.toString("hex").slice(0, 400)} (${input.length} bytes)`);
      target.isOver = true;
      end(true);
    };
    const watch = setInterval(() => {
      const now = Atomics.load(head, 0);
      if (now !== begun || chunk === null) [begun, begunAt] = [now, performance.now()];
      else if (performance.now() - begunAt > hangMs) lose(`did not end within ${hangMs} ms`);
    }, 500);
    worker.on("message", (message: Account | "ready") => {
      if (message !== "ready") {
        const target = targets.find(({ index }) => index === chunk?.target);
        if (target !== undefined) {
          addAccounts(target.account, message);
          if (message.faults.length > 0) target.isOver = true;
        }
      }
      chunk = nextChunk();
      if (chunk === null) end(false);
      else worker.postMessage(chunk);
    });
    worker.on("error", (error) => lose(`ended its thread: ${error.message}`));
  });
}

await Promise.all(Array.from({ length: Number(values.workers) }, work));

console.log("decoder                inputs   refused  behind 1st check  outcomes  slowest");
const bad: string[] = [];
for (const { name, account, isShallow } of targets) {
  const share = shareBehindFirstCheck(account);
  if (account.faults.length === 0 && isShallow !== true && share < shareMin) {
    account.faults.push(`only ${percent(share)} got behind its first check, where ${percent(shareMin)} are asked for`);
  }
  if (account.faults.length > 0) bad.push(name);
  const cells = [
    name.padEnd(19),
    String(account.fed).padStart(9),
    String(account.refused).padStart(9),
    (isShallow === true ? "has one" : percent(share)).padStart(17),
    String(account.outcomes.size).padStart(9),
    `${account.slowestMs.toFixed(1)} ms`.padStart(9),
  ];
  console.log(cells.join(" "));
  for (const fault of account.faults) console.log(`  ✗ ${name}: ${fault}`);
}
const total = targets.reduce((sum, { account }) => sum + account.fed, 0);
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
if (values.planted) {
  const missed = targets.filter(({ name }) => !bad.includes(name)).map(({ name }) => name);
  if (missed.length > 0) console.log(`not found: ${missed.join(", ")}`);
  console.log(`planted faults: ${bad.length} passed, ${missed.length} failed`);
  process.exitCode = missed.length === 0 ? 0 : 1;
} else {
  console.log(`${total} inputs to ${targets.length} decoders in ${seconds} s, seed ${seed}`);
  console.log(`${targets.length - bad.length} passed, ${bad.length} failed`);
  process.exitCode = bad.length === 0 ? 0 : 1;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
