/**
 * Reading what stands in a doc. Every member can write anything at all under any key, an older or a newer version may have
 * written it, so a reader takes the value if it has the right type and otherwise goes on without it: it never throws.
 */
import { type AbstractType, type Doc, Map as YMap, Text as YText } from "yjs";

/** A nested map, or `null` when something else (or nothing) stands there. */
export function readMap(map: YMap<unknown>, key: string): YMap<unknown> | null {
  const value = map.get(key);
  return value instanceof YMap ? value : null;
}

export function readText(map: YMap<unknown>, key: string): YText | null {
  const value = map.get(key);
  return value instanceof YText ? value : null;
}

export function readString(map: YMap<unknown>, key: string): string | null {
  const value = map.get(key);
  return typeof value === "string" ? value : null;
}

/** Times, durations and counts: finite and not negative. */
export function readNumber(map: YMap<unknown>, key: string): number | null {
  const value = map.get(key);
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

export function readFlag(map: YMap<unknown>, key: string): boolean {
  return map.get(key) === true;
}

/** The name of a root type, or `null` for a nested one. */
export function rootNameOf(doc: Doc, type: AbstractType<unknown>): string | null {
  for (const [name, root] of doc.share) if (root === type) return name;
  return null;
}

/**
 * One line without control characters: names end up in lists, window titles and notifications. Nor what turns the letters around it, or is not there to be seen: a task that a model
 * wrote down must read as what it is, and must not turn what stands beside it. Marks and joiners that languages need stay.
 */
export function tidyLine(text: string, charsMax: number): string {
  return text
    .slice(0, charsMax * 4)
    .replace(/[\p{Cc}\s]+/gu, " ")
    .replace(/[\u00ad\u200b\u202a-\u202e\u2060-\u206f\ufff9-\ufffb]/g, "")
    .trim()
    .slice(0, charsMax)
    .toWellFormed();
}
