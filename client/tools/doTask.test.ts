import { beforeEach, expect, test } from "vitest";
import { Doc } from "yjs";
import { docIdFromBytes } from "#crypto/ids.ts";
import { createTasks, type Tasks } from "#sync/docs/tasks.ts";
import type { Vault } from "#sync/vault.ts";
import { doTask } from "./doTask.ts";

const chat = docIdFromBytes(new Uint8Array(16).fill(1));
const project = docIdFromBytes(new Uint8Array(16).fill(2));
let tasks: Tasks;
let flushed: number;
let deletedAt: number | null;

beforeEach(() => {
  tasks = createTasks(new Doc());
  [flushed, deletedAt] = [0, null];
});

const vault = (): Vault =>
  ({
    catalog: {
      value: { entry: (id: string) => (id === chat ? { project } : null), projects: { entry: () => ({ deletedAt }) } },
    },
    openProject: () => Promise.resolve({ value: { tasks }, close: () => {} }),
    flush: () => {
      flushed += 1;
      return Promise.resolve();
    },
  }) as unknown as Vault;
const act = (name: string, args: Record<string, unknown> = {}, call = "call", doc = chat) =>
  doTask(vault(), { doc, call, name, args }, 7);

test("TK4 a model lists, adds and marks as done; a call that is answered twice makes one task", async () => {
  expect((await act("task_list")).says).toBe("There are no tasks.");
  for (let again = 0; again < 2; again++)
    expect(await act("task_add", { text: "Paint the boat" })).toMatchObject({ says: "Added.", isError: false });
  expect((await act("task_list")).says).toBe("to do: Paint the boat (id call)");
  expect(await act("task_done", { id: "call" })).toMatchObject({ isError: false });
  expect((await act("task_list")).says).toBe("done: Paint the boat (id call)");
  expect(tasks.list()).toMatchObject([{ chat, doneAt: 7 }]);
  expect(flushed).toBeGreaterThan(3);
});

test("TK5 what makes no sense is said, and outside of a project there is no list", async () => {
  for (const [name, args] of [
    ["task_add", { text: " " }],
    ["task_add", {}],
    ["task_done", { id: 5 }],
    ["task_done", { id: "none" }],
    ["task_burn", {}],
  ] as const)
    expect(await act(name, args), name).toMatchObject({ isError: true });
  expect(await act("task_add", { text: "x" }, "call", project)).toMatchObject({ isError: true });
  deletedAt = 1;
  expect(await act("task_add", { text: "x" })).toMatchObject({ isError: true });
  expect(tasks.list()).toEqual([]);
});
