/** The page's side of the worker that reads code: one piece under way, the others wait, and none may take for ever. */
import { highlightWorkerUrl } from "../../platform/trustedTypes.ts";
import { type PaintReply, type PaintRequest, type Stroke, unpackStrokes, workerReady } from "./strokes.ts";

/** Some expressions take for ever over hostile text: the worker is given up, and that text stays without colours. */
const readMsMax = 2000;
/** Its script may come over a slow line, and no code is to blame for that. One that cannot come at all is an error, and sooner. */
const startMsMax = 30_000;
/** A worker that nobody has asked for this long is let go of, with its memory. */
const restMsMax = 60_000;

interface Wish {
  readonly code: string;
  readonly language: string;
  done(strokes: readonly Stroke[]): void;
}

let worker: Worker | null = null;
let isReady = false;
let underWay: { readonly id: number; readonly wish: Wish } | null = null;
let lastId = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
const wishes: Wish[] = [];

export function readStrokes(code: string, language: string): Promise<readonly Stroke[]> {
  return new Promise((done) => {
    wishes.push({ code, language, done });
    next();
  });
}

function next(): void {
  if (underWay !== null) return;
  clearTimeout(timer);
  const wish = wishes.shift();
  if (wish === undefined) {
    timer = setTimeout(letGo, restMsMax);
    return;
  }
  lastId += 1;
  underWay = { id: lastId, wish };
  timer = setTimeout(giveUp, isReady ? readMsMax : startMsMax);
  const request: PaintRequest = { id: lastId, code: wish.code, language: wish.language };
  worker ??= startWorker();
  worker.postMessage(request);
}

function startWorker(): Worker {
  const started = new Worker(highlightWorkerUrl, { type: "module" });
  started.addEventListener("message", ({ data }: MessageEvent<PaintReply | typeof workerReady>) => {
    if (data === workerReady) beReady();
    else if (data.id === underWay?.id) finish(unpackStrokes(data.packed));
  });
  // It could not be fetched, or it broke: this piece stays as it is, the next one tries again.
  started.addEventListener("error", giveUp);
  return started;
}

/** From now on the time that a piece takes is its own. */
function beReady(): void {
  isReady = true;
  if (underWay === null) return;
  clearTimeout(timer);
  timer = setTimeout(giveUp, readMsMax);
}

function finish(strokes: readonly Stroke[]): void {
  const { wish } = underWay ?? {};
  underWay = null;
  wish?.done(strokes);
  next();
}

function giveUp(): void {
  letGo();
  finish([]);
}

function letGo(): void {
  worker?.terminate();
  worker = null;
  isReady = false;
}
