/** How many tasks are due now, for the list on the left and the number on the icon. Counted by what is fetched later (tasks/DueCards.tsx). */
import { createSignal } from "solid-js";

export const [dueTasks, setDueTasks] = createSignal(0);

/** From then on they are looked for: after the first load has had the line to itself. */
export const [areDueWanted, setAreDueWanted] = createSignal(false);
