/** The built app in real Chromium, for what is measured in it: a host, a profile on disk, and a page that is watched from its first moment. */
import { join } from "node:path";
import { chromium, type BrowserContext, type CDPSession, type Page } from "@playwright/test";
import { createVault } from "../../client/e2e/device.ts";
import { startHost, type RunningHost } from "../../client/e2e/hostProcess.ts";
import { chromiumLaunch } from "../../host/testing/chromiumLaunch.ts";
import { startScriptedBackend, type ScriptedBackend } from "../../host/testing/scriptedBackend.ts";

export interface MeasuredApp {
  readonly host: RunningHost;
  readonly backend: ScriptedBackend;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly cdp: CDPSession;
  close(): Promise<void>;
}

/** An app with an empty vault. */
export async function startApp(folder: string): Promise<MeasuredApp> {
  const backend = await startScriptedBackend();
  const host = await startHost({ home: join(folder, "home"), backend: backend.url });
  const launch = chromiumLaunch();
  const context = await chromium.launchPersistentContext(join(folder, "profile"), {
    ...launch,
    args: [...launch.args, "--js-flags=--expose-gc"],
    headless: true,
    viewport: { width: 1280, height: 800 },
  });
  await context.addInitScript(watchPage);
  const page = context.pages()[0] ?? (await context.newPage());
  await createVault(page, host.link);
  const cdp = await context.newCDPSession(page);
  return {
    ...{ host, backend, context, page, cdp },
    close: async () => {
      await context.close();
      await host.stop();
      await backend.close();
    },
  };
}

export interface Watched {
  /** Of tasks that kept the page from anything else for longer than 50 ms. */
  readonly longTasksMs: number[];
  /** From one frame to the next, while frames were counted. */
  readonly framesMs: number[];
}

/** Runs in the page before anything else does. */
function watchPage(): void {
  const watched: { longTasksMs: number[]; framesMs: number[]; isCounting: boolean } = {
    longTasksMs: [],
    framesMs: [],
    isCounting: false,
  };
  new PerformanceObserver((list) =>
    watched.longTasksMs.push(...list.getEntries().map(({ duration }) => duration)),
  ).observe({ type: "longtask", buffered: true });
  Object.assign(globalThis, { watched });
}

/** What was seen since the last time this was asked. */
export function takeWatched(page: Page): Promise<Watched> {
  return page.evaluate(() => {
    const { watched } = globalThis as unknown as { watched: { longTasksMs: number[]; framesMs: number[] } };
    return { longTasksMs: watched.longTasksMs.splice(0), framesMs: watched.framesMs.splice(0) };
  });
}

export async function countFrames(page: Page, work: () => Promise<void>): Promise<Watched> {
  await takeWatched(page);
  await page.evaluate(() => {
    const { watched } = globalThis as unknown as { watched: { framesMs: number[]; isCounting: boolean } };
    watched.isCounting = true;
    let last = performance.now();
    const count = (at: number): void => {
      watched.framesMs.push(at - last);
      last = at;
      if (watched.isCounting) requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  });
  await work();
  await page.evaluate(() => {
    (globalThis as unknown as { watched: { isCounting: boolean } }).watched.isCounting = false;
  });
  return takeWatched(page);
}

export interface MainThread {
  /** Of the processor's time, not the clock's: on a busy machine a task waits in between, which is none of its work. */
  readonly longestTaskMs: number;
  readonly tasks: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the processor. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** What the page's main thread did meanwhile, by the browser's own trace. */
export async function traceMainThread(cdp: CDPSession, work: () => Promise<void>): Promise<MainThread> {
  const events: TraceEvent[] = [];
  const collect = ({ value }: { value: object[] }): void => void events.push(...(value as TraceEvent[]));
  cdp.on("Tracing.dataCollected", collect);
  await cdp.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["disabled-by-default-devtools.timeline"], excludedCategories: ["*"] },
  });
  await work();
  const done = new Promise((resolve) => cdp.once("Tracing.tracingComplete", resolve));
  await cdp.send("Tracing.end");
  await done;
  cdp.off("Tracing.dataCollected", collect);
  const threads = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = events
    .filter(({ name, ph, pid, tid }) => name === "RunTask" && ph === "X" && threads.has(`${pid} ${tid}`))
    .map(({ tdur = 0 }) => tdur / 1000);
  return { longestTaskMs: Math.max(0, ...tasks), tasks: tasks.length };
}

/** Milliseconds from the start of the navigation to the first frame in which `isThere` holds. */
export async function loadUntil(page: Page, url: string, isThere: string): Promise<number> {
  // Another document first: going from one `#` to another would load nothing.
  await page.goto("about:blank");
  await page.goto(url, { waitUntil: "commit" });
  // A string: the page's policy admits no code made from text, while the debugger's is not the page's.
  return page.evaluate(`new Promise((done) => {
    const check = () => (${isThere}) ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(check);
    check();
  })`);
}
