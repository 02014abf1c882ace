/** A page of a PDF as it looks, with the passage marked on it. */
import { createEffect, createResource, For, type JSX, on, onCleanup, Show } from "solid-js";
import type { DrawnPage } from "./drawnPage.ts";
import { lettersIn, type PageMark } from "./drawnPage.ts";
import type { Drawing } from "./startDrawing.ts";
import type { Leaf } from "./leaves.ts";
import { r } from "./words.ts";

/** Sharp on a screen of two pixels each, at the width of the sheet. */
const pageWidthPixels = 1_400;

export function SourcePage(props: {
  drawing: Drawing;
  leaf: Leaf;
  /** From 1. */
  page: number;
  of: number;
  /** In the leaf's text; the same twice: nothing is marked. */
  from: number;
  to: number;
  /** It cannot be drawn. */
  refused(): void;
}): JSX.Element {
  const [drawn] = createResource(
    () => ({ page: props.page, leaf: props.leaf, from: props.from, to: props.to }),
    // eslint-disable-next-line solid/reactivity -- reason: a resource's fetcher runs when its source changes.
    async ({ page, leaf, from, to }) => {
      const [before, until] = [lettersIn(leaf.text.slice(0, from)), lettersIn(leaf.text.slice(0, to))];
      const done = await props.drawing.draw({ page, widthPixels: pageWidthPixels, from: before, to: until });
      if (done === null) props.refused();
      return done;
    },
  );
  return (
    <div class="source-page" role="region" aria-label={r.drawnPage} tabindex="0" aria-busy={drawn.loading}>
      <Show when={drawn.latest} fallback={<p class="project-note">{r.drawing}</p>} keyed>
        {(shown) => <Drawn drawn={shown} label={r.pageOf(props.page, props.of)} />}
      </Show>
    </div>
  );
}

function Drawn(props: { drawn: DrawnPage; label: string }): JSX.Element {
  const put = (canvas: HTMLCanvasElement): void =>
    createEffect(
      on(
        () => props.drawn,
        ({ bitmap }) => {
          Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
          canvas.getContext("bitmaprenderer")?.transferFromImageBitmap(bitmap);
          onCleanup(() => bitmap.close());
        },
      ),
    );
  const first = (mark: HTMLElement): void =>
    void requestAnimationFrame(() => mark.scrollIntoView({ block: "center", inline: "nearest" }));
  const percent = (part: number): string => `${(part * 100).toFixed(3)}%`;
  const place = ({ left, top, width, height }: PageMark): JSX.CSSProperties => ({
    left: percent(left),
    top: percent(top),
    width: percent(width),
    height: percent(height),
  });
  return (
    <div class="drawn-page">
      <canvas ref={put} role="img" aria-label={props.label} />
      <For each={props.drawn.marks}>
        {(mark, index) => (
          <span
            class="page-mark"
            style={place(mark)}
            ref={(element) => {
              if (index() === 0) first(element);
            }}
          />
        )}
      </For>
    </div>
  );
}
