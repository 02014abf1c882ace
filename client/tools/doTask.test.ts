import { beforeEach, expect, test } from "vitest";
import { Doc } from "yjs";
import { docIdFromBytes } from "#crypto/ids.ts";
import { createReminders } from "#sync/docs/reminders.ts";
import { createTasks, type Tasks } from "#sync/docs/tasks.ts";
import type { Vault } from "#sync/vault.ts";
import { doTask } from "./doTask.ts";

const [chat, project, loose, stranger] = [1, 2, 3, 4].map((n) => docIdFromBytes(new Uint8Array(16).fill(n))) as [
  ReturnType<typeof docIdFromBytes>,
  ReturnType<typeof docIdFromBytes>,
  ReturnType<typeof docIdFromBytes>,
  ReturnType<typeof docIdFromBytes>,
];
const now = Date.UTC(2026, 10, 20, 12);
const zone = "Europe/Vienna";
let catalog: Doc;
let tasks: Tasks;
let flushed: number;
let deletedAt: number | null;

beforeEach(() => {
  catalog = new Doc();
  tasks = createTasks(new Doc());
  [flushed, deletedAt] = [0, null];
});

const vault = (): Vault =>
  ({
    catalog: {
      yDoc: catalog,
      value: {
        entry: (id: string) => (id === chat ? { project } : id === loose ? { project: null } : null),
        projects: { entry: () => ({ deletedAt }) },
      },
    },
    openProject: () => Promise.resolve({ value: { tasks }, close: () => {} }),
    flush: () => {
      flushed += 1;
      return Promise.resolve();
    },
  }) as unknown as Vault;
const act = (name: string, args: Record<string, unknown> = {}, call = "call", doc = chat) =>
  doTask(vault(), { doc, call, name, args, model: "gpt-oss" }, now, zone);

test("TK4 a model lists, adds and marks as done; a call that is answered twice makes one task", async () => {
  expect((await act("task_list")).says).toBe("There are no tasks.");
  for (let again = 0; again < 2; again++)
    expect(await act("task_add", { text: "Paint the boat" })).toMatchObject({ says: "Added.", isError: false });
  expect((await act("task_list")).says).toBe("to do: Paint the boat (id call)");
  expect(await act("task_done", { id: "call" })).toMatchObject({ isError: false });
  expect((await act("task_list")).says).toBe("done: Paint the boat (id call)");
  // Beside the owner’s own, it says whose words it is.
  expect(tasks.list()).toMatchObject([{ chat, by: "gpt-oss", doneAt: now }]);
  expect(flushed).toBeGreaterThan(3);
});

test("TK6 with a time by the owner’s clock; done, what comes again comes again", async () => {
  const args = { text: "Water the plants", at: "2026-11-21T09:00", every: "day" };
  expect(await act("task_add", args)).toMatchObject({
    says: "Added. Due 2026-11-21T09:00, every day.",
    isError: false,
  });
  expect(createReminders(catalog).list()).toMatchObject([{ project, id: "call", at: Date.UTC(2026, 10, 21, 8) }]);
  expect((await act("task_list")).says).toBe("to do: Water the plants (id call) Due 2026-11-21T09:00, every day.");
  // Its owner has put it off since: a call that is answered again changes nothing.
  createReminders(catalog).set({ project, id: "call" }, { at: now + 1, every: null });
  await act("task_add", args);
  expect(createReminders(catalog).list()).toMatchObject([{ at: now + 1 }]);
  createReminders(catalog).set({ project, id: "call" }, null);
  await act("task_add", { text: "Dance", at: "2026-11-21T09:00", every: "week" }, "other");
  expect((await act("task_done", { id: "other" })).says).toBe(
    "Marked as done for this time. Due 2026-11-28T09:00, every week.",
  );
});

test("TK7 in a chat without a project they are the vault’s own, and none of a project’s", async () => {
  expect(await act("task_add", { text: "Call Vera", at: "2026-11-21T09:00" }, "mine", loose)).toMatchObject({
    isError: false,
  });
  expect(createTasks(catalog).list()).toMatchObject([{ id: "mine", text: "Call Vera", chat: loose }]);
  expect(createReminders(catalog).list()).toMatchObject([{ project: null, id: "mine" }]);
  expect((await act("task_list")).says).toBe("There are no tasks.");
  expect((await act("task_list", {}, "call", loose)).says).toContain("Call Vera");
  expect(await act("task_done", { id: "mine" })).toMatchObject({ isError: true });
});

test("TK5 what makes no sense is said, and of a chat that is in no catalog nothing is kept", async () => {
  for (const [name, args] of [
    ["task_add", { text: " " }],
    ["task_add", {}],
    ["task_add", { text: "x", at: "soon" }],
    ["task_add", { text: "x", every: "day" }],
    ["task_add", { text: "x", at: "2026-11-20T12:59" }],
    ["task_add", { text: "x", at: "2026-11-21T09:00", every: "year" }],
    ["task_done", { id: 5 }],
    ["task_done", { id: "none" }],
    ["task_burn", {}],
  ] as const)
    expect(await act(name, args), JSON.stringify(args)).toMatchObject({ isError: true });
  expect(await act("task_add", { text: "x" }, "call", stranger)).toMatchObject({ isError: true });
  deletedAt = 1;
  expect(await act("task_add", { text: "x" })).toMatchObject({ isError: true });
  expect([tasks.list(), createTasks(catalog).list(), createReminders(catalog).list()]).toEqual([[], [], []]);
});
