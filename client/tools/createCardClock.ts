/** The time as a card that asks shows it: each second, and when its first moment is over (askState.ts). */
import { type Accessor, createSignal, onCleanup } from "solid-js";
import { freshMs } from "./askState.ts";

export function createCardClock(): { readonly shownAt: number; readonly now: Accessor<number> } {
  const shownAt = Date.now();
  const [now, setNow] = createSignal(shownAt);
  const timer = setInterval(() => setNow(Date.now()), 1_000);
  // A clock in coarse steps may not have come as far as the timer.
  const fresh = setTimeout(() => setNow(Math.max(Date.now(), shownAt + freshMs)), freshMs);
  onCleanup(() => {
    clearInterval(timer);
    clearTimeout(fresh);
  });
  return { shownAt, now };
}
