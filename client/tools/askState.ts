/** How a question of the host's stands: it can be answered until its time is up, and once. */

export type AskState =
  | { readonly kind: "open"; readonly secondsLeft: number; readonly hasFailed: boolean }
  | { readonly kind: "answered" }
  /** The host has taken it for a no: what would be said now, nobody hears. */
  | { readonly kind: "late" };

/** `told`: what became of the owner's word, if there was one. */
export function askState(until: number, now: number, told: "nothing" | "told" | "failed"): AskState {
  if (told === "told") return { kind: "answered" };
  const secondsLeft = Math.max(0, Math.ceil((until - now) / 1_000));
  return secondsLeft === 0 ? { kind: "late" } : { kind: "open", secondsLeft, hasFailed: told === "failed" };
}
