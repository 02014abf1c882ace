/** One thread of the fuzz: takes one chunk at a time. What it is being fed stands in shared memory, for when it does not answer. */
import "./seededRandom.ts";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";
import { sodiumReady } from "#crypto/sodium.ts";
import { createHarmer } from "./harm.ts";
import { feedChunk } from "./feed.ts";
import { createTargets } from "./targets.ts";

export interface WorkerSetup {
  readonly seed: number;
  readonly planted: boolean;
  /** How many inputs were begun (4) ‖ length (4) ‖ the input. */
  readonly shared: SharedArrayBuffer;
}
export interface Chunk {
  readonly target: number;
  readonly number: number;
  readonly inputs: number;
}

if (parentPort === null) throw new Error("this is a worker's script");
const port = parentPort;
const { seed, planted, shared } = workerData as WorkerSetup;
const head = new Int32Array(shared, 0, 2);
const room = new Uint8Array(shared, 8);
// Most inputs are refused by an error, and gathering ten lines for each is dear; these reach out of the shared reader.
Error.stackTraceLimit = 5;
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

await sodiumReady;
const targets = createTargets(seed, planted);
const everything = targets.flatMap(({ good }) => good);

port.on("message", ({ target: index, number, inputs }: Chunk) => {
  const target = targets[index];
  if (target === undefined) return;
  port.postMessage(
    feedChunk(target, everything, {
      inputs,
      hasCuts: number === 0,
      // Each chunk has its own row of inputs, whoever feeds it.
      seed: createHarmer(seed * 7_919 + index * 104_729 + number).below(2 ** 31),
      collectGarbage,
      note: (bytes) => {
        room.set(bytes.subarray(0, room.length));
        head[1] = bytes.length;
        Atomics.add(head, 0, 1);
      },
    }),
  );
});
port.postMessage("ready");
