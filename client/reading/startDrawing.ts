/** The page's side of drawing: a worker for as long as somebody looks at a PDF, ended when one page takes too long. */
import { drawingWorkerUrl } from "../platform/readingWorkers.ts";
import type { DrawnPage, PageToDraw } from "./drawnPage.ts";
import type { FromDrawing, ToDrawing } from "./drawingWorker.ts";
import { drawingMsMax } from "./limits.ts";

export interface Drawing {
  /** `null`: it cannot be drawn. */
  draw(page: PageToDraw): Promise<DrawnPage | null>;
  close(): void;
}

export function startDrawing(bytes: Uint8Array): Drawing {
  const worker = new Worker(drawingWorkerUrl, { type: "module" });
  const waiting = new Map<number, (drawn: DrawnPage | null) => void>();
  let isClosed = false;
  let next = 0;
  const send = (message: ToDrawing, transfer: Transferable[] = []): void => worker.postMessage(message, transfer);
  const close = (): void => {
    isClosed = true;
    worker.terminate();
    for (const resolve of waiting.values()) resolve(null);
    waiting.clear();
  };
  worker.addEventListener("message", ({ data }: MessageEvent<FromDrawing>) => {
    // pdf.js, which finds itself in a worker, may speak up, too.
    if (data.kind !== "drawn" && data.kind !== "refused") return;
    waiting.get(data.id)?.(data.kind === "drawn" ? { bitmap: data.bitmap, marks: data.marks } : null);
    waiting.delete(data.id);
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    close();
  });
  send({ kind: "open", bytes }, [bytes.buffer]);

  return {
    draw: (page) => {
      if (isClosed) return Promise.resolve(null);
      const id = next++;
      const { promise, resolve } = Promise.withResolvers<DrawnPage | null>();
      waiting.set(id, resolve);
      // One that is made to take for ever takes the others with it.
      const timer = setTimeout(close, drawingMsMax);
      send({ kind: "draw", id, ...page });
      return promise.finally(() => clearTimeout(timer));
    },
    close,
  };
}
