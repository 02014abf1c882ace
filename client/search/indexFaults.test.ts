/** IX: what goes wrong with the worker that holds the index, and what becomes of it. The real keeper and the real watch over its worker, on a clock of their own. */
import { describe, expect, it, vi } from "vitest";
import type { DocId } from "#crypto/ids.ts";
import { noPause } from "#sync/ports.ts";
import { createManualClock, type ManualClock } from "#sync/testing/manualClock.ts";
import { watchWorker } from "../platform/watchedWorker.ts";
import { createSearch, type IndexState, type Search, type SearchPorts } from "./createSearch.ts";
import type { SearchThread } from "./searchThread.ts";
import type { SearchReply, SearchRequest } from "./searchWorker.ts";

vi.mock("../platform/trustedTypes.ts", () => ({ searchWorkerUrl: "search" }));

type Fault = "hang" | "slow" | "crash" | "flap";
const FAULTS: readonly Fault[] = ["hang", "slow", "crash", "flap"];
const each = 100;
const chatCount = 6;

/** What is wrong with workers now, whichever is the newest. */
interface Trouble {
  hangs: boolean;
  slowMs: number;
  /** The next ones break as soon as they are asked. */
  breaks: number;
}

class PlantedWorker extends EventTarget {
  readonly held = new Set<string>();
  isGone = false;
  isBroken = false;

  readonly clock: ManualClock;
  readonly trouble: Trouble;

  constructor(clock: ManualClock, trouble: Trouble) {
    super();
    [this.clock, this.trouble] = [clock, trouble];
  }

  postMessage(request: SearchRequest): void {
    const { trouble, clock } = this;
    if (trouble.hangs || this.isBroken) return;
    if (trouble.breaks > 0) {
      trouble.breaks -= 1;
      this.isBroken = true;
      return void clock.after(5, () => this.dispatchEvent(new Event("error", { cancelable: true })));
    }
    clock.after(2 + trouble.slowMs, () => {
      // What hangs meanwhile answers nothing.
      if (this.isGone || trouble.hangs) return;
      if (request.kind === "put") for (const { id } of request.messages) this.held.add(`${request.chat}/${id}`);
      const reply: SearchReply =
        request.kind === "save"
          ? { id: request.id, kind: "parts", parts: [] }
          : { id: request.id, kind: "done", size: this.held.size };
      this.dispatchEvent(new MessageEvent("message", { data: reply }));
    });
  }

  terminate(): void {
    this.isGone = true;
  }
}

interface Outcome {
  readonly restarts: number;
  readonly dueRestarts: number;
  readonly recoveredMs: readonly number[];
  readonly end: IndexState;
  readonly left: number;
  readonly sawTrouble: boolean;
}

function numbersOf(seed: number): (least: number, most: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (least, most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  };
}

async function runFault(fault: Fault, seed: number): Promise<Outcome> {
  const clock = createManualClock();
  const between = numbersOf(seed + 1);
  const trouble: Trouble = { hangs: false, slowMs: 0, breaks: 0 };
  const chats = Array.from({ length: chatCount }, (_, at) => ({ id: `chat${at}` as DocId, lastAt: at }));
  let starts = 0;
  let changed = (): void => {};
  const catalog = {
    chats: () => chats,
    entry: (id: DocId) => chats.find((chat) => chat.id === id),
    observe: (listener: () => void) => (changed = listener),
    destroyed: { has: () => false, observe: () => () => {} },
  };
  const message = (id: string) => ({ id, role: "user", at: 1, text: `says ${id}`, by: null });
  const vault = {
    cache: { get: async () => null, put: async () => {}, remove: async () => {} },
    catalog: { value: catalog },
    status: () => ({ link: "offline" }),
    docStatus: () => ({ phase: "live" }),
    openChat: async () => ({
      value: {
        warm: async () => {},
        messages: () => [message("a"), message("b")],
        pendingRuns: () => [],
        activeRuns: () => [],
      },
      close: () => {},
    }),
  } as unknown as Parameters<typeof createSearch>[0];
  const startThread: SearchPorts["startThread"] = (onLost) => {
    starts += 1;
    const { ask, close } = watchWorker<SearchRequest, SearchReply>({
      worker: new PlantedWorker(clock, trouble) as unknown as Worker,
      isFailed: ({ kind }) => kind === "failed",
      onLost,
      after: clock.after,
      now: clock.now,
    });
    let size = 0;
    const tell = async (wish: Parameters<typeof ask>[0]): Promise<void> => {
      const reply = await ask(wish);
      if (reply.kind === "done") ({ size } = reply);
    };
    const thread: SearchThread = {
      get size() {
        return size;
      },
      put: (chat, messages) => tell({ kind: "put", chat, messages }),
      retain: (chat, ids) => tell({ kind: "retain", chat, ids }),
      forget: (chat) => tell({ kind: "forget", chat }),
      search: async () => [],
      save: async () => (await tell({ kind: "save" }), []),
      load: (parts) => tell({ kind: "load", parts }),
      close,
    };
    return thread;
  };
  const search: Search = createSearch(vault, {
    ...{ clock, startThread, pause: noPause },
    whenIdle: (act, { earliestMs = 1 } = {}) => clock.after(earliestMs, act),
  });
  const isWell = (): boolean => search.state().state === "well" && search.left() === 0;
  let sawTrouble = false;
  const pass = async (ms: number, stepMs = 250): Promise<void> => {
    for (let at = 0; at < ms; at += stepMs) {
      await clock.advance(Math.min(stepMs, ms - at));
      sawTrouble ||= search.state().state === "trouble" || search.state().restarts > 0;
    }
  };
  const touch = (): void => {
    for (const chat of chats) chat.lastAt += 1;
    changed();
  };
  const recoveredMs: number[] = [];
  const recover = async (): Promise<void> => {
    const from = clock.now();
    while (!isWell() && clock.now() - from < 300_000) await pass(50, 50);
    recoveredMs.push(clock.now() - from);
  };

  search.refresh(null);
  await pass(between(2_000, 5_000));
  let dueRestarts = 0;
  if (fault === "hang") {
    trouble.hangs = true;
    touch();
    dueRestarts = 1;
    while (starts < 2 && clock.now() < 10_000_000) {
      await pass(50, 50);
      // The next one is another process: what hung hangs no more.
      if (search.state().restarts > 0) trouble.hangs = false;
    }
    await recover();
  } else if (fault === "slow") {
    // So busy that each wish takes seconds, but it answers.
    trouble.slowMs = between(1_000, 20_000);
    touch();
    await pass(120_000, 1_000);
    trouble.slowMs = 0;
    await recover();
  } else if (fault === "crash") {
    trouble.breaks = 1;
    dueRestarts = 1;
    touch();
    await pass(20, 20);
    await recover();
  } else {
    dueRestarts = between(3, 6);
    trouble.breaks = dueRestarts;
    touch();
    while (search.state().restarts === 0) await pass(10, 10);
    await recover();
  }
  await pass(5_000, 1_000);
  const outcome = {
    restarts: starts - 1,
    dueRestarts,
    recoveredMs,
    end: search.state(),
    left: search.left(),
    sawTrouble,
  };
  search.close();
  await pass(1_000, 1_000);
  return outcome;
}

const p95 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? 0;

describe("100 of each fault of the index's worker", () => {
  it.each(FAULTS)("IX1 %s: begun anew as often as was due, and all chats are in it again", async (fault) => {
    const outcomes: Outcome[] = [];
    for (let seed = 0; seed < each; seed += 1) outcomes.push(await runFault(fault, seed));
    expect(outcomes.filter(({ restarts, dueRestarts }) => restarts !== dueRestarts)).toEqual([]);
    expect(
      outcomes.filter(({ end, left }) => end.state !== "well" || left > 0 || end.messages !== chatCount * 2),
    ).toEqual([]);
    // Trouble is said while it lasts, and what it was stays said; what was only slow is none.
    expect(outcomes.filter(({ sawTrouble, dueRestarts }) => sawTrouble !== dueRestarts > 0)).toEqual([]);
    const why = { hang: "hung", slow: undefined, crash: "broke", flap: "broke" }[fault];
    expect(new Set(outcomes.map(({ end }) => end.lastError?.why))).toEqual(new Set([why]));
    // IX2: back within 1.5 s of another worker's being possible; one that keeps breaking waits longer each time.
    if (fault === "hang" || fault === "crash")
      expect(p95(outcomes.flatMap(({ recoveredMs }) => recoveredMs))).toBeLessThanOrEqual(1_500);
    if (fault === "flap")
      expect(Math.min(...outcomes.flatMap(({ recoveredMs }) => recoveredMs))).toBeGreaterThan(1_500);
  });

  it("IX3 a page that was frozen for an hour has no hung worker for it", async () => {
    const clock = createManualClock();
    const worker = new PlantedWorker(clock, { hangs: false, slowMs: 3_000, breaks: 0 });
    const lost: string[] = [];
    let frozenMs = 0;
    const { ask, close } = watchWorker<SearchRequest, SearchReply>({
      worker: worker as unknown as Worker,
      isFailed: ({ kind }) => kind === "failed",
      onLost: (why) => lost.push(why),
      after: clock.after,
      now: () => clock.now() + frozenMs,
    });
    for (let hour = 0; hour < 20; hour += 1) {
      const reply = ask({ kind: "save" });
      frozenMs += 3_600_000;
      await clock.advance(5_000);
      expect((await reply).kind).toBe("parts");
    }
    expect(lost).toEqual([]);
    close();
    await expect(ask({ kind: "save" })).rejects.toThrow("the worker is gone");
  });
});
