/**
 * The runs of one thread: a store for each that is looked at, so that while an answer streams in, only its own changes. A store with all that
 * follows it takes more than a short answer does, so it goes when nobody shows that answer any more, and is made anew when somebody does.
 */
import { untrack } from "solid-js";
import { createStore, reconcile } from "solid-js/store";
import type { RunId } from "#crypto/ids.ts";
import { isRunEnd, type RunView } from "#sync/docs/run.ts";
import type { ThreadSource } from "./createThread.ts";

export interface ThreadRuns {
  /** The same object each time while it is held, or under way. */
  view(run: RunId): RunView;
  /** It is shown, until what is returned is called. */
  hold(run: RunId): () => void;
  /** Those of them that are looked at. */
  update(runs: Iterable<RunId>): void;
  updateAll(): void;
  /** One that goes on from another has become a part of that answer, or a version beside it. */
  hasMoved(run: RunId): boolean;
}

interface RunEntry {
  readonly view: RunView;
  update(): void;
}

/** Not shown and kept all the same: what was scrolled out of sight a moment ago, and what is asked about between two looks. */
const atHandMax = 64;

export function createThreadRuns(source: () => ThreadSource): ThreadRuns {
  const runs = new Map<RunId, RunEntry>();
  /** How many show it. */
  const held = new Map<RunId, number>();
  /** How each run that goes on from another stood when the thread was read. */
  const stoodAs = new Map<RunId, string>();

  const letGo = (): void => {
    let over = runs.size - held.size - atHandMax;
    for (const [run, { view }] of runs) {
      if (over <= 0) return;
      if (held.has(run) || !isRunEnd(view.status)) continue;
      runs.delete(run);
      over -= 1;
    }
  };

  return {
    view: (run) => {
      const known = runs.get(run);
      if (known !== undefined) return known.view;
      const made = createRun(source, run);
      runs.set(run, made);
      if (runs.size > held.size + atHandMax) untrack(letGo);
      return made.view;
    },
    hold: (run) => {
      held.set(run, (held.get(run) ?? 0) + 1);
      return () => {
        const others = (held.get(run) ?? 0) - 1;
        if (others > 0) held.set(run, others);
        else held.delete(run);
      };
    },
    update: (stale) => {
      for (const run of stale) runs.get(run)?.update();
    },
    updateAll: () => {
      for (const entry of runs.values()) entry.update();
    },
    hasMoved: (run) => {
      if ((source().request(run)?.continues ?? null) === null) return false;
      const { status, continuedAt } = source().run(run);
      const now = `${status} ${continuedAt === null}`;
      const before = stoodAs.get(run);
      stoodAs.set(run, now);
      return before !== now;
    },
  };
}

function createRun(source: () => ThreadSource, run: RunId): RunEntry {
  const [view, setView] = createStore<RunView>(readAnswer(source(), run));
  return { view, update: () => setView(reconcile(readAnswer(source(), run))) };
}

/** With the words that are on their way to the document: the eye does not wait for the disk. */
function readAnswer(source: ThreadSource, run: RunId): RunView {
  const view = source.answer(run);
  return { ...view, text: view.text + view.overlay, thinking: view.thinking + view.thinkingOverlay };
}
