/**
 * The items of a JSON list, one by one, out of text that comes in pieces: an export of 2 GB costs the memory of its longest chat.
 * Each item is what stands between two commas at the list's own depth; whether it is JSON in itself, its reader finds out. One object
 * that stands alone is the one item of its text.
 */
export interface JsonItems {
  /** The items that are whole now. Throws `JsonItemsError`. */
  add(piece: string): readonly string[];
  /** Whether the text ends in the middle, or never was one. */
  end(): "whole" | "cutOff" | "nothing";
}

/** It is neither list nor object, or one of its items is longer than it may be. */
export class JsonItemsError extends Error {
  override readonly name = "JsonItemsError";
}

const [quote, backslash, comma, openList, openObject] = [0x22, 0x5c, 0x2c, 0x5b, 0x7b];
const isOpening = (code: number): boolean => code === openList || code === openObject;
const isClosing = (code: number): boolean => code === 0x5d || code === 0x7d;
const isSpace = (code: number): boolean =>
  code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09 || code === 0xfeff;

export function createJsonItems(itemCharsMax: number): JsonItems {
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let hasEnded = false;
  /** No list: its braces are a part of it. */
  let isAlone = false;
  /** What came earlier of an item that goes on. */
  let held: string[] = [];
  let heldChars = 0;

  const hold = (text: string): void => {
    heldChars += text.length;
    if (heldChars > itemCharsMax) throw new JsonItemsError("an item is too long");
    if (text !== "") held.push(text);
  };
  const take = (items: string[]): void => {
    const item = held.join("").trim();
    held = [];
    heldChars = 0;
    if (item !== "") items.push(item);
  };

  return {
    add: (piece) => {
      const items: string[] = [];
      let from = 0;
      for (let at = 0; at < piece.length; at++) {
        const code = piece.charCodeAt(at);
        if (isInString) {
          if (isEscaped) isEscaped = false;
          else if (code === backslash) isEscaped = true;
          else if (code === quote) isInString = false;
          continue;
        }
        if (depth === 0) {
          if (isSpace(code)) continue;
          if (hasEnded || !isOpening(code)) throw new JsonItemsError("not a list");
          depth = 1;
          isAlone = code === openObject;
          from = isAlone ? at : at + 1;
        } else if (code === quote) isInString = true;
        else if (isOpening(code)) depth += 1;
        else if (isClosing(code)) {
          depth -= 1;
          if (depth > 0) continue;
          hold(piece.slice(from, isAlone ? at + 1 : at));
          take(items);
          hasEnded = true;
        } else if (code === comma && depth === 1 && !isAlone) {
          hold(piece.slice(from, at));
          take(items);
          from = at + 1;
        }
      }
      if (depth > 0) hold(piece.slice(from));
      return items;
    },
    end: () => (hasEnded ? "whole" : depth > 0 ? "cutOff" : "nothing"),
  };
}
