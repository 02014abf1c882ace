/**
 * What a conversation is drawn with: no part of the first load, since an empty chat needs none of it. Fetched with the page where a
 * chat is opened at once, else as soon as the page is idle.
 */
import { type Accessor, createSignal } from "solid-js";
import { fetchUntilHere } from "../ui/fetchedView.ts";
import { loadProse } from "./Prose.tsx";

type TurnsView = typeof import("./Turns.tsx").Turns;

const [view, setView] = createSignal<TurnsView | null>(null);
let isLoading = false;

/** `null` until it is here. */
export const turnsView: Accessor<TurnsView | null> = view;

export function loadTurns(): void {
  loadProse();
  if (isLoading) return;
  isLoading = true;
  fetchUntilHere(() => import("./Turns.tsx").then(({ Turns }) => Turns), true).then(
    (Turns) => setView(() => Turns),
    (error: unknown) => {
      // Told by the page itself (`App.tsx`), which offers to reload.
      setView(() => () => {
        throw error;
      });
    },
  );
}
