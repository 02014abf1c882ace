/**
 * What is known beside the document: who waits where, and words of answers that their lanes' envelopes have not brought yet. It is no state of the document:
 * nothing is written, what the document has always wins, and a frame that is lost, late or from elsewhere changes nothing that lasts.
 */
import type { RunId } from "#crypto/ids.ts";
import { livePiecesMax } from "../limits.ts";

type Place = "text" | "thinking" | "reading";

/** A piece of live text, by where it belongs. */
export interface LivePlace {
  readonly place: Place;
  /** Of "reading": how much of the question its model has read, in percent. */
  readonly offset: number;
  readonly text: string;
}

export interface LiveRuns {
  take(run: RunId, piece: LivePlace): void;
  /** What follows the first `from` characters of a run's text without a gap. */
  after(run: RunId, place: "text" | "thinking", from: number): string;
  /** In percent; `null`: nobody has said, or it speaks by now. */
  readingOf(run: RunId): number | null;
  clear(run: RunId): void;
  /** Runs that wait at a host, the next one first. Returns those whose place changed. */
  setQueue(runs: readonly RunId[]): readonly RunId[];
  placeOf(run: RunId): number | null;
}

export function createLiveRuns(): LiveRuns {
  const pieces = new Map<RunId, LivePlace[]>();
  const reading = new Map<RunId, number>();
  let queue: readonly RunId[] = [];

  return {
    take: (run, piece) => {
      if (piece.place === "reading") return void reading.set(run, piece.offset);
      reading.delete(run);
      const known = pieces.get(run) ?? [];
      known.push(piece);
      if (known.length > livePiecesMax) known.shift();
      pieces.set(run, known);
    },
    after: (run, place, from) => {
      const known = pieces.get(run);
      if (known === undefined) return "";
      // What the document has by now is let go.
      const left = known.filter((piece) => piece.place !== place || piece.offset + piece.text.length > from);
      if (left.length < known.length) pieces.set(run, left);
      let text = "";
      // They come in the order of their lane, so each either follows what is there, or a gap.
      for (const piece of left) {
        const start = from + text.length;
        if (piece.place === place && piece.offset <= start) text += piece.text.slice(start - piece.offset);
      }
      return text;
    },
    readingOf: (run) => reading.get(run) ?? null,
    clear: (run) => void pieces.delete(run),
    setQueue: (runs) => {
      const before = queue;
      queue = runs;
      return [...new Set([...before, ...runs])].filter((run) => before.indexOf(run) !== runs.indexOf(run));
    },
    placeOf: (run) => (queue.includes(run) ? queue.indexOf(run) + 1 : null),
  };
}
