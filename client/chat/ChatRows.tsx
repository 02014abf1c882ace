/**
 * The chats of one group. A long one draws the rows that are in sight, each at its place in a list that is as tall as the whole; a row
 * that has the focus stays, wherever the list is scrolled to, so that keys go on from it.
 */
import { type Accessor, createEffect, createMemo, createSignal, For, type JSX, onCleanup } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import { type RowRange, rowsInSight, wholeRowsMax } from "./rowWindow.ts";

/** Where a row stands among more than are drawn. */
export interface RowPlace {
  readonly index: number;
  readonly count: number;
  readonly topPx: number;
}

/** What is to be seen of a list that scrolls; followed by those who ask. */
export interface Sight {
  /** The element that scrolls, and the one in it that grows. */
  attach(scroller: HTMLElement, content: HTMLElement): void;
  /** From the top of this element, which is in it. */
  within(element: HTMLElement): { readonly fromPx: number; readonly toPx: number };
}

export function createSight(): Sight {
  const [moved, setMoved] = createSignal(0);
  let scroller: HTMLElement | null = null;
  return {
    attach: (outer, content) => {
      scroller = outer;
      let frame: number | null = null;
      const look = (): void => {
        frame ??= requestAnimationFrame(() => {
          frame = null;
          setMoved((before) => before + 1);
        });
      };
      const resizes = new ResizeObserver(look);
      resizes.observe(outer);
      resizes.observe(content);
      outer.addEventListener("scroll", look, { passive: true });
      onCleanup(() => {
        resizes.disconnect();
        outer.removeEventListener("scroll", look);
        if (frame !== null) cancelAnimationFrame(frame);
      });
    },
    within: (element) => {
      moved();
      const seen = scroller?.getBoundingClientRect();
      const top = element.getBoundingClientRect().top;
      return seen === undefined
        ? { fromPx: 0, toPx: innerHeight }
        : { fromPx: seen.top - top, toPx: seen.bottom - top };
    },
  };
}

/** Until one was measured. */
const firstGuessPx = 40;

export function ChatRows(props: {
  ids: readonly DocId[];
  sight: Sight;
  line(id: DocId, place: Accessor<RowPlace | null>): JSX.Element;
  fallback?: JSX.Element;
}): JSX.Element {
  const [list, setList] = createSignal<HTMLElement>();
  const [rowPx, setRowPx] = createSignal(firstGuessPx);
  const [focused, setFocused] = createSignal<number | null>(null);
  const isLong = createMemo(() => props.ids.length > wholeRowsMax);
  const places = createMemo(() => (isLong() ? new Map(props.ids.map((id, index) => [id, index])) : null));

  const range = createMemo(
    (): RowRange => {
      const [element, count] = [list(), props.ids.length];
      if (!isLong()) return { start: 0, end: count };
      if (element === undefined) return rowsInSight(count, firstGuessPx, 0, 0);
      const { fromPx, toPx } = props.sight.within(element);
      return rowsInSight(count, rowPx(), fromPx, toPx);
    },
    undefined,
    { equals: (a, b) => a.start === b.start && a.end === b.end },
  );
  const shown = createMemo(() => {
    const { start, end } = range();
    const at = focused();
    if (at === null || !isLong()) return props.ids.slice(start, end);
    // With those before and after it, where the Tab key goes.
    const [from, to] = [Math.max(0, at - 1), at + 2];
    const before = props.ids.slice(from, Math.min(to, start));
    const after = props.ids.slice(Math.max(from, end), to);
    return [...before, ...props.ids.slice(start, end), ...after];
  });
  createEffect(() => {
    const first = shown().length > 0 && isLong() ? list()?.querySelector("li") : null;
    const px = first?.getBoundingClientRect().height ?? 0;
    if (px > 0) setRowPx(px);
  });

  return (
    <ul
      ref={setList}
      classList={{ "long-list": isLong() }}
      style={isLong() ? { height: `${props.ids.length * rowPx()}px` } : {}}
      onFocusIn={(event) => {
        const at = event.target instanceof Element ? event.target.closest("li")?.dataset["index"] : undefined;
        setFocused(at === undefined ? null : Number(at));
      }}
      onFocusOut={(event) => {
        const next = event.relatedTarget;
        if (!(next instanceof Node) || !event.currentTarget.contains(next)) setFocused(null);
      }}
    >
      <For each={shown()} fallback={props.fallback}>
        {(id) => {
          const place = createMemo(() => {
            const index = places()?.get(id);
            return index === undefined ? null : { index, count: props.ids.length, topPx: index * rowPx() };
          });
          // eslint-disable-next-line solid/reactivity -- reason: the line is made once, and follows its place itself.
          return props.line(id, place);
        }}
      </For>
    </ul>
  );
}
