import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { fromAgent, toAgent, type FromAgent, type ToAgent } from "./ipc.ts";
import { startPart, type Part } from "./supervise.ts";

let part: Part<ToAgent> | null = null;
afterEach(() => part?.stop({ type: "drain" }, 500));

it("tells a hang from slow work: a part that is stopped is killed and started again", { timeout: 30_000 }, async () => {
  const notices: string[] = [];
  const heard: FromAgent[] = [];
  part = startPart<FromAgent, ToAgent>({
    name: "agent",
    entry: join(import.meta.dirname, "testing/fakeAgent.ts"),
    execArgv: [],
    environment: process.env,
    showsErrors: false,
    // Longer than a beat, far shorter than what the host allows.
    silenceMsMax: 6_500,
    incoming: fromAgent,
    outgoing: toAgent,
    onStarted: () => {},
    onMessage: (message) => heard.push(message),
    onFatal: (error) => notices.push(error.ownerSentence),
    notify: (sentence) => notices.push(sentence),
  });
  while (heard.length === 0) await pause(50);
  const { pid } = part;
  // Slow work: as long as it beats it may take its time.
  await pause(7_500);
  expect(part.pid).toBe(pid);
  process.kill(pid ?? 0, "SIGSTOP");
  while (heard.length < 2) await pause(50);
  expect(part.pid).not.toBe(pid);
  expect(notices[0]).toMatch(/agent does not respond/);
  expect(notices[1]).toMatch(/agent stopped \(SIGKILL\) and is started again/);
});
