/** A pairing's state as a signal. What is under way is taken back when the view that shows it goes. */
import { type Accessor, createEffect, createSignal, onCleanup } from "solid-js";
import type { Pairing, PairingState } from "#sync/pairing.ts";

/** `null` while there is none. */
export function createPairingState(pairing: Accessor<Pairing | null>): Accessor<PairingState | null> {
  const [state, setState] = createSignal<PairingState | null>(null);
  createEffect(() => {
    const now = pairing();
    setState(now?.state() ?? null);
    if (now === null) return;
    const leave = now.subscribe(() => setState(now.state()));
    onCleanup(() => {
      leave();
      now.cancel();
    });
  });
  return state;
}
