/** What a file says, a leaf at a time: its pages, or parts of about one where it has none. */
const leafChars = 4_000;

export interface Leaf {
  readonly start: number;
  readonly text: string;
}

export function toLeaves(text: string, isPaged: boolean): readonly Leaf[] {
  const leaves: Leaf[] = [];
  if (isPaged) {
    let start = 0;
    for (const page of text.split("\f")) {
      leaves.push({ start, text: page });
      start += page.length + 1;
    }
    return leaves;
  }
  for (let start = 0; start < text.length || leaves.length === 0;) {
    const line = text.indexOf("\n", start + leafChars);
    // A line may be a megabyte long.
    const end = line === -1 || line > start + 2 * leafChars ? Math.min(text.length, start + 2 * leafChars) : line + 1;
    leaves.push({ start, text: text.slice(start, end) });
    start = end;
    if (start >= text.length) break;
  }
  return leaves;
}

/** The leaf that a place is on. */
export function leafAt(leaves: readonly Leaf[], at: number): number {
  return Math.max(
    0,
    leaves.findLastIndex(({ start }) => start <= at),
  );
}
