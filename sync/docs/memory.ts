/**
 * What the owner wants remembered: of the vault in the catalog's doc, of a project in its own. A root map "memory" holds one map per fact:
 *
 *   text      one sentence      at   when it was kept      chat, message   where it came from, or left out      pinned   flag
 *   expiresAt milliseconds since 1970, or null            deletedAt   the tombstone: a time, or null again
 *
 * and a root map "settings": proposesMemory (models may propose), keepsMemory (what they propose is kept without asking). A proposal stands
 * nowhere but in its answer; a fact kept or declined from one has an id made of its run, so that devices decide it once.
 */
import { parseDocId, type DocId } from "#crypto/ids.ts";
import { type Doc, Map as YMap } from "yjs";
import { factCharsMax, factsMax, memoryCharsMax } from "../limits.ts";
import { readFlag, readMap, readNumber, readString, tidyLine } from "./fields.ts";

export interface Fact {
  readonly id: string;
  readonly text: string;
  readonly at: number;
  /** `null`: the owner wrote it down. */
  readonly chat: DocId | null;
  readonly message: string | null;
  readonly pinned: boolean;
  readonly expiresAt: number | null;
}

export type FactChange = Partial<Pick<Fact, "text" | "pinned" | "expiresAt">>;

export interface Memory {
  /** What is remembered now: pinned ones first, then the newest. */
  list(now: number): readonly Fact[];
  /** It was kept, declined or taken out: nobody is asked again. */
  isDecided(id: string): boolean;
  /** Does nothing to one that was decided, or when there are too many. */
  keep(fact: Omit<Fact, "pinned" | "expiresAt">): void;
  decline(id: string, at: number): void;
  change(id: string, change: FactChange): void;
  remove(id: string, at: number): void;
  restore(id: string): void;
  readonly proposes: boolean;
  setProposes(proposes: boolean): void;
  readonly keepsUnasked: boolean;
  setKeepsUnasked(keeps: boolean): void;
  observe(listener: () => void): () => void;
}

export function createMemory(doc: Doc): Memory {
  const root = doc.getMap<unknown>("memory");
  const settings = doc.getMap<unknown>("settings");
  const setFlag = (key: string, value: boolean): void => {
    if (readFlag(settings, key) !== value) settings.set(key, value);
  };
  const mark = (id: string, deletedAt: number | null): void => void readMap(root, id)?.set("deletedAt", deletedAt);
  const memory: Memory = {
    list: (now) => {
      const found: Fact[] = [];
      for (const id of root.keys()) {
        const entry = readMap(root, id);
        const fact = entry === null || readNumber(entry, "deletedAt") !== null ? null : readFact(id, entry);
        if (fact !== null && (fact.expiresAt === null || fact.expiresAt > now)) found.push(fact);
      }
      const order = (a: Fact, b: Fact): number =>
        Number(b.pinned) - Number(a.pinned) || b.at - a.at || (a.id < b.id ? -1 : 1);
      return found.sort(order).slice(0, factsMax);
    },
    isDecided: (id) => readMap(root, id) !== null,
    keep: ({ id, text, at, chat, message }) =>
      doc.transact(() => {
        const tidy = tidyLine(text, factCharsMax);
        if (tidy === "" || memory.isDecided(id) || memory.list(at).length >= factsMax) return;
        root.set(id, new YMap<unknown>(Object.entries({ text: tidy, at, chat, message })));
      }),
    decline: (id, at) => {
      if (!memory.isDecided(id)) root.set(id, new YMap<unknown>([["deletedAt", at]]));
    },
    change: (id, change) =>
      doc.transact(() => {
        const entry = readMap(root, id);
        if (entry === null) return;
        const { text, ...rest } = change;
        const tidy = text === undefined ? "" : tidyLine(text, factCharsMax);
        const values = tidy === "" ? rest : { ...rest, text: tidy };
        for (const [key, value] of Object.entries(values)) if (entry.get(key) !== value) entry.set(key, value);
      }),
    remove: (id, at) => mark(id, at),
    restore: (id) => mark(id, null),
    get proposes() {
      return readFlag(settings, "proposesMemory");
    },
    setProposes: (proposes) => setFlag("proposesMemory", proposes),
    get keepsUnasked() {
      return readFlag(settings, "keepsMemory");
    },
    setKeepsUnasked: (keeps) => setFlag("keepsMemory", keeps),
    observe: (listener) => {
      root.observeDeep(listener);
      settings.observe(listener);
      return () => {
        root.unobserveDeep(listener);
        settings.unobserve(listener);
      };
    },
  };
  return memory;
}

/** Those that a model is told: pinned ones first, then those of the first memory, the newest first, up to the first one that there is no room for. */
export function factsTold(memories: readonly Memory[], now: number): readonly Fact[] {
  let chars = 0;
  const facts = memories.flatMap((memory) => memory.list(now));
  const inOrder = facts.toSorted((a, b) => Number(b.pinned) - Number(a.pinned));
  const end = inOrder.findIndex(({ text }) => (chars += text.length + 3) > memoryCharsMax);
  return end < 0 ? inOrder : inOrder.slice(0, end);
}

/** As a model is told them, a line for each. */
export const sayFacts = (memories: readonly Memory[], now: number): string =>
  factsTold(memories, now)
    .map(({ text }) => `- ${text}`)
    .join("\n");

function readFact(id: string, entry: YMap<unknown>): Fact | null {
  const text = tidyLine(readString(entry, "text") ?? "", factCharsMax);
  if (text === "") return null;
  return {
    id,
    text,
    at: readNumber(entry, "at") ?? 0,
    chat: parseDocId(readString(entry, "chat") ?? ""),
    message: readString(entry, "message"),
    pinned: readFlag(entry, "pinned"),
    expiresAt: readNumber(entry, "expiresAt"),
  };
}
