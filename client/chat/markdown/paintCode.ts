/**
 * Paints the strokes of code in sight, and takes them off what has left it: a long chat holds no colours that nobody sees. The
 * browser paints ranges (CSS Custom Highlight), so that code that streams in stays one text, and a copy of it is exactly that.
 */
import type { Ink, Stroke } from "./strokes.ts";

/** While code streams in, it is read again this often at most. */
const repaintMs = 150;
/** A screen's height around what is in sight is painted as well. */
const marginPx = 400;

export interface Paint {
  /** The text or its language has changed. */
  refresh(language: string): void;
  close(): void;
}

const canPaint = "highlights" in CSS && typeof StaticRange === "function";

export function createPaint(element: HTMLElement): Paint {
  let language = "";
  let isInSight = false;
  let isReading = false;
  let isStale = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let painted: (readonly [Highlight, StaticRange])[] = [];

  const wipe = (): void => {
    for (const [highlight, range] of painted) highlight.delete(range);
    painted = [];
  };

  const show = (strokes: readonly Stroke[]): void => {
    const text = element.firstChild;
    wipe();
    if (!isInSight || !(text instanceof Text)) return;
    for (const { ink, start, end } of strokes) {
      // What streams in only grows; a text that was exchanged meanwhile is read again anyway.
      if (end > text.length) break;
      const range = new StaticRange({ startContainer: text, startOffset: start, endContainer: text, endOffset: end });
      const highlight = highlightOf(ink);
      highlight.add(range);
      painted.push([highlight, range]);
    }
  };

  const read = async (): Promise<void> => {
    timer = undefined;
    isStale = false;
    isReading = true;
    try {
      const { readStrokes } = await import("./highlighter.ts");
      show(await readStrokes(element.textContent ?? "", language));
    } finally {
      isReading = false;
      if (isStale) soon();
    }
  };

  const soon = (): void => {
    if (!isInSight || language === "") return;
    isStale = true;
    if (isReading || timer !== undefined) return;
    timer = setTimeout(() => void read().catch(() => undefined), painted.length === 0 ? 0 : repaintMs);
  };

  const sight = new IntersectionObserver(
    (entries) => {
      isInSight = entries.at(-1)?.isIntersecting === true;
      if (isInSight) soon();
      else wipe();
    },
    { rootMargin: `${marginPx}px` },
  );
  if (canPaint) sight.observe(element);

  return {
    refresh: (next) => {
      language = next;
      soon();
    },
    close: () => {
      sight.disconnect();
      clearTimeout(timer);
      isInSight = false;
      wipe();
    },
  };
}

function highlightOf(ink: Ink): Highlight {
  const name = `code-${ink}`;
  const known = CSS.highlights.get(name) ?? new Highlight();
  if (!CSS.highlights.has(name)) CSS.highlights.set(name, known);
  return known;
}
