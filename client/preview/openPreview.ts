/**
 * A frame on an origin of its own, for what a model wrote and the app may not run itself. Its page (`preview.html`, built from
 * `frame/frame.ts`) comes with a policy that lets nothing out, and with `sandbox`, which takes the app's origin from it. Where that
 * header is missing the frame would be a part of the app; so it is looked at first, and given nothing.
 *
 * The attribute says the same and more, and holds also where the frame leads itself elsewhere: no windows, no forms, no
 * downloads, no way to the top. `allow-same-origin` stands in it only because a browser asks no service worker for a frame
 * without it, and the header takes the origin away again: so diagrams are drawn with the host away.
 */
import { crashToldMs, messagesBetweenPingsMax, pingEveryMs, pingsMissedMax, startMsMax } from "./limits.ts";
import { type FromFrame, parseFromFrame, type ToFrame } from "./messages.ts";

/** `host/relay/headers.ts` and `sw.ts` know it, too. */
export const previewPath = "/preview.html";

/**
 * "away": its page did not come. "open": it would share the app's origin. "left": it led itself elsewhere. "stuck": it no longer answers,
 * or talks without end. "crashed": the browser ended its process. */
export type PreviewEnd = "away" | "open" | "left" | "stuck" | "crashed";

export interface Preview {
  readonly element: HTMLIFrameElement;
  tell(message: ToFrame): void;
  close(): void;
}

export interface PreviewOptions {
  readonly place: HTMLElement;
  readonly title: string;
  readonly onMessage: (message: FromFrame) => void;
  /** It is gone, and whatever ran in it is over. */
  readonly onEnd: (why: PreviewEnd) => void;
}

export function openPreview({ place, title, onMessage, onEnd }: PreviewOptions): Preview {
  const element = document.createElement("iframe");
  const { port1: port, port2: theirs } = new MessageChannel();
  let isReady = false;
  let isBegun = false;
  let isClosed = false;
  let missed = 0;
  let heard = 0;
  let leaving: ReturnType<typeof setTimeout> | undefined;

  const close = (): void => {
    isClosed = true;
    clearTimeout(starting);
    clearTimeout(leaving);
    clearInterval(pinging);
    port.close();
    element.remove();
  };
  const end = (why: PreviewEnd): void => {
    if (isClosed) return;
    close();
    onEnd(why);
  };
  const tell = (message: ToFrame): void => port.postMessage(message);

  port.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (isClosed) return;
    heard += 1;
    if (heard > messagesBetweenPingsMax) return end("stuck");
    const message = parseFromFrame(data);
    if (message === null) return;
    missed = 0;
    if (message.kind === "ready") {
      isReady = true;
      clearTimeout(starting);
    }
    if (message.kind !== "pong") onMessage(message);
  });
  // Where the browser tells that the other end is gone; elsewhere the questions without an answer do. One that led itself away says so next.
  port.addEventListener("close", () => (leaving = setTimeout(() => end("crashed"), crashToldMs)));
  port.start();

  element.addEventListener("load", () => {
    if (isBegun) return end("left");
    isBegun = true;
    if (element.contentDocument !== null) return end("open");
    element.contentWindow?.postMessage(null, "*", [theirs]);
  });
  const starting = setTimeout(() => end("away"), startMsMax);
  // Counted, not timed: a page that sleeps does not ask, and a frame that sleeps with it has missed nothing.
  const pinging = setInterval(() => {
    if (!isReady) return;
    missed += 1;
    heard = 0;
    if (missed > pingsMissedMax) end("stuck");
    else tell({ kind: "ping" });
  }, pingEveryMs);

  element.title = title;
  element.setAttribute("sandbox", "allow-scripts allow-same-origin");
  element.setAttribute("allow", "");
  element.referrerPolicy = "no-referrer";
  element.src = previewPath;
  place.append(element);
  return { element, tell, close };
}
