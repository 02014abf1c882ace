/**
 * A project's files, in its own doc: a root map "files" holds one map per file, by the file's id:
 *
 *   name, type, bytes, key, content, reading   the attachment's (attachments/attachment.ts)
 *   addedAt, device                            when, and on which device      deletedAt   the tombstone: a time, or null again
 */
import { parseAuthorId, type AuthorId, type DocId } from "#crypto/ids.ts";
import { type Doc, Map as YMap } from "yjs";
import type { Attachment } from "../attachments/attachment.ts";
import { readAttachment } from "../attachments/readAttachment.ts";
import { projectFilesMax } from "../limits.ts";
import { readMap, readNumber, readString } from "./fields.ts";

export interface ProjectFile extends Attachment {
  readonly addedAt: number;
  readonly device: AuthorId | null;
}

export interface ProjectFiles {
  /** Newest first, without deleted ones. */
  list(): readonly ProjectFile[];
  withDeleted(): readonly ProjectFile[];
  /** Also a deleted one: an answer may cite it still. */
  file(id: DocId): ProjectFile | null;
  /** Does nothing when the project is full. */
  add(file: Attachment, at: number, device: AuthorId): void;
  remove(id: DocId, at: number): void;
  restore(id: DocId): void;
  observe(listener: () => void): () => void;
}

export function createProjectFiles(doc: Doc): ProjectFiles {
  const root = doc.getMap<unknown>("files");
  const mark = (id: DocId, deletedAt: number | null): void => {
    const entry = readMap(root, id);
    if (entry !== null && readNumber(entry, "deletedAt") !== deletedAt) entry.set("deletedAt", deletedAt);
  };
  const files: ProjectFiles = {
    withDeleted: () =>
      [...root.keys()].flatMap((key) => {
        const entry = readMap(root, key);
        return entry === null ? [] : (readFile(key, entry) ?? []);
      }),
    list: () => {
      const found: ProjectFile[] = [];
      for (const key of root.keys()) {
        const entry = readMap(root, key);
        const file = entry === null || readNumber(entry, "deletedAt") !== null ? null : readFile(key, entry);
        if (file !== null) found.push(file);
      }
      return found.sort((a, b) => b.addedAt - a.addedAt || (a.id < b.id ? -1 : 1)).slice(0, projectFilesMax);
    },
    file: (id) => {
      const entry = readMap(root, id);
      return entry === null ? null : readFile(id, entry);
    },
    add: (file, at, device) =>
      doc.transact(() => {
        if (files.list().length >= projectFilesMax) return;
        root.set(file.id, new YMap<unknown>(Object.entries({ ...file, addedAt: at, device })));
      }),
    remove: (id, at) => mark(id, at),
    restore: (id) => mark(id, null),
    observe: (listener) => {
      root.observeDeep(listener);
      return () => root.unobserveDeep(listener);
    },
  };
  return files;
}

/** A member could list one file under another's name. */
function readFile(key: string, entry: YMap<unknown>): ProjectFile | null {
  const file = readAttachment(entry.toJSON());
  if (file === null || file.id !== key) return null;
  const device = parseAuthorId(readString(entry, "device") ?? "");
  return { ...file, addedAt: readNumber(entry, "addedAt") ?? 0, device };
}
