import { beforeEach, expect, test } from "vitest";
import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";
import { docIdFromBytes } from "#crypto/ids.ts";
import { remindersMax } from "../limits.ts";
import { createReminders, everyFrom, finishTask, nextTime, type Reminders } from "./reminders.ts";
import { createTasks, type Tasks } from "./tasks.ts";
import { parseWhen, sayWhen } from "./wallTime.ts";

const vienna = "Europe/Vienna";
const project = docIdFromBytes(new Uint8Array(16).fill(2));
const at = (text: string, zone = vienna): number => parseWhen(text, zone) ?? Number.NaN;
let doc: Doc;
let reminders: Reminders;
let tasks: Tasks;

beforeEach(() => {
  doc = new Doc();
  reminders = createReminders(doc);
  tasks = createTasks(doc);
  tasks.add({ id: "a", text: "Paint", at: 1, chat: null });
});

test("TR4 of the vault and of a project, the next first; taken off, and told to who looks", () => {
  let changes = 0;
  const leave = reminders.observe(() => (changes += 1));
  reminders.set({ project, id: "b" }, { at: 20, every: null });
  reminders.set({ project: null, id: "a" }, { at: 10, every: everyFrom(10, "day", vienna) });
  expect(reminders.list()).toMatchObject([
    { project: null, id: "a", at: 10, every: { unit: "day", zone: vienna } },
    { project, id: "b", at: 20, every: null },
  ]);
  reminders.set({ project: null, id: "a" }, null);
  expect(reminders.get({ project: null, id: "a" })).toBeNull();
  expect([reminders.list().length, changes]).toEqual([1, 3]);
  leave();
});

test("TR5 every day at one time of the clock, also where clocks are put forward and back", () => {
  const every = everyFrom(at("2026-03-27T02:30"), "day", vienna);
  const times: string[] = [];
  for (let now = at("2026-03-27T02:30"), many = 0; many < 4; many++) {
    now = nextTime(every, now);
    times.push(sayWhen(now, vienna));
  }
  // The 29th has no half past two; the day after has it again.
  expect(times).toEqual(["2026-03-28T02:30", "2026-03-29T03:30", "2026-03-30T02:30", "2026-03-31T02:30"]);
  // The 25th of October has it twice, and rings once.
  const autumn = nextTime(every, at("2026-10-24T12:00"));
  expect(new Date(autumn).toISOString()).toBe("2026-10-25T00:30:00.000Z");
  expect(sayWhen(nextTime(every, autumn), vienna)).toBe("2026-10-26T02:30");
});

test("TR5 every week on its weekday, on a device in whatever zone; 1,000 days long each day once", () => {
  const every = everyFrom(at("2026-11-23T09:00"), "week", vienna);
  expect(every.weekday).toBe(1);
  expect(sayWhen(nextTime(every, at("2026-11-23T09:00")), vienna)).toBe("2026-11-30T09:00");
  expect(sayWhen(nextTime(every, at("2026-11-29T23:59")), vienna)).toBe("2026-11-30T09:00");
  const daily = everyFrom(at("2026-01-01T02:30"), "day", vienna);
  const days = new Set<string>();
  let now = at("2026-01-01T02:30");
  for (let many = 0; many < 1_000; many++) {
    const next = nextTime(daily, now);
    expect(next).toBeGreaterThan(now);
    days.add(sayWhen(next, vienna).slice(0, 10));
    now = next;
  }
  expect(days.size).toBe(1_000);
});

test("TR6 done once is over; done again and again moves on, past what was missed; both can be taken back", () => {
  const once = { project: null, id: "a" };
  reminders.set(once, { at: 10, every: null });
  const undo = finishTask(tasks, reminders, once, 50);
  expect([tasks.list()[0]?.doneAt, reminders.get(once)]).toEqual([50, null]);
  undo?.();
  expect([tasks.list()[0]?.doneAt, reminders.get(once)?.at]).toEqual([null, 10]);

  const due = at("2026-11-20T09:00");
  reminders.set(once, { at: due, every: everyFrom(due, "day", vienna) });
  const back = finishTask(tasks, reminders, once, at("2026-11-22T12:00"));
  expect(tasks.list()[0]?.doneAt).toBeNull();
  expect(sayWhen(reminders.get(once)?.at ?? 0, vienna)).toBe("2026-11-23T09:00");
  back?.();
  expect(reminders.get(once)?.at).toBe(due);
  // Done before it was due: this time is the one that was meant.
  finishTask(tasks, reminders, once, at("2026-11-19T12:00"));
  expect(sayWhen(reminders.get(once)?.at ?? 0, vienna)).toBe("2026-11-21T09:00");
  expect(finishTask(tasks, reminders, { project: null, id: "none" }, 1)).toBeNull();
});

test("TR7 two devices that mark one time as done while apart have it come again once", () => {
  const due = at("2026-11-20T09:00");
  const other = new Doc();
  reminders.set({ project: null, id: "a" }, { at: due, every: everyFrom(due, "day", vienna) });
  applyUpdate(other, encodeStateAsUpdate(doc));
  finishTask(tasks, reminders, { project: null, id: "a" }, due + 60_000);
  finishTask(createTasks(other), createReminders(other), { project: null, id: "a" }, due + 90_000);
  applyUpdate(other, encodeStateAsUpdate(doc));
  applyUpdate(doc, encodeStateAsUpdate(other));
  for (const each of [reminders, createReminders(other)])
    expect(each.list().map((one) => sayWhen(one.at, vienna))).toEqual(["2026-11-21T09:00"]);
});

test("TR8 bounded, and what is no reminder is none", () => {
  const root = doc.getMap<unknown>("reminders");
  for (const [key, value] of [
    ["-/x", 5],
    ["-/x2", null],
    ["x", { at: 1 }],
    ["/x", { at: 1 }],
    ["-/", { at: 1 }],
    ["nodoc/x", { at: 1 }],
    ["-/late", { at: Number.MAX_VALUE }],
    ["-/nan", { at: "1" }],
  ] as const)
    root.set(key, value);
  expect(reminders.list()).toEqual([]);
  root.set("-/odd", { at: 5, unit: "year", minute: 0, weekday: 0, zone: vienna });
  root.set("-/zone", { at: 6, unit: "day", minute: 30, weekday: 0, zone: "Mars/Olympus" });
  expect(reminders.list()).toEqual([
    { project: null, id: "odd", at: 5, every: null },
    { project: null, id: "zone", at: 6, every: { unit: "day", minute: 30, weekday: 0, zone: "UTC" } },
  ]);
  let kept = 0;
  for (let each = 0; each < remindersMax + 5; each++)
    kept += Number(reminders.set({ project: null, id: `t${each}` }, { at: 1, every: null }));
  expect([kept, root.size]).toEqual([remindersMax - 10, remindersMax]);
  expect(reminders.set({ project: null, id: "t0" }, { at: 2, every: null })).toBe(true);
});
