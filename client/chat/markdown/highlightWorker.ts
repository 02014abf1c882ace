/// <reference lib="webworker" />
/** Reads code off the page's thread, one piece at a time. */
import { toStrokes } from "./highlight.ts";
import { packStrokes, type PaintReply, type PaintRequest, workerReady } from "./strokes.ts";

declare const self: DedicatedWorkerGlobalScope;

self.addEventListener("message", ({ data }: MessageEvent<PaintRequest>) => {
  const reply: PaintReply = { id: data.id, packed: packStrokes(toStrokes(data.code, data.language)) };
  self.postMessage(reply, [reply.packed.buffer]);
});
self.postMessage(workerReady);
