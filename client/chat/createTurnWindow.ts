/** The laid-out part of a long chat on the page: follows the reader, keeps what is read in its place, and goes to what is asked for. */
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup, untrack } from "solid-js";
import type { ThreadMessage } from "../bridge/createThread.ts";
import type { Stick } from "./createStick.ts";
import {
  type Heights,
  jumpEdgePx,
  marginPx,
  rangeAround,
  rangeAtEnd,
  rangeFor,
  rangeWithin,
  type WindowRange,
  wholeTurnsMax,
} from "./windowRange.ts";

/** Before any turn of a kind was seen; afterwards the mean of those that were. */
const firstGuessPx = { user: 96, assistant: 320 } as const;

export interface TurnWindow {
  /** The messages to lay out. */
  readonly shown: Accessor<readonly ThreadMessage[]>;
  /** Where the first of them stands in the whole. */
  readonly offset: Accessor<number>;
  readonly abovePx: Accessor<number>;
  readonly belowPx: Accessor<number>;
  /** Lays a message out, so that it can be scrolled to; `false`: it is not on this branch. */
  reveal(id: string): boolean;
}

export function createTurnWindow(options: {
  readonly messages: Accessor<readonly ThreadMessage[]>;
  readonly scroller: Accessor<HTMLElement | undefined>;
  /** What holds the turns. */
  readonly content: Accessor<HTMLElement | undefined>;
  readonly stick: Accessor<Stick>;
}): TurnWindow {
  const { messages, scroller, content, stick } = options;
  const seenPx = new Map<string, number>();
  const means = { user: { sumPx: 0, count: 0 }, assistant: { sumPx: 0, count: 0 } };

  const heightOf = ({ id, role }: ThreadMessage): number => {
    const mean = means[role];
    return seenPx.get(id) ?? (mean.count === 0 ? firstGuessPx[role] : mean.sumPx / mean.count);
  };
  const heights = (): Heights => {
    const all = messages();
    return { at: (index) => (all[index] === undefined ? 0 : heightOf(all[index])), count: all.length };
  };
  const viewPx = (): number => scroller()?.clientHeight || innerHeight;
  const isWhole = (): boolean => messages().length <= wholeTurnsMax;
  const whole = (): WindowRange => ({ start: 0, end: messages().length, abovePx: 0, belowPx: 0 });

  const [range, setRange] = createSignal<WindowRange>(
    untrack(() => (isWhole() ? whole() : rangeAtEnd(heights(), innerHeight + jumpEdgePx))),
  );

  const resizes = new ResizeObserver((entries) => {
    for (const { target, borderBoxSize } of entries) {
      const id = (target as HTMLElement).dataset["message"];
      const role = target.classList.contains("question") ? "user" : "assistant";
      const px = borderBoxSize[0]?.blockSize ?? 0;
      if (id === undefined || px === 0) continue;
      const before = seenPx.get(id);
      seenPx.set(id, px);
      means[role].sumPx += px - (before ?? 0);
      if (before === undefined) means[role].count += 1;
    }
  });
  onCleanup(() => resizes.disconnect());

  /** Exchanges what is laid out; what the reader looks at stays where it is. */
  const lay = (next: WindowRange): void => {
    const before = untrack(range);
    if (next.start === before.start && next.end === before.end && next.abovePx === before.abovePx) return;
    const outer = scroller();
    const held = firstInSight(outer, content());
    const top = held?.getBoundingClientRect().top ?? 0;
    setRange(next);
    // Browsers hold the place by themselves while someone scrolls, not all of them, and not at each exchange.
    if (held?.isConnected === true && outer !== undefined && !stick().isAtEnd()) {
      const moved = held.getBoundingClientRect().top - top;
      if (Math.abs(moved) > 1) outer.scrollTop += moved;
    }
  };

  /**
   * Around what is in sight. Not around so many pixels from the top: most of those are guesses, which are better with each turn that is
   * seen, and after a jump to the middle the same number of pixels is fifty turns further on.
   */
  const rangeHere = (): WindowRange => {
    const [outer, held] = [scroller(), firstInSight(scroller(), content())];
    const index = held === null ? -1 : messages().findIndex(({ id }) => id === held.dataset["message"]);
    if (outer === undefined || held === null || index < 0)
      return rangeAround(heights(), outer?.scrollTop ?? 0, viewPx());
    const deepPx = outer.getBoundingClientRect().top - held.getBoundingClientRect().top;
    return rangeWithin(heights(), index, deepPx, viewPx());
  };

  /** Where the reader is; `isNear`: what is laid out still reaches far enough. */
  const follow = (): void => {
    const outer = scroller();
    if (outer === undefined || untrack(isWhole)) return;
    const { start, end, abovePx } = untrack(range);
    const all = untrack(heights);
    let insidePx = 0;
    for (let index = start; index < end; index += 1) insidePx += all.at(index);
    const top = outer.scrollTop;
    const isNear =
      (start === 0 || top - abovePx > marginPx / 2) &&
      (end === all.count || abovePx + insidePx - (top + outer.clientHeight) > marginPx / 2);
    if (!isNear) lay(untrack(rangeHere));
  };

  /** Once what was jumped to is on the screen. */
  const followSoon = (): void => void requestAnimationFrame(() => setTimeout(follow));

  createEffect(
    on(
      messages,
      () => {
        if (isWhole()) setRange(whole());
        else if (stick().isAtEnd()) lay(rangeAtEnd(heights(), viewPx() + jumpEdgePx));
        else lay(rangeHere());
      },
      { defer: true },
    ),
  );

  createEffect(() => {
    const outer = scroller();
    if (outer === undefined) return;
    let frame: number | null = null;
    const onScroll = (): void => {
      frame ??= requestAnimationFrame(() => {
        frame = null;
        follow();
      });
    };
    outer.addEventListener("scroll", onScroll, { passive: true });
    followSoon();
    onCleanup(() => {
      outer.removeEventListener("scroll", onScroll);
      if (frame !== null) cancelAnimationFrame(frame);
    });
  });
  // At the end again, as after "Jump to latest": the end is laid out, whatever was before.
  createEffect(
    on(
      () => stick().isAtEnd(),
      (isAtEnd) => {
        if (isAtEnd && !isWhole() && untrack(range).end < messages().length) {
          setRange(rangeAtEnd(heights(), viewPx() + jumpEdgePx));
          stick().toEnd();
        }
      },
    ),
  );
  // Each turn that is laid out is measured.
  createEffect(() => {
    range();
    const inner = content();
    if (inner === undefined) return;
    resizes.disconnect();
    for (const turn of inner.querySelectorAll(":scope > .turn")) resizes.observe(turn);
  });

  const shown = createMemo(() => messages().slice(range().start, Math.max(range().end, range().start)));
  return {
    shown,
    offset: () => range().start,
    abovePx: () => range().abovePx,
    belowPx: () => range().belowPx,
    reveal: (id) => {
      const index = messages().findIndex((message) => message.id === id);
      if (index < 0) return false;
      const { start, end } = range();
      if (index < start || index >= end) setRange(rangeFor(heights(), index, viewPx(), jumpEdgePx));
      followSoon();
      return true;
    },
  };
}

/** `null` also where a reader who pulls the bar is in the empty space. */
function firstInSight(outer: HTMLElement | undefined, inner: HTMLElement | undefined): HTMLElement | null {
  if (outer === undefined || inner === undefined) return null;
  const { top, bottom } = outer.getBoundingClientRect();
  for (const turn of inner.querySelectorAll<HTMLElement>(":scope > .turn")) {
    const at = turn.getBoundingClientRect();
    if (at.bottom > top) return at.top < bottom ? turn : null;
  }
  return null;
}
