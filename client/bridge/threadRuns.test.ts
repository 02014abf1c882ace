import { expect, it } from "vitest";
import { runIdFromBytes, type RunId } from "#crypto/ids.ts";
import type { RunView } from "#sync/docs/run.ts";
import type { ThreadSource } from "./createThread.ts";
import { stillRun } from "./stillRun.ts";
import { createThreadRuns } from "./threadRuns.ts";

const runOf = (index: number): RunId => runIdFromBytes(new Uint8Array(16).fill(0).fill(index, 0, 2));

/** Only what a store of runs asks. */
function sourceOf(status: (run: RunId) => RunView["status"]): { readonly source: ThreadSource; read: number } {
  const asked = { read: 0 };
  const source = {
    answer: (run: RunId): RunView => {
      asked.read += 1;
      return { ...stillRun("words"), run, status: status(run) };
    },
  } as unknown as ThreadSource;
  return Object.assign(asked, { source });
}

it("an answer's store is the same while it is shown or under way, and goes when many others were looked at since", () => {
  const streaming = runOf(1);
  const { source } = sourceOf((run) => (run === streaming ? "streaming" : "done"));
  const runs = createThreadRuns(() => source);
  const [shown, left] = [runOf(2), runOf(3)];
  const before = [streaming, shown, left].map((run) => runs.view(run));
  const leave = runs.hold(shown);
  const leaveToo = runs.hold(shown);
  for (let index = 4; index < 200; index++) runs.view(runOf(index));
  expect(runs.view(streaming)).toBe(before[0]);
  expect(runs.view(shown)).toBe(before[1]);
  expect(runs.view(left), "nobody shows it any more").not.toBe(before[2]);
  expect(runs.view(left)).toBe(runs.view(left));
  leave();
  for (let index = 4; index < 200; index++) runs.view(runOf(index));
  expect(runs.view(shown), "another one shows it still").toBe(before[1]);
  leaveToo();
  for (let index = 4; index < 200; index++) runs.view(runOf(index));
  expect(runs.view(shown)).not.toBe(before[1]);
});

it("what is read of a chat of thousands does not grow with it", () => {
  const asked = sourceOf(() => "done");
  const runs = createThreadRuns(() => asked.source);
  for (let index = 0; index < 250; index++) runs.view(runOf(index));
  asked.read = 0;
  runs.updateAll();
  expect(asked.read).toBeLessThanOrEqual(64);
});
