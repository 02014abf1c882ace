/**
 * A project's tasks in its own doc, the vault's own in the catalog's: a root map "tasks" holds one map for each, by its id:
 *
 *   text  a line      at  when it was added      chat  where a model added it, or left out: the owner wrote it      by  that model's name, as its host gave it
 *   doneAt, deletedAt  a time, or null again
 *
 * When one is due stands in the catalog for all of them (reminders.ts). A model's has its call's id, so that devices which answer that call at once make one task.
 */
import { parseDocId, type DocId } from "#crypto/ids.ts";
import { type Doc, Map as YMap } from "yjs";
import { runNameCharsMax, taskCharsMax, tasksMax } from "../limits.ts";
import { readMap, readNumber, readString, tidyLine } from "./fields.ts";

export interface Task {
  readonly id: string;
  readonly text: string;
  readonly at: number;
  /** `null`: the owner wrote it down. */
  readonly chat: DocId | null;
  /** Which model; "": one whose name nobody wrote down. Of no matter where the owner wrote it. */
  readonly by: string;
  readonly doneAt: number | null;
}

export interface Tasks {
  /** What is to be done in the order in which it was added, then what is done, the newest first. */
  list(): readonly Task[];
  /** `false`: there are too many, it says nothing, or it is there already. */
  add(task: Omit<Task, "doneAt" | "by"> & { readonly by?: string }): boolean;
  setText(id: string, text: string): void;
  /** `false`: there is none of that id. */
  setDone(id: string, doneAt: number | null): boolean;
  remove(id: string, at: number): void;
  restore(id: string): void;
  observe(listener: () => void): () => void;
}

export function createTasks(doc: Doc): Tasks {
  const root = doc.getMap<unknown>("tasks");
  const mark = (id: string, key: "doneAt" | "deletedAt", at: number | null): boolean => {
    const entry = readMap(root, id);
    if (entry !== null && readNumber(entry, key) !== at) entry.set(key, at);
    return entry !== null;
  };
  const tasks: Tasks = {
    list: () => {
      const found: Task[] = [];
      for (const id of root.keys()) {
        const entry = readMap(root, id);
        const task = entry === null || readNumber(entry, "deletedAt") !== null ? null : readTask(id, entry);
        if (task !== null) found.push(task);
      }
      const byId = (a: Task, b: Task): number => (a.id < b.id ? -1 : 1);
      const open = found.filter(({ doneAt }) => doneAt === null).sort((a, b) => a.at - b.at || byId(a, b));
      const done = found.filter(({ doneAt }) => doneAt !== null);
      return [...open, ...done.sort((a, b) => (b.doneAt ?? 0) - (a.doneAt ?? 0) || byId(a, b))].slice(0, tasksMax);
    },
    add: ({ id, text, at, chat, by = "" }) =>
      doc.transact(() => {
        const tidy = tidyLine(text, taskCharsMax);
        if (tidy === "" || readMap(root, id) !== null || tasks.list().length >= tasksMax) return false;
        const name = tidyLine(by, runNameCharsMax);
        root.set(id, new YMap<unknown>(Object.entries({ text: tidy, at, chat, ...(name === "" ? {} : { by: name }) })));
        return true;
      }),
    setText: (id, text) => {
      const tidy = tidyLine(text, taskCharsMax);
      const entry = readMap(root, id);
      if (tidy !== "" && entry !== null && entry.get("text") !== tidy) entry.set("text", tidy);
    },
    setDone: (id, doneAt) => mark(id, "doneAt", doneAt),
    remove: (id, at) => void mark(id, "deletedAt", at),
    restore: (id) => void mark(id, "deletedAt", null),
    observe: (listener) => {
      root.observeDeep(listener);
      return () => root.unobserveDeep(listener);
    },
  };
  return tasks;
}

function readTask(id: string, entry: YMap<unknown>): Task | null {
  const text = tidyLine(readString(entry, "text") ?? "", taskCharsMax);
  if (text === "") return null;
  const [at, doneAt] = [readNumber(entry, "at") ?? 0, readNumber(entry, "doneAt")];
  const by = tidyLine(readString(entry, "by") ?? "", runNameCharsMax);
  return { id, text, at, chat: parseDocId(readString(entry, "chat") ?? ""), by, doneAt };
}
