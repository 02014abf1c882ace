/**
 * client: the built app in real Chromium. Budgets, not ratios, except where an empty chat is what a long one is compared with: what a
 * person feels is milliseconds.
 *
 * Rounds of an empty and a long chat are interleaved. Times begin with the navigation and end with the frame in which the thing is
 * on the screen. Work is counted by the processor's time of the page's main thread, from the browser's own metrics and trace: by the clock it
 * would also hold what other programs did meanwhile, which on a busy machine is most of it. Long tasks by the clock stand beside it.
 */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "@playwright/test";
import { messageBox, sendButton, waitForServiceWorker } from "../client/e2e/device.ts";
import { say } from "../host/testing/scriptedBackend.ts";
import { weighBareDocument } from "./client/bareDocument.ts";
import { bringLongChat, composerIsReady, endIsInSight } from "./client/longChat.ts";
import {
  countFrames,
  loadUntil,
  startApp,
  takeWatched,
  traceMainThread,
  type MeasuredApp,
  type Watched,
} from "./client/page.ts";
import type { Bench, Question } from "./question.ts";

const over50 = ({ longTasksMs }: Watched): number => Math.max(0, ...longTasksMs);
const pageIsSettledMs = 2_500;

const BUDGET = "budget";
/** What a person does not wait for, and what a phone's line carries: the app's issue. */
const BUDGETS = [
  { ours: "up to an empty vault", metric: "scripts gzipped", most: 250, unit: "kB" },
  { ours: "cold start offline, 4x slower", metric: "composer", most: 1_000, unit: "ms" },
  { ours: "long chat", metric: "open, more than an empty chat", most: 300, unit: "ms" },
  { ours: "scrolling", metric: "longest frame", most: 50, unit: "ms" },
  { ours: "streaming", metric: "main thread a frame, work", most: 8, unit: "ms" },
  { ours: "streaming", metric: "longest task, work", most: 50, unit: "ms" },
] as const;

export const question: Question = {
  asks: "how fast and how smooth is the app, with a chat of ten thousand messages in it?",
  run: async (bench) => {
    const messages = bench.isQuick ? 1_000 : 10_000;
    const rounds = bench.isQuick ? 1 : 5;
    const app = await startApp(join(bench.folder, "app"));
    try {
      await measureFirstLoad(bench, app);
      const chat = await bringLongChat(app.page, messages);
      // Its end is kept, and its journal folded, once the page has a moment.
      await app.page.waitForTimeout(2 * pageIsSettledMs);
      if (bench.wants("long chat")) await measureOpening(bench, app, { chat, messages, rounds });
      if (bench.wants("scrolling")) await measureScrolling(bench, app, rounds);
      if (bench.wants("search")) await measureSearch(bench, app, rounds);
      if (bench.wants("streaming")) await measureStreaming(bench, app, { chat, messages, rounds: Math.min(rounds, 3) });
      if (bench.wants("memory")) await measureMemory(bench, app, bench.isQuick ? 30 : 1_000);
      if (bench.wants("cold start")) await measureColdStart(bench, app, rounds);
    } finally {
      await app.close();
    }
    for (const { ours, metric, most, unit } of BUDGETS) {
      bench.note(BUDGET, metric, most, unit);
      bench.compare({ metric, ours, theirs: BUDGET, atMost: 1 });
    }
  },
};

/** Everything of JavaScript and WebAssembly that a page asks for until it can be written in. */
async function measureFirstLoad(bench: Bench, { host, page }: MeasuredApp): Promise<void> {
  const html = await (await fetch(host.origin)).text();
  const asked = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .filter((entry) => (entry as PerformanceResourceTiming).responseEnd < performance.now())
      .map(({ name }) => name),
  );
  const scripts = asked.filter((url) => /\.(js|wasm)$/.test(new URL(url).pathname));
  const sizes = await Promise.all(
    scripts.map(async (url) => gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer())).length),
  );
  bench.note("shell", "gzipped", gzipSync(html).length / 1000, "kB");
  bench.note("up to an empty vault", "scripts gzipped", sizes.reduce((sum, size) => sum + size, 0) / 1000, "kB");
}

async function measureOpening(
  bench: Bench,
  { host, page, cdp }: MeasuredApp,
  { chat, messages, rounds }: { readonly chat: string; readonly messages: number; readonly rounds: number },
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const emptyMs = await loadUntil(page, `${host.origin}/#/`, composerIsReady);
    bench.note("empty chat", "open", emptyMs, "ms");
    await page.waitForTimeout(pageIsSettledMs);
    bench.note("empty chat", "longest task", over50(await takeWatched(page)), "ms");
    const { longestTaskMs } = await traceMainThread(cdp, async () => {
      const openedMs = await loadUntil(page, `${host.origin}/${chat}`, endIsInSight(messages));
      bench.note("long chat", "open", openedMs, "ms");
      bench.note("long chat", "open, more than an empty chat", openedMs - emptyMs, "ms");
      await expect(page.locator(".turn-space").first()).toBeAttached();
      bench.note("long chat", "document there", await page.evaluate(() => performance.now()), "ms");
      await page.waitForTimeout(pageIsSettledMs);
    });
    bench.note("long chat", "longest task, work", longestTaskMs, "ms");
    bench.note("long chat", "longest task", over50(await takeWatched(page)), "ms");
  }
}

/** By the wheel, as fast as a hand does it: 40 notches of 600 px. */
async function measureScrolling(bench: Bench, { page }: MeasuredApp, rounds: number): Promise<void> {
  await page.mouse.move(700, 400);
  for (let round = 0; round < rounds; round++) {
    const watched = await countFrames(page, async () => {
      for (let step = 0; step < 40; step++) {
        await page.mouse.wheel(0, -600);
        await page.waitForTimeout(50);
      }
    });
    noteFrames(bench, "scrolling", watched);
  }
  await page.getByRole("button", { name: "Jump to latest" }).click();
}

function noteFrames(bench: Bench, subject: string, watched: Watched): void {
  const { framesMs } = watched;
  bench.note(subject, "frames over 50 ms", framesMs.filter((ms) => ms > 50).length, "");
  bench.note(subject, "longest frame", Math.max(...framesMs), "ms");
  bench.note(subject, "longest task", over50(watched), "ms");
}

/** From a key to the frame in which a hit stands in the list. */
async function measureSearch(bench: Bench, { page }: MeasuredApp, rounds: number): Promise<void> {
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox");
  await field.fill("number 42");
  await expect(page.getByRole("option").filter({ hasText: "number 42" }).first()).toBeVisible({ timeout: 120_000 });
  for (let round = 0; round < rounds * 3; round++) {
    const wanted = String(100 + round * 7);
    await takeWatched(page);
    const ms = await page.evaluate(`new Promise((done) => {
      const field = document.querySelector("[role=combobox]");
      const start = performance.now();
      field.value = "number ${wanted}";
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      const check = () => [...document.querySelectorAll("[role=option]")].some((option) => option.textContent.includes("number ${wanted}"))
        ? requestAnimationFrame(() => done(performance.now() - start)) : requestAnimationFrame(check);
      check();
    })`);
    bench.note("search", "letter to hits", ms as number, "ms");
    bench.note("search", "longest task", over50(await takeWatched(page)), "ms");
  }
  await page.keyboard.press("Escape");
}

/** 200 tokens a second into the long chat, looked at by the browser's own accounts of what its main thread did. */
async function measureStreaming(
  bench: Bench,
  { backend, host, page, cdp }: MeasuredApp,
  { chat, messages, rounds }: { readonly chat: string; readonly messages: number; readonly rounds: number },
): Promise<void> {
  await loadUntil(page, `${host.origin}/${chat}`, endIsInSight(messages));
  await page.waitForTimeout(pageIsSettledMs);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const busyMs = async (): Promise<number> => {
    const { metrics } = await cdp.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0) * 1000;
  };
  const words = Array.from({ length: 1_600 }, (_, index) => (index % 12 === 11 ? "word.\n\n" : "word "));
  for (let round = 0; round < rounds; round++) {
    backend.script(say(`${words.join("")}the end of it ${round}`, { delayMs: 5 }));
    await messageBox(page).fill(`Speak for eight seconds, ${round}`);
    await sendButton(page).click();
    await expect(page.locator(".turn.answer").last()).toContainText("word word", { timeout: 60_000 });
    const perFrame: number[] = [];
    const watched = await countFrames(page, async () => {
      for (let sample = 0; sample < 12; sample++) {
        const [before, framesBefore] = [await busyMs(), await frameCount()];
        await page.waitForTimeout(250);
        const frames = (await frameCount()) - framesBefore;
        if (frames > 0) perFrame.push(((await busyMs()) - before) / frames);
      }
    });
    for (const ms of perFrame) bench.note("streaming", "main thread a frame, work", ms, "ms");
    // Apart from that: a trace is work of its own.
    const { longestTaskMs } = await traceMainThread(cdp, () => page.waitForTimeout(2_000));
    bench.note("streaming", "longest task, work", longestTaskMs, "ms");
    bench.note("streaming", "longest task", over50(watched), "ms");
    await expect(page.locator(".turn.answer").last()).toContainText(`the end of it ${round}`, { timeout: 60_000 });
    await expect(page.getByRole("button", { name: "Stop", exact: true })).toBeHidden();
  }

  function frameCount(): Promise<number> {
    return page.evaluate(() => (globalThis as unknown as { watched: { framesMs: number[] } }).watched.framesMs.length);
  }
}

/** Answers streamed one after the other into one chat: what stays in memory of each is its words. */
async function measureMemory(
  bench: Bench,
  { backend, context, host, page, cdp }: MeasuredApp,
  answers: number,
): Promise<void> {
  await loadUntil(page, `${host.origin}/#/`, composerIsReady);
  const heapMb = async (): Promise<number> => {
    await cdp.send("HeapProfiler.collectGarbage");
    const { usedSize } = await cdp.send("Runtime.getHeapUsage");
    return usedSize / 1e6;
  };
  const [question, answer] = ["Question", "A short answer, streamed word by word."];
  backend.script(say(answer));
  const tenth = Math.floor(answers / 10);
  let beganMb = 0;
  for (let index = 0; index < answers; index++) {
    await messageBox(page).fill(`${question} ${index}`);
    await sendButton(page).click();
    await expect(page.locator(".turn.answer .state"))
      .toHaveCount(0, { timeout: 30_000 })
      .catch(() => undefined);
    await expect(page.getByRole("button", { name: "Stop", exact: true })).toBeHidden({ timeout: 30_000 });
    if (index === tenth) bench.note("memory", "after a tenth of the answers", (beganMb = await heapMb()), "MB");
  }
  const endedMb = await heapMb();
  bench.note("memory", "after all of them", endedMb, "MB");
  // Its question, its answer and what is noted of them: some thirty items of a Yjs document, which nothing takes out again.
  const answerKb = ((endedMb - beganMb) * 1_000) / (answers - 1 - tenth);
  bench.note("memory", "an answer, from the tenth part on", answerKb, "kB");
  // Enough of them for a small number, whatever was asked for.
  const bareKb = (await weighBareDocument(context, { answers: 1_000, question, answer })) / 1_000;
  bench.note("bare Yjs document", "an answer, from the tenth part on", bareKb, "kB");
  bench.note("memory", "an answer, more than in a bare Yjs document", answerKb - bareKb, "kB");
  bench.note("memory", "answers", answers, "");
}

/** The host is gone, the processor four times slower: from the navigation to a composer that takes a letter. */
async function measureColdStart(bench: Bench, { host, page, cdp }: MeasuredApp, rounds: number): Promise<void> {
  await loadUntil(page, `${host.origin}/#/`, composerIsReady);
  await waitForServiceWorker(page);
  await page.waitForTimeout(2 * pageIsSettledMs);
  await host.stop();
  for (let round = 0; round < rounds; round++) {
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    bench.note(
      "cold start offline, 4x slower",
      "composer",
      await loadUntil(page, `${host.origin}/#/`, composerIsReady),
      "ms",
    );
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    await page.waitForTimeout(pageIsSettledMs);
  }
}
