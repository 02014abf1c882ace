/** How a question of the host's stands: it can be answered until its time is up, and once. */

export type AskState =
  /** `isFresh`: it came up a moment ago, where something else was being pressed. */
  | { readonly kind: "open"; readonly secondsLeft: number; readonly hasFailed: boolean; readonly isFresh: boolean }
  | { readonly kind: "answered" }
  /** The host has taken it for a no: what would be said now, nobody hears. */
  | { readonly kind: "late" };

/** A second press of a double one comes sooner; and nobody has read a question sooner, either. */
export const freshMs = 700;

/** A clock that was set back meanwhile closes nothing. */
export const isFresh = (now: number, shownAt: number): boolean => now >= shownAt && now - shownAt < freshMs;

/** `told`: what became of the owner's word, if there was one. `shownAt`: when this card came up. */
export function askState(until: number, now: number, told: "nothing" | "told" | "failed", shownAt: number): AskState {
  if (told === "told") return { kind: "answered" };
  const secondsLeft = Math.max(0, Math.ceil((until - now) / 1_000));
  return secondsLeft === 0
    ? { kind: "late" }
    : { kind: "open", secondsLeft, hasFailed: told === "failed", isFresh: isFresh(now, shownAt) };
}
