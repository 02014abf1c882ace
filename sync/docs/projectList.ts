/**
 * The projects of a vault, in the catalog: a root map "projects" holds one map per project:
 *
 *   name, colour      as given      model   the one to ask by default, or ""      isLocalOnly   its privacy label
 *   createdAt         milliseconds since 1970      archived   flag      deletedAt   the tombstone: a time, or null again
 *   keepDays          its chats go so many days after their last message (retention.ts), or null: they are kept
 *
 * What decides who may answer stands here and not in the project's own doc (project.ts), since a device that has a chat has the
 * catalog, too: no device can ask in a project whose label it has not read. For the same reason the label of a deleted project holds
 * on for the chats that are still in it.
 */
import { parseDocId, type DocId } from "#crypto/ids.ts";
import { type Doc, Map as YMap } from "yjs";
import { keepDaysMax, runNameCharsMax, titleCharsMax } from "../limits.ts";
import { readFlag, readMap, readNumber, readString, tidyLine } from "./fields.ts";

export const projectColours = ["wax", "amber", "moss", "teal", "ink", "plum"] as const;
export type ProjectColour = (typeof projectColours)[number];

export interface ProjectEntry {
  readonly id: DocId;
  readonly name: string;
  readonly colour: ProjectColour;
  /** Asked where nobody chooses another; "": the host's own choice. */
  readonly model: string;
  /** Only backends on the host's own machines answer in it. */
  readonly isLocalOnly: boolean;
  readonly createdAt: number;
  readonly archived: boolean;
  readonly deletedAt: number | null;
  /** `null`: for ever. */
  readonly keepDays: number | null;
}

export interface ProjectChange {
  readonly name?: string;
  readonly colour?: ProjectColour;
  readonly model?: string;
  readonly isLocalOnly?: boolean;
  readonly archived?: boolean;
  /** From 1 to `keepDaysMax`. */
  readonly keepDays?: number | null;
}

export interface ProjectList {
  /** By name, without deleted ones. */
  all(): readonly ProjectEntry[];
  withDeleted(): readonly ProjectEntry[];
  /** Also a deleted one. */
  entry(id: DocId): ProjectEntry | null;
  /** Does nothing when it is listed already. */
  add(id: DocId, name: string, colour: ProjectColour, at: number): void;
  change(id: DocId, change: ProjectChange): void;
  remove(id: DocId, at: number): void;
  restore(id: DocId): void;
}

/** `isDestroyed`: what the map still says of such a project is nothing. */
export function createProjectList(doc: Doc, isDestroyed: (id: DocId) => boolean = () => false): ProjectList {
  const root = doc.getMap<unknown>("projects");

  const put = (id: DocId, values: Readonly<Record<string, unknown>>): void => {
    const entry = readMap(root, id);
    if (entry === null) return;
    doc.transact(() => {
      // Writing a value that stands already would only make every device store it once more.
      for (const [key, value] of Object.entries(values)) if (entry.get(key) !== value) entry.set(key, value);
    });
  };

  const list: ProjectList = {
    all: () => list.withDeleted().filter(({ deletedAt }) => deletedAt === null),
    withDeleted: () => {
      const found: ProjectEntry[] = [];
      for (const key of root.keys()) {
        const id = parseDocId(key);
        const entry = id === null ? null : list.entry(id);
        if (entry !== null) found.push(entry);
      }
      return found.sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
    },
    entry: (id) => {
      const entry = isDestroyed(id) ? null : readMap(root, id);
      return entry === null ? null : readEntry(id, entry);
    },
    add: (id, name, colour, at) =>
      doc.transact(() => {
        if (readMap(root, id) !== null || isDestroyed(id)) return;
        const fields = { name: tidyLine(name, titleCharsMax), colour, createdAt: at };
        root.set(id, new YMap<unknown>(Object.entries(fields)));
      }),
    change: (id, { name, model, ...rest }) =>
      put(id, {
        ...rest,
        ...(name === undefined ? {} : { name: tidyLine(name, titleCharsMax) }),
        ...(model === undefined ? {} : { model: tidyLine(model, runNameCharsMax) }),
      }),
    remove: (id, at) => put(id, { deletedAt: at }),
    restore: (id) => put(id, { deletedAt: null }),
  };
  return list;
}

/** What makes no sense keeps. */
function readDays(days: number | null): number | null {
  return days !== null && Number.isInteger(days) && days >= 1 && days <= keepDaysMax ? days : null;
}

function readEntry(id: DocId, entry: YMap<unknown>): ProjectEntry {
  const colour = readString(entry, "colour");
  return {
    id,
    name: tidyLine(readString(entry, "name") ?? "", titleCharsMax),
    colour: projectColours.find((known) => known === colour) ?? "ink",
    model: tidyLine(readString(entry, "model") ?? "", runNameCharsMax),
    isLocalOnly: readFlag(entry, "isLocalOnly"),
    createdAt: readNumber(entry, "createdAt") ?? 0,
    archived: readFlag(entry, "archived"),
    deletedAt: readNumber(entry, "deletedAt"),
    keepDays: readDays(readNumber(entry, "keepDays")),
  };
}
