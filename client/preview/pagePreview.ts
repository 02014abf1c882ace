/**
 * A page or a drawing that a model wrote, shown in the sealed frame. A page runs where the browser lets nothing out of the frame; elsewhere
 * it lies still until its owner runs it by hand (SECURITY §0.4). Markdown needs no frame: the app draws it without running anything of it;
 * and diagrams are pictures (`diagrams.ts`).
 */
import { complaintsMax, sourceCharsMax } from "./limits.ts";
import type { FromFrame } from "./messages.ts";
import { loadRuntime, runtimesIn } from "./runtimes.ts";
import { openPreview, type Preview, type PreviewEnd } from "./openPreview.ts";

/** "still": its scripts do not run unless `run` is called. "too-long": it is not shown at all. */
export type PreviewState = "opening" | "running" | "still" | "too-long" | PreviewEnd;

/** In the page's own words, or in the browser's: for its owner, and for a model that is asked to mend it. */
export type Complaint =
  | { readonly kind: "error"; readonly says: string }
  /** It asked for something outside, as in "https://cdn.example/chart.js". */
  | { readonly kind: "blocked"; readonly address: string };

export interface PagePreview {
  /** Another text in the place of this one: from the beginning, in a frame of its own. */
  show(text: string): void;
  /** Runs a page that lies still, or that ended. */
  run(): void;
  close(): void;
}

export interface PagePreviewOptions {
  readonly kind: "html" | "svg";
  readonly text: string;
  /** The frame is put into it, as its last child. */
  readonly place: HTMLElement;
  /** Its name, for who does not see it. */
  readonly title: string;
  /** Each once, at most `complaintsMax` of a text. */
  readonly onComplaint: (complaint: Complaint) => void;
  readonly onState: (state: PreviewState) => void;
}

export function openPagePreview({
  kind,
  place,
  title,
  onComplaint,
  onState,
  ...first
}: PagePreviewOptions): PagePreview {
  let text = first.text;
  let frame: Preview | null = null;

  const open = (isAsked: boolean): void => {
    frame?.close();
    frame = null;
    if (text.length > sourceCharsMax) return onState("too-long");
    onState("opening");
    const told = new Set<string>();
    const complain = (complaint: Complaint): void => {
      const words = JSON.stringify(complaint);
      if (told.size >= complaintsMax || told.has(words)) return;
      told.add(words);
      onComplaint(complaint);
    };
    const begin = (isSealed: boolean): void => {
      const isRun = kind === "html" && (isSealed || isAsked);
      if (isRun) return void runPage();
      onState(kind === "svg" ? "running" : "still");
      opened.tell(kind === "svg" ? { kind: "picture", svg: text } : { kind: "still", html: text });
    };
    const runPage = async (): Promise<void> => {
      const html = text;
      try {
        const runtimes = await Promise.all(runtimesIn(html).map(loadRuntime));
        if (frame !== opened) return;
        onState("running");
        for (const runtime of runtimes) opened.tell({ kind: "runtime", text: runtime });
        opened.tell({ kind: "page", html });
      } catch {
        // reason: what it needs is neither on this device nor in reach.
        if (frame !== opened) return;
        opened.close();
        frame = null;
        onState("away");
      }
    };
    const onMessage = (message: FromFrame): void => {
      if (message.kind === "ready") begin(message.isSealed);
      else if (message.kind === "error" || message.kind === "blocked") complain(message);
    };
    const opened = openPreview({
      place,
      title,
      onMessage,
      onEnd: (why) => {
        frame = null;
        onState(why);
      },
    });
    frame = opened;
  };

  open(false);
  return {
    show: (next) => {
      if (next === text && frame !== null) return;
      text = next;
      open(false);
    },
    run: () => open(true),
    close: () => {
      frame?.close();
      frame = null;
    },
  };
}
