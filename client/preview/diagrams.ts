/**
 * Diagrams from text. One frame, out of sight, draws them one after the other and is put away when nothing is asked of it. What it
 * hands back is shown as a picture: an image runs nothing and fetches nothing, and a hundred of them weigh no more than images.
 */
// eslint-disable-next-line import/default -- reason: the address that Vite makes of it, not what it exports.
import mermaidUrl from "mermaid/dist/mermaid.min.js?url";
import { drawingsKeptMax, idleFrameMs, sourceCharsMax } from "./limits.ts";
import type { DiagramLook, FromFrame } from "./messages.ts";
import { openPreview, type Preview } from "./openPreview.ts";

export type Drawing =
  | { readonly kind: "drawn"; readonly url: string; readonly width: number; readonly height: number }
  /** `says`: what the runtime has against it. */
  | { readonly kind: "failed"; readonly says: string }
  /** It took too long, or could not begin. */
  | { readonly kind: "given up" };

const kept = new Map<string, Promise<Drawing>>();
let last: Promise<unknown> = Promise.resolve();
let frame: Promise<Preview> | null = null;
let waiting: { readonly id: number; done(drawing: Drawing): void } | null = null;
let nextId = 0;
let idle: ReturnType<typeof setTimeout> | undefined;

export function drawDiagram(source: string, look: DiagramLook): Promise<Drawing> {
  const key = JSON.stringify([look, source]);
  const known = kept.get(key);
  if (known !== undefined) return known;
  const drawing = last.then(() => drawNow(source, look));
  last = drawing;
  kept.set(key, drawing);
  void drawing.then(({ kind }) => {
    // It may have been the host that was away: the next look tries once more.
    if (kind === "given up") kept.delete(key);
  });
  const [oldest] = kept.keys();
  if (kept.size > drawingsKeptMax && oldest !== undefined) kept.delete(oldest);
  return drawing;
}

async function drawNow(source: string, look: DiagramLook): Promise<Drawing> {
  if (source.length > sourceCharsMax) return { kind: "given up" };
  clearTimeout(idle);
  try {
    frame ??= openFrame();
    const preview = await frame;
    nextId += 1;
    const id = nextId;
    return await new Promise<Drawing>((done) => {
      waiting = { id, done };
      preview.tell({ kind: "diagram", id, source, look });
    });
  } catch {
    return { kind: "given up" };
  } finally {
    waiting = null;
    idle = setTimeout(() => closeFrame(), idleFrameMs);
  }
}

async function openFrame(): Promise<Preview> {
  const response = await fetch(mermaidUrl);
  if (!response.ok) throw new Error("The runtime is not here.");
  const text = await response.text();
  const place = document.createElement("div");
  place.className = "drawing-desk";
  place.inert = true;
  place.setAttribute("aria-hidden", "true");
  document.body.append(place);
  const preview = openPreview({
    place,
    title: "",
    onMessage: take,
    onEnd: () => {
      place.remove();
      frame = null;
      waiting?.done({ kind: "given up" });
    },
  });
  preview.tell({ kind: "runtime", text });
  return {
    ...preview,
    close: () => {
      preview.close();
      place.remove();
    },
  };
}

function take(message: FromFrame): void {
  if ((message.kind !== "drawn" && message.kind !== "failed") || message.id !== waiting?.id) return;
  if (message.kind === "failed") return waiting.done({ kind: "failed", says: message.says });
  const { svg, width, height } = message;
  // Not a `blob:` address: opened by itself, that would be a page of the app's own origin.
  const url = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  waiting.done({ kind: "drawn", url, width, height });
}

function closeFrame(): void {
  const open = frame;
  frame = null;
  void open?.then((preview) => preview.close()).catch(() => undefined);
}
