/** The runs of one thread: a store for each that is looked at, so that while an answer streams in, only its own changes. */
import { createStore, reconcile } from "solid-js/store";
import type { RunId } from "#crypto/ids.ts";
import type { RunView } from "#sync/docs/run.ts";
import type { ThreadSource } from "./createThread.ts";

export interface ThreadRuns {
  /** The same object each time. */
  view(run: RunId): RunView;
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

export function createThreadRuns(source: () => ThreadSource): ThreadRuns {
  const runs = new Map<RunId, RunEntry>();
  /** How each run that goes on from another stood when the thread was read. */
  const stoodAs = new Map<RunId, string>();
  return {
    view: (run) => {
      const known = runs.get(run) ?? createRun(source, run);
      runs.set(run, known);
      return known.view;
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
