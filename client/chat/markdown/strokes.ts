/** A range of a text and what it is painted with. Between page and worker, strokes travel as three numbers each. */

export const allInks = ["comment", "string", "keyword", "name", "added", "removed"] as const;
export type Ink = (typeof allInks)[number];

export interface Stroke {
  readonly ink: Ink;
  readonly start: number;
  readonly end: number;
}

export interface PaintRequest {
  readonly id: number;
  readonly code: string;
  readonly language: string;
}

export interface PaintReply {
  readonly id: number;
  readonly packed: Uint32Array;
}

/** What the worker says first: it is here, and reads what it was given meanwhile. */
export const workerReady = "ready";

export function packStrokes(strokes: readonly Stroke[]): Uint32Array<ArrayBuffer> {
  const packed = new Uint32Array(strokes.length * 3);
  for (const [index, { ink, start, end }] of strokes.entries())
    packed.set([allInks.indexOf(ink), start, end], index * 3);
  return packed;
}

export function unpackStrokes(packed: Uint32Array): Stroke[] {
  const strokes: Stroke[] = [];
  for (let at = 0; at + 2 < packed.length; at += 3) {
    const ink = allInks[packed[at] ?? 0];
    if (ink !== undefined) strokes.push({ ink, start: packed[at + 1] ?? 0, end: packed[at + 2] ?? 0 });
  }
  return strokes;
}
