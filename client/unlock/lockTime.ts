/** When a page locks by itself: pure, and apart from the page that does it. */

/** A file's dialog and another app for a password hide the page on a phone: leaving is more than that. */
export const hiddenMsMax = 30_000;

export interface Presence {
  readonly touchedMs: number;
  /** `null` while it is seen. */
  readonly hiddenMs: number | null;
}

/** Pure. A clock that was set back shows a time before the touch: then nobody knows how long it was, and it locks. */
export function isTimeToLock(
  presence: Presence,
  nowMs: number,
  choices: { readonly after: "off" | "5" | "15" | "60"; readonly hidden: "off" | "on" },
): boolean {
  const isOver = (sinceMs: number, maxMs: number): boolean => nowMs - sinceMs >= maxMs || nowMs < sinceMs - maxMs;
  if (choices.after !== "off" && isOver(presence.touchedMs, Number(choices.after) * 60_000)) return true;
  return choices.hidden === "on" && presence.hiddenMs !== null && isOver(presence.hiddenMs, hiddenMsMax);
}
