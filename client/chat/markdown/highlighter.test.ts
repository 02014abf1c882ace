import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { readStrokes } from "./highlighter.ts";
import { packStrokes, type PaintRequest, workerReady } from "./strokes.ts";

vi.mock("../../platform/trustedTypes.ts", () => ({ highlightWorkerUrl: "worker.js" }));

/** A worker whose script comes when the test lets it come; what it is given before that waits, as a browser has it. */
class LateWorker extends EventTarget {
  static all: LateWorker[] = [];
  readonly asked: PaintRequest[] = [];
  isEnded = false;

  constructor() {
    super();
    LateWorker.all.push(this);
  }

  postMessage(request: PaintRequest): void {
    this.asked.push(request);
  }

  terminate(): void {
    this.isEnded = true;
  }

  say(data: unknown): void {
    if (!this.isEnded) this.dispatchEvent(new MessageEvent("message", { data }));
  }

  answer(): void {
    const { id } = this.asked.at(-1) ?? { id: -1 };
    this.say({ id, packed: packStrokes([{ ink: "keyword", start: 0, end: 5 }]) });
  }
}

const painted = [{ ink: "keyword", start: 0, end: 5 }];

beforeEach(() => {
  vi.useFakeTimers();
  LateWorker.all = [];
  vi.stubGlobal("Worker", LateWorker);
});
afterEach(async () => {
  // A worker that rests is let go of, so that the next test begins without one.
  await vi.advanceTimersByTimeAsync(120_000);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("a worker whose script comes over a slow line is waited for, and the code is painted", async () => {
  const reading = readStrokes("const", "js");
  await vi.advanceTimersByTimeAsync(10_000);
  const [worker] = LateWorker.all;
  expect(worker?.isEnded).toBe(false);
  worker?.say(workerReady);
  worker?.answer();
  expect(await reading).toEqual(painted);
});

it("code that takes for ever is given up soon after the worker is here, and the next piece has a worker of its own", async () => {
  const endless = readStrokes("endless", "js");
  const next = readStrokes("const", "js");
  LateWorker.all[0]?.say(workerReady);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(await endless).toEqual([]);
  expect(LateWorker.all.map(({ isEnded }) => isEnded)).toEqual([true, false]);
  LateWorker.all[1]?.say(workerReady);
  LateWorker.all[1]?.answer();
  expect(await next).toEqual(painted);
});

it("a worker that never comes is given up, too", async () => {
  const reading = readStrokes("const", "js");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await reading).toEqual([]);
});
