/** Which rows of a long list are drawn: those in sight and some around them. Pure; all rows are of one height. */

/** Up to here all are drawn: finding on the page works as anywhere. */
export const wholeRowsMax = 100;
/** Beyond each edge of what is in sight, so that neither the wheel nor the Tab key outruns it. */
const marginRows = 20;
/** The range moves by so many at once, so that it does not change with every pixel. */
const stepRows = 10;

export interface RowRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** `fromPx`, `toPx`: what is in sight, from the top of the first row. */
export function rowsInSight(count: number, rowPx: number, fromPx: number, toPx: number): RowRange {
  if (count <= wholeRowsMax) return { start: 0, end: count };
  const first = Math.floor(fromPx / rowPx) - marginRows;
  const last = Math.ceil(toPx / rowPx) + marginRows;
  const start = Math.min(Math.max(0, Math.floor(first / stepRows) * stepRows), count);
  return { start, end: Math.min(count, Math.max(start, Math.ceil(last / stepRows) * stepRows)) };
}
