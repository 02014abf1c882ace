import { beforeEach, expect, test } from "vitest";
import { Doc } from "yjs";
import { authorIdFromBytes, docIdFromBytes } from "#crypto/ids.ts";
import { createCatalog } from "#sync/docs/catalog.ts";
import { setPushed } from "#sync/docs/pushed.ts";
import { createReminders } from "#sync/docs/reminders.ts";
import { alarmsDelayMs, alarmsMax } from "#sync/limits.ts";
import { createManualClock, drainMicrotasks } from "#sync/testing/manualClock.ts";
import { type AlarmVault, keepAlarms } from "./keepAlarms.ts";

const phone = authorIdFromBytes(new Uint8Array(16).fill(1));
const gone = authorIdFromBytes(new Uint8Array(16).fill(2));
const minuteMs = 60_000;
let doc: Doc;
let link: "live" | "away";
let told: (readonly number[])[];
let takes: boolean;
let tellStatus: () => void;
let clock: ReturnType<typeof createManualClock>;

beforeEach(() => {
  [doc, link, told, takes, tellStatus] = [new Doc(), "live", [], true, () => {}];
  clock = createManualClock();
});

const begin = (): (() => void) => {
  const vault = {
    catalog: { yDoc: doc, value: createCatalog(doc) },
    devices: () => [{ id: phone }],
    setAlarms: (times: readonly number[]) => {
      told.push(times);
      return Promise.resolve(takes);
    },
    status: () => ({ link }),
    subscribeStatus: (listener: () => void) => {
      tellStatus = listener;
      return () => {};
    },
  } as unknown as AlarmVault;
  return keepAlarms(vault, clock);
};
const remind = (id: string, at: number): boolean =>
  createReminders(doc).set({ project: null, id }, { at, every: null });
const pass = async (): Promise<void> => {
  await clock.advance(alarmsDelayMs);
  await drainMicrotasks();
};

test("TR10 the host hears times to the minute, once, and only while a device of the vault has asked to be told", async () => {
  const now = clock.now();
  const base = Math.ceil(now / minuteMs) * minuteMs + 10 * minuteMs;
  remind("a", base + 1);
  remind("b", base + 30_000);
  remind("past", now - 1);
  const stop = begin();
  setPushed(doc, gone, true);
  await pass();
  expect(told).toEqual([]);
  setPushed(doc, phone, true);
  await pass();
  expect(told).toEqual([[base + minuteMs]]);
  await pass();
  remind("a", base + 2);
  await pass();
  expect(told).toHaveLength(1);
  setPushed(doc, phone, false);
  await pass();
  expect(told.at(-1)).toEqual([]);
  stop();
  remind("c", base + 5 * minuteMs);
  await pass();
  expect(told).toHaveLength(2);
});

test("TR11 told anew to each link, and again after a host that did not take it; no more than it may be told", async () => {
  setPushed(doc, phone, true);
  const far = clock.now() + 1_000 * minuteMs;
  for (let each = 0; each < alarmsMax + 9; each++) remind(`t${each}`, far + each * minuteMs);
  takes = false;
  begin();
  await pass();
  expect(told.map((times) => times.length)).toEqual([alarmsMax]);
  takes = true;
  remind("t0", far + 500 * minuteMs);
  await pass();
  link = "away";
  tellStatus();
  link = "live";
  tellStatus();
  await pass();
  expect(told.map((times) => times.length)).toEqual([alarmsMax, alarmsMax, alarmsMax]);
});

test("TR12 nobody is told of what is due in a project that was deleted, from the moment in which it is; brought back, it counts again; destroyed, its times are gone", async () => {
  const project = docIdFromBytes(new Uint8Array(16).fill(7));
  const { projects, destroyed, sweep } = createCatalog(doc);
  const at = Math.ceil(clock.now() / minuteMs) * minuteMs + 10 * minuteMs;
  projects.add(project, "House", "moss", 1);
  createReminders(doc).set({ project, id: "of-project" }, { at, every: null });
  remind("own", at + minuteMs);
  setPushed(doc, phone, true);
  begin();
  await pass();
  projects.remove(project, clock.now());
  await pass();
  projects.restore(project);
  await pass();
  const [both, own] = [[at, at + minuteMs], [at + minuteMs]];
  expect(told).toEqual([both, own, both]);
  destroyed.addProject(project, new Set(), clock.now());
  sweep();
  await pass();
  expect(told.at(-1)).toEqual(own);
  expect(createReminders(doc).list()).toMatchObject([{ id: "own" }]);
});
