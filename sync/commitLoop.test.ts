import { expect, it } from "vitest";
import { createCommitLoop } from "./commitLoop.ts";
import { createManualClock, drainMicrotasks } from "./testing/manualClock.ts";

it("JR13 what is asked for while a commit runs has a commit of its own, also when nothing of this device is due", async () => {
  const commits: PromiseWithResolvers<void>[] = [];
  const loop = createCommitLoop({
    clock: createManualClock(),
    commit: () => {
      const next = Promise.withResolvers<void>();
      commits.push(next);
      return next.promise;
    },
    isBehind: () => false,
  });
  const first = loop.run();
  const second = loop.run();
  let isDone = false;
  void second.then(() => (isDone = true));
  commits[0]?.resolve();
  await drainMicrotasks();
  expect(commits).toHaveLength(2);
  expect(isDone).toBe(false);
  commits[1]?.resolve();
  await Promise.all([first, second]);
  await drainMicrotasks();
  expect(commits).toHaveLength(2);
});
