/**
 * The catalog, one per vault: the list of chats. A root map "chats" holds one map per chat:
 *
 *   title       a title that a person gave              autoTitle   one made from the first question
 *   createdAt, lastAt      milliseconds since 1970      pinned, archived, unread    flags
 *   deletedAt   the tombstone: a time, or null again    waiting     map of runs that wait for a host
 *   project     the project that it is in, or null; what is known of projects stands beside (projectList.ts)
 *   goesAt      it is older than its project keeps chats, and is destroyed then (retention.ts); or null again: whatever somebody does
 *               about its being kept takes the time back, so that one which was said long ago is never taken for a notice
 *   tool        of a chat that a tool had with a model through a host's gateway (records.ts): as the owner calls the tool
 *
 * The two titles are two keys, so that an automatic one cannot win over a person's even when both are written at the same
 * time on two devices. An entry is taken out of the map only when it is destroyed, which stands beside (destroyedList.ts): a device that was
 * away cannot bring a deleted chat back.
 */
import { parseDocId, parseRunId, type DocId, type RunId } from "#crypto/ids.ts";
import { type Doc, Map as YMap } from "yjs";
import { autoTitleCharsMax, titleCharsMax } from "../limits.ts";
import { readFlag, readMap, readNumber, readString, tidyLine } from "./fields.ts";
import { createArtifactList, type ArtifactList } from "./artifactList.ts";
import { createDestroyedList, type DestroyedList } from "./destroyedList.ts";
import { createProjectList, type ProjectList } from "./projectList.ts";

export interface ChatEntry {
  readonly id: DocId;
  /** Empty when the chat has no title yet. */
  readonly title: string;
  readonly titledBy: "auto" | "person";
  readonly createdAt: number;
  readonly lastAt: number;
  readonly pinned: boolean;
  readonly archived: boolean;
  /** An answer came to its end on a device where nobody looked; whoever opens the chat takes it back. */
  readonly unread: boolean;
  readonly deletedAt: number | null;
  /** The tool that had this conversation; `null`: a person has it. */
  readonly tool: string | null;
  /** Runs asked for and not yet taken by a host, as far as the catalog knows. */
  readonly waiting: readonly RunId[];
  readonly project: DocId | null;
  readonly goesAt: number | null;
}

export interface Catalog {
  readonly doc: Doc;
  readonly projects: ProjectList;
  readonly artifacts: ArtifactList;
  readonly destroyed: DestroyedList;
  /** Newest first, without deleted ones. */
  chats(): readonly ChatEntry[];
  /** Also of a deleted chat. */
  entry(id: DocId): ChatEntry | null;
  /** Deleted ones, too, in no order. */
  withDeleted(): readonly ChatEntry[];
  /** Deleted ones, too. */
  ofProject(project: DocId): readonly ChatEntry[];
  /** Does nothing when the chat is listed already, or was destroyed. */
  addChat(id: DocId, at: number): void;
  rename(id: DocId, title: string): void;
  /** Shown until a person gives a title, and never after. */
  autoTitle(id: DocId, title: string): void;
  setPinned(id: DocId, isPinned: boolean): void;
  setArchived(id: DocId, isArchived: boolean): void;
  setUnread(id: DocId, isUnread: boolean): void;
  setGoesAt(id: DocId, at: number | null): void;
  /** Into a project, or out of all. */
  setProject(id: DocId, project: DocId | null): void;
  remove(id: DocId, at: number): void;
  restore(id: DocId): void;
  /** Takes out what the lists still say of what was destroyed. */
  sweep(): void;
  /** Moves `lastAt` forward, never back. */
  touch(id: DocId, at: number): void;
  /** This is what a tool said, not a person. */
  setTool(id: DocId, tool: string): void;
  setWaiting(id: DocId, run: RunId, isWaiting: boolean): void;
  isWaiting(id: DocId, run: RunId): boolean;
  /** Of all chats, deleted ones left out. */
  waiting(): readonly { readonly chat: DocId; readonly run: RunId }[];
  /** Whether a question may be left for a host that is away; yes, unless the owner said no. */
  readonly allowsWaitingGrants: boolean;
  setWaitingGrants(isAllowed: boolean): void;
  observe(listener: () => void): () => void;
}

export function createCatalog(doc: Doc): Catalog {
  const root = doc.getMap<unknown>("chats");
  const settings = doc.getMap<unknown>("settings");
  const projects = doc.getMap<unknown>("projects");
  const artifacts = doc.getMap<unknown>("artifacts");
  const reminders = doc.getMap<unknown>("reminders");
  const destroyed = createDestroyedList(doc);
  const isGone = (text: string): boolean => {
    const id = parseDocId(text);
    return id !== null && destroyed.has(id);
  };

  const all = (): ChatEntry[] => {
    const found: ChatEntry[] = [];
    for (const key of root.keys()) {
      const id = parseDocId(key);
      const entry = id === null ? null : catalog.entry(id);
      if (entry !== null) found.push(entry);
    }
    return found;
  };
  const entries = (): ChatEntry[] => all().filter(({ deletedAt }) => deletedAt === null);

  const change = (id: DocId, write: (entry: YMap<unknown>) => void): void => {
    const entry = readMap(root, id);
    if (entry !== null) doc.transact(() => write(entry));
  };

  /** Writing a value that stands already would only make every device store it once more. */
  const put = (id: DocId, key: string, value: unknown): void =>
    change(id, (entry) => {
      if (entry.get(key) !== value) entry.set(key, value);
    });

  /** What was said of when its chats go was said of how it kept them before. */
  const takeBack = (project: DocId): void => {
    for (const chat of all()) if (chat.project === project) catalog.setGoesAt(chat.id, null);
  };
  const projectList = createProjectList(doc, destroyed.has);

  const catalog: Catalog = {
    doc,
    projects: {
      ...projectList,
      change: (id, changes) =>
        doc.transact(() => {
          const { keepDays } = changes;
          if (keepDays !== undefined && projectList.entry(id)?.keepDays !== keepDays) takeBack(id);
          projectList.change(id, changes);
        }),
      restore: (id) =>
        doc.transact(() => {
          takeBack(id);
          projectList.restore(id);
        }),
    },
    artifacts: createArtifactList(doc, destroyed.has),
    destroyed,
    chats: () => entries().sort((a, b) => b.lastAt - a.lastAt || (a.id < b.id ? -1 : 1)),
    entry: (id) => {
      const entry = destroyed.has(id) ? null : readMap(root, id);
      return entry === null ? null : readEntry(id, entry);
    },
    withDeleted: all,
    ofProject: (project) => all().filter((entry) => entry.project === project),
    addChat: (id, at) =>
      doc.transact(() => {
        if (readMap(root, id) !== null || destroyed.has(id)) return;
        const entry = new YMap<unknown>();
        root.set(id, entry);
        entry.set("createdAt", at);
        entry.set("lastAt", at);
        entry.set("waiting", new YMap());
      }),
    rename: (id, title) => put(id, "title", tidyLine(title, titleCharsMax)),
    autoTitle: (id, title) => {
      if (catalog.entry(id)?.titledBy === "auto") put(id, "autoTitle", tidyLine(title, titleCharsMax));
    },
    setPinned: (id, isPinned) =>
      doc.transact(() => {
        put(id, "pinned", isPinned);
        catalog.setGoesAt(id, null);
      }),
    setArchived: (id, isArchived) => put(id, "archived", isArchived),
    setUnread: (id, isUnread) => {
      if ((catalog.entry(id)?.unread ?? isUnread) !== isUnread) put(id, "unread", isUnread);
    },
    setGoesAt: (id, at) => {
      if ((catalog.entry(id)?.goesAt ?? null) !== at) put(id, "goesAt", at);
    },
    setProject: (id, project) =>
      doc.transact(() => {
        if (catalog.entry(id)?.project === project) return;
        put(id, "project", project);
        catalog.setGoesAt(id, null);
      }),
    remove: (id, at) => put(id, "deletedAt", at),
    restore: (id) =>
      doc.transact(() => {
        put(id, "deletedAt", null);
        catalog.setGoesAt(id, null);
      }),
    sweep: () =>
      doc.transact(() => {
        for (const id of destroyed.docs()) {
          if (root.has(id)) root.delete(id);
          if (projects.has(id)) projects.delete(id);
        }
        // By their keys alone (reminders.ts, which is no part of the first load).
        for (const key of reminders.keys()) if (isGone(key.slice(0, key.indexOf("/")))) reminders.delete(key);
        catalog.artifacts.sweep();
      }),
    touch: (id, at) =>
      change(id, (entry) => {
        if (at > (readNumber(entry, "lastAt") ?? 0)) entry.set("lastAt", at);
      }),
    setTool: (id, tool) => put(id, "tool", tidyLine(tool, titleCharsMax)),
    setWaiting: (id, run, isWaiting) =>
      change(id, (entry) => {
        const waiting = readMap(entry, "waiting");
        if (isWaiting && waiting === null) entry.set("waiting", new YMap([[run, true]]));
        else if (isWaiting && waiting?.get(run) !== true) waiting?.set(run, true);
        else if (!isWaiting && waiting?.has(run) === true) waiting.delete(run);
      }),
    isWaiting: (id, run) => {
      const entry = readMap(root, id);
      return entry !== null && readMap(entry, "waiting")?.get(run) === true;
    },
    waiting: () => entries().flatMap(({ id, waiting }) => waiting.map((run) => ({ chat: id, run }))),
    get allowsWaitingGrants() {
      return settings.get("waitingGrants") !== false;
    },
    setWaitingGrants: (isAllowed) => {
      if (catalog.allowsWaitingGrants !== isAllowed) settings.set("waitingGrants", isAllowed);
    },
    observe: (listener) => {
      const maps = [root, settings, projects, artifacts, doc.getMap<unknown>("destroyed")];
      for (const map of maps) map.observeDeep(listener);
      return () => {
        for (const map of maps) map.unobserveDeep(listener);
      };
    },
  };
  return catalog;
}

/** A title from a question: its first line of words, cut between two words. */
export function titleFromText(text: string): string {
  // A fence says what kind of thing follows, and not what it is about.
  const isSaid = (line: string): boolean => /[\p{L}\p{N}]/u.test(line) && !/^\s*(?:~{3,}|`{3,})/.test(line);
  const line = text.split("\n").find(isSaid) ?? "";
  const plain = tidyLine(line.replace(/^[\s#>*-]+/, "").replace(/[`*_]{1,3}/g, ""), titleCharsMax);
  if (plain.length <= autoTitleCharsMax) return plain;
  const cut = plain.slice(0, autoTitleCharsMax);
  const lastSpace = cut.lastIndexOf(" ");
  return `${(lastSpace > autoTitleCharsMax / 2 ? cut.slice(0, lastSpace) : cut).toWellFormed().trimEnd()}…`;
}

function readEntry(id: DocId, entry: YMap<unknown>): ChatEntry {
  const title = readString(entry, "title") ?? "";
  const createdAt = readNumber(entry, "createdAt") ?? 0;
  const waiting: RunId[] = [];
  for (const [key, value] of readMap(entry, "waiting")?.entries() ?? []) {
    const run = parseRunId(key);
    if (run !== null && value === true) waiting.push(run);
  }
  return {
    id,
    title: tidyLine(title === "" ? (readString(entry, "autoTitle") ?? "") : title, titleCharsMax),
    titledBy: title === "" ? "auto" : "person",
    createdAt,
    lastAt: readNumber(entry, "lastAt") ?? createdAt,
    pinned: readFlag(entry, "pinned"),
    archived: readFlag(entry, "archived"),
    unread: readFlag(entry, "unread"),
    deletedAt: readNumber(entry, "deletedAt"),
    tool: readTool(entry),
    waiting,
    project: parseDocId(readString(entry, "project") ?? ""),
    goesAt: readNumber(entry, "goesAt"),
  };
}

function readTool(entry: YMap<unknown>): string | null {
  const tool = tidyLine(readString(entry, "tool") ?? "", titleCharsMax);
  return tool === "" ? null : tool;
}
