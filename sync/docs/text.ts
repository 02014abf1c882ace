/** Edits of a `YText` from plain strings. */
import type { Text as YText } from "yjs";

/**
 * Turns `text` into `next` by one cut and one insertion between what both begin and end with. Surrogate pairs stay whole:
 * Yjs puts U+FFFD in the place of a pair that an edit splits. Call it inside a transaction; `true` says that the insertion was
 * longer than `insertCharsMax` and goes on with another call.
 */
export function editText(text: YText, next: string, insertCharsMax = Infinity): boolean {
  const now = text.toString();
  if (now === next) return false;
  const shorter = Math.min(now.length, next.length);
  let head = 0;
  while (head < shorter && now[head] === next[head]) head += 1;
  if (head > 0 && isHighSurrogate(now.charCodeAt(head - 1))) head -= 1;
  let tail = 0;
  while (tail < shorter - head && now[now.length - 1 - tail] === next[next.length - 1 - tail]) tail += 1;
  if (tail > 0 && isLowSurrogate(now.charCodeAt(now.length - tail))) tail -= 1;
  const cut = now.length - tail - head;
  if (cut > 0) text.delete(head, cut);
  const end = next.length - tail;
  let stop = Math.min(end, head + insertCharsMax);
  if (stop < end && isHighSurrogate(next.charCodeAt(stop - 1))) stop -= 1;
  if (stop > head) text.insert(head, next.slice(head, stop));
  return stop < end;
}

export function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
