/**
 * Which turns of a long chat are laid out: those in sight and some around them. The others are empty space of the height they had when
 * they were last seen, or of a guess. Pure: heights in, a range and two spaces out.
 */

export interface WindowRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly abovePx: number;
  readonly belowPx: number;
}

/** Up to here everything is laid out: finding on the page, selecting and printing work as anywhere. */
export const wholeTurnsMax = 120;
/** Laid out beyond each edge of what is in sight: a swipe must not outrun it. */
export const marginPx = 1600;

/** As far as that for a jump, so that it is one short piece of work; the rest follows with the next frame. */
export const jumpEdgePx = 400;

export interface Heights {
  /** Of the turn at this place. */
  at(index: number): number;
  readonly count: number;
}

export function rangeAround(heights: Heights, topPx: number, viewPx: number, edgePx = marginPx): WindowRange {
  const from = topPx - edgePx;
  const to = topPx + viewPx + edgePx;
  let start = 0;
  let abovePx = 0;
  while (start < heights.count && abovePx + heights.at(start) <= from) {
    abovePx += heights.at(start);
    start += 1;
  }
  let end = start;
  let seenPx = abovePx;
  while (end < heights.count && seenPx < to) {
    seenPx += heights.at(end);
    end += 1;
  }
  // Past the end, as when turns before it turned out to be shorter than they were thought to be.
  if (end === heights.count) return rangeAtEnd(heights, Math.max(viewPx + edgePx, seenPx - Math.max(0, from)));
  let belowPx = 0;
  for (let index = end; index < heights.count; index += 1) belowPx += heights.at(index);
  return { start, end, abovePx, belowPx };
}

/** The last turns that fill this much, whatever their heights turn out to be. */
export function rangeAtEnd(heights: Heights, fillPx: number): WindowRange {
  let start = heights.count;
  let filledPx = 0;
  while (start > 0 && filledPx < fillPx) {
    start -= 1;
    filledPx += heights.at(start);
  }
  let abovePx = 0;
  for (let index = 0; index < start; index += 1) abovePx += heights.at(index);
  return { start, end: heights.count, abovePx, belowPx: 0 };
}

/** Around a reader who is so deep in this turn: where that is in pixels depends on guesses, which change with every turn that is seen. */
export function rangeWithin(heights: Heights, index: number, deepPx: number, viewPx: number): WindowRange {
  return rangeAround(heights, topOf(heights, index) + deepPx, viewPx);
}

/** With this turn in its middle. */
export function rangeFor(heights: Heights, index: number, viewPx: number, edgePx = marginPx): WindowRange {
  return rangeAround(heights, topOf(heights, index), viewPx, edgePx);
}

function topOf(heights: Heights, index: number): number {
  let topPx = 0;
  for (let at = 0; at < index; at += 1) topPx += heights.at(at);
  return topPx;
}
