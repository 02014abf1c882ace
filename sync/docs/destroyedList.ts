/**
 * What was destroyed, in the catalog: docs whose keys and logs are to be nowhere any more (destroying.ts). A root map "destroyed":
 *
 *   <doc>                          when, in milliseconds since 1970: a chat, a project, an artifact, or a file of theirs
 *   <project>/docs                 of a project: how many went with it, itself among them
 *   <project>/gone/<device>        … and when that device had nothing of them left
 *
 * Nothing is ever taken out of it, so a device that was away cannot bring back what it still holds. It has no title and no name: those
 * go with the entry.
 */
import { parseAuthorId, parseDocId, type AuthorId, type DocId } from "#crypto/ids.ts";
import type { Doc } from "yjs";
import { readNumber } from "./fields.ts";

export interface DestroyedProject {
  readonly id: DocId;
  readonly at: number;
  readonly docs: number;
  /** Devices that have nothing of it left, as they said. */
  readonly goneFrom: ReadonlyMap<AuthorId, number>;
}

export interface DestroyedList {
  has(doc: DocId): boolean;
  readonly isEmpty: boolean;
  docs(): readonly DocId[];
  /** The newest first. */
  projects(): readonly DestroyedProject[];
  add(docs: Iterable<DocId>, at: number): void;
  /** Its doc and those that go with it. */
  addProject(id: DocId, docs: ReadonlySet<DocId>, at: number): void;
  noteGone(project: DocId, device: AuthorId, at: number): void;
  observe(listener: () => void): () => void;
}

/** Digits of an id. */
const HEX = 32;

export function createDestroyedList(doc: Doc): DestroyedList {
  const root = doc.getMap<unknown>("destroyed");
  const list: DestroyedList = {
    has: (id) => root.has(id),
    get isEmpty() {
      return root.keys().next().done === true;
    },
    docs: () => [...root.keys()].flatMap((key) => (key.length === HEX ? (parseDocId(key) ?? []) : [])),
    projects: () =>
      [...root.keys()]
        .flatMap((key): DestroyedProject[] => {
          const id = key.endsWith("/docs") ? parseDocId(key.slice(0, HEX)) : null;
          const at = id === null ? null : readNumber(root, id);
          const docs = readNumber(root, key);
          return id === null || at === null || docs === null ? [] : [{ id, at, docs, goneFrom: goneFrom(id) }];
        })
        .sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1)),
    add: (docs, at) =>
      doc.transact(() => {
        for (const id of docs) if (!root.has(id)) root.set(id, at);
      }),
    addProject: (id, docs, at) =>
      doc.transact(() => {
        list.add([...docs, id], at);
        if (!root.has(`${id}/docs`)) root.set(`${id}/docs`, new Set([...docs, id]).size);
      }),
    noteGone: (project, device, at) => {
      if (!root.has(`${project}/gone/${device}`)) root.set(`${project}/gone/${device}`, at);
    },
    observe: (listener) => {
      root.observe(listener);
      return () => root.unobserve(listener);
    },
  };

  function goneFrom(project: DocId): ReadonlyMap<AuthorId, number> {
    const prefix = `${project}/gone/`;
    const found = new Map<AuthorId, number>();
    for (const key of root.keys()) {
      const device = key.startsWith(prefix) ? parseAuthorId(key.slice(prefix.length)) : null;
      const at = device === null ? null : readNumber(root, key);
      if (device !== null && at !== null) found.set(device, at);
    }
    return found;
  }
  return list;
}
