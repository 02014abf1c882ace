/**
 * Finds `model` in a JSON object that is still arriving, byte by byte and without keeping any of it: only the strings of
 * the outermost level are looked at. It is no judge of JSON; whoever has the whole body judges that.
 */
import { modelBytesMax } from "./limits.ts";

export type ModelSearch =
  | { readonly kind: "searching" }
  /** Where its text stands in the body, quotes included. */
  | { readonly kind: "found"; readonly model: string; readonly start: number; readonly end: number }
  /** The object ended, and names none. */
  | { readonly kind: "none" }
  /** This is no JSON object. */
  | { readonly kind: "malformed" };

export interface ModelScanner {
  /** Once it is no longer "searching", it stays as it is. */
  feed(chunk: Uint8Array): ModelSearch;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;

export function createModelScanner(): ModelScanner {
  let result: ModelSearch = { kind: "searching" };
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let isKeyNext = false;
  let key: string | null = null;
  /** The string being read, with its quotes; only on the outermost level, and only as long as a name may be. */
  let text: number[] = [];
  let textStart = 0;
  let offset = 0;

  function endString(end: number): void {
    if (depth !== 1) return;
    const value = text.length > modelBytesMax ? null : parseString(text);
    if (isKeyNext) {
      key = value;
      isKeyNext = false;
    } else if (key === "model") {
      result = value === null ? { kind: "none" } : { kind: "found", model: value, start: textStart, end };
    }
  }

  function step(byte: number, at: number): void {
    if (isInString) {
      if (depth === 1 && text.length <= modelBytesMax) text.push(byte);
      if (isEscaped) isEscaped = false;
      else if (byte === BACKSLASH) isEscaped = true;
      else if (byte === QUOTE) {
        isInString = false;
        endString(at + 1);
      }
      return;
    }
    // Space, tab and line ends.
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) return;
    if (depth === 0 && byte !== OPEN_OBJECT) {
      result = { kind: "malformed" };
      return;
    }
    switch (byte) {
      case QUOTE:
        isInString = true;
        text = [byte];
        textStart = at;
        break;
      case OPEN_OBJECT:
      case OPEN_LIST:
        depth += 1;
        if (depth === 1) isKeyNext = true;
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        depth -= 1;
        if (depth === 0) result = { kind: "none" };
        break;
      case COMMA:
        if (depth === 1) isKeyNext = true;
        break;
      default:
    }
  }

  return {
    feed: (chunk) => {
      for (let index = 0; index < chunk.length && result.kind === "searching"; index++)
        step(chunk[index] ?? 0, offset + index);
      offset += chunk.length;
      return result;
    },
  };
}

function parseString(bytes: readonly number[]): string | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}
