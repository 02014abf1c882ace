/**
 * Takes what is private out of texts before somebody else reads them, and puts it back into what comes in return.
 *
 *   warn           nothing is changed; what was found is counted
 *   mask           "[email]" in its place, which nobody can undo
 *   placeholders   "[EMAIL_1]" in its place, the same one for the same text, and the text again where an answer uses it
 *
 * The pairs live as long as one redactor: one question, in memory.
 */
import { findPrivate, type FindOptions } from "./find.ts";
import { placeholderCharsMax } from "./limits.ts";

export const redactionModes = ["off", "warn", "mask", "placeholders"] as const;
export type RedactionMode = (typeof redactionModes)[number];

export interface Redactor {
  redact(text: string): string;
  /** Placeholders of this redactor's become what they stand for; anything else stays. */
  restore(text: string): string;
  /** For a text that comes in pieces, cut anywhere. */
  restoreStream(): RestoreStream;
  /** How many placeholders became what they stand for. */
  readonly restored: number;
  /** What was found, by kind. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface RestoreStream {
  /** What can be said by now. */
  push(piece: string): string;
  /** What was held back. */
  end(): string;
}

export interface RedactorOptions extends FindOptions {
  readonly mode: RedactionMode;
  /** Texts that will be redacted or are part of the exchange: a placeholder that stands there already is not made again. */
  readonly seen?: readonly string[];
}

const PLACEHOLDER = /\[[A-Z][A-Z_]{0,20}_\d{1,6}\]/g;
/** The end of a piece that may be the beginning of a placeholder. */
const BEGUN = /\[(?:[A-Z][A-Z_]{0,21}\d{0,6})?$/;

export function createRedactor({ mode, seen = [], ...find }: RedactorOptions): Redactor {
  const taken = new Set(seen.flatMap((text) => text.match(PLACEHOLDER) ?? []));
  const placeholders = new Map<string, string>();
  const originals = new Map<string, string>();
  const numbers = new Map<string, number>();
  const counts = new Map<string, number>();
  let restored = 0;

  function placeholderFor(kind: string, text: string): string {
    const known = placeholders.get(text);
    if (known !== undefined) return known;
    const label = kind.toUpperCase().replace(/[^A-Z]/g, "_");
    let number = numbers.get(label) ?? 0;
    let made: string;
    do made = `[${label.slice(0, 20)}_${++number}]`;
    while (taken.has(made) || originals.has(made));
    numbers.set(label, number);
    placeholders.set(text, made);
    originals.set(made, text);
    return made;
  }

  const restore = (text: string): string =>
    originals.size === 0
      ? text
      : text.replace(PLACEHOLDER, (found) => {
          const original = originals.get(found);
          if (original !== undefined) restored += 1;
          return original ?? found;
        });

  return {
    redact: (text) => {
      if (mode === "off") return text;
      let redacted = "";
      let from = 0;
      for (const { kind, start, end } of findPrivate(text, find)) {
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        if (mode === "warn") continue;
        const replaced = mode === "mask" ? `[${kind}]` : placeholderFor(kind, text.slice(start, end));
        redacted += text.slice(from, start) + replaced;
        from = end;
      }
      return redacted + text.slice(from);
    },
    restore,
    restoreStream: () => {
      let held = "";
      return {
        push: (piece) => {
          const text = held + piece;
          const at = originals.size === 0 ? -1 : text.slice(-placeholderCharsMax).search(BEGUN);
          const cut = at < 0 ? text.length : Math.max(0, text.length - placeholderCharsMax) + at;
          held = text.slice(cut);
          return restore(text.slice(0, cut));
        },
        end: () => {
          const rest = restore(held);
          held = "";
          return rest;
        },
      };
    },
    get restored() {
      return restored;
    },
    counts,
  };
}
