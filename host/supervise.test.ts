import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fromAgent, toAgent, type FromAgent, type ToAgent } from "./ipc.ts";
import { startPart, type Part } from "./supervise.ts";
import { createBoard, type Board } from "./watch/board.ts";

/** Many beats of the fake agent, far shorter than what the host allows. */
const patience = { idleMs: 4_000, workingMs: 60_000, startingMs: 60_000 };
let part: Part<ToAgent>;
let notices: string[];
let heard: FromAgent[];
let board: Board;
beforeEach(() => {
  board = createBoard({ nowMs: Date.now, onIncident: () => {}, onChange: () => {} });
  notices = [];
  heard = [];
});
afterEach(() => part.stop({ type: "drain" }, 500));

/** Gives its process id, once it has been heard. */
async function start(behaviour: string, isReady = true): Promise<number> {
  part = startPart<FromAgent, ToAgent>({
    name: "agent",
    entry: join(import.meta.dirname, "testing/fakeAgent.ts"),
    execArgv: [],
    environment: { ...process.env, FAKE_AGENT: behaviour },
    showsErrors: false,
    patience,
    incoming: fromAgent,
    outgoing: toAgent,
    onStarted: () => {},
    onMessage: (message) => {
      heard.push(message);
      if (isReady) part.markReady();
    },
    onFatal: (error) => notices.push(error.ownerSentence),
    notify: (sentence) => notices.push(sentence),
    board: board.entry("agent"),
  });
  while (heard.length === 0) await pause(50);
  return part.pid ?? 0;
}

it(
  "a part that is stopped is killed and started again, and one that is slow but beats is not",
  { timeout: 90_000 },
  async () => {
    const pid = await start("");
    // Slow work, such as a backend that says nothing for minutes: as long as it beats it may take its time.
    await pause(patience.idleMs + 3_000);
    expect(part.pid).toBe(pid);
    expect(part.isBeating()).toBe(true);
    process.kill(pid, "SIGSTOP");
    while (heard.length < 2) await pause(50);
    expect(part.pid).not.toBe(pid);
    expect(notices[0]).toMatch(/agent does not respond/);
    expect(notices[1]).toMatch(/agent stopped \(SIGKILL\) and is started again/);
    expect(board.services()).toMatchObject([{ kind: "agent", state: "well", restarts: 1 }]);
    expect(board.incidents()).toMatchObject([{ kind: "agent", trouble: "hung" }]);
    expect(board.incidents()[0]?.times, "what is killed is one hang and no crash beside it").toBeUndefined();
  },
);

it(
  "WD10 a process that falls four times is started four times, once each, and its story is one",
  { timeout: 90_000 },
  async () => {
    const pids = [await start("")];
    for (let falls = 1; falls <= 4; falls += 1) {
      process.kill(pids.at(-1) ?? 0, "SIGKILL");
      while (heard.length <= falls) await pause(20);
      pids.push(part.pid ?? 0);
    }
    expect(new Set(pids).size).toBe(5);
    expect(heard).toHaveLength(5);
    expect(notices).toHaveLength(4);
    expect(board.services()).toMatchObject([{ kind: "agent", state: "well", restarts: 4 }]);
    expect(board.incidents()).toMatchObject([{ kind: "agent", trouble: "crashed", times: 4 }]);
  },
);

it("one that was in the middle of answers is given longer, and goes on where it was", { timeout: 90_000 }, async () => {
  const pid = await start("works");
  // More beats, by which the first is seen to have been overtaken.
  await pause(2_000);
  process.kill(pid, "SIGSTOP");
  await pause(patience.idleMs + 5_000);
  process.kill(pid, "SIGCONT");
  await pause(1_000);
  expect(part.pid).toBe(pid);
  expect(notices).toEqual([]);
});

it("one that is not ready yet is given longer, and is not called well meanwhile", { timeout: 90_000 }, async () => {
  const pid = await start("", false);
  expect(part.isBeating()).toBe(false);
  process.kill(pid, "SIGSTOP");
  await pause(patience.idleMs + 5_000);
  process.kill(pid, "SIGCONT");
  expect(part.pid).toBe(pid);
});
