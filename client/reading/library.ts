/**
 * What is known of the files of this vault's projects and chats: an index for each, in a worker. A project's is kept sealed in the vault's
 * cache and brought up to date when it is asked; a chat's is made anew, from a few files.
 */
import type { DocId } from "#crypto/ids.ts";
import { parseDocId } from "#crypto/ids.ts";
import { type Attachment, readingOf } from "#sync/attachments/attachment.ts";
import type { Source } from "#sync/docs/sources.ts";
import type { Vault } from "#sync/vault.ts";
import type { LostWhy } from "../platform/watchedWorker.ts";
import type { PassageQuestion } from "./passageIndex.ts";
import { type PassageThread, startPassageThread } from "./passageThread.ts";

export interface Library {
  /**
   * Brings the index of a project, or of a chat, to exactly these files. Resolves with those that could not be had, as before a host
   * has them.
   */
  hold(
    scope: DocId,
    files: readonly Attachment[],
    isKept: boolean,
    signal: AbortSignal,
  ): Promise<readonly Attachment[]>;
  find(scope: DocId, question: PassageQuestion): Promise<readonly Source[]>;
  /** Files that it holds now, of all projects and chats that were asked about, and why its worker was last begun anew. */
  readonly state: { readonly files: number; readonly lost: LostWhy | null };
  close(): void;
}

type LibraryVault = Pick<Vault, "files" | "cache">;

const libraries = new WeakMap<object, Library>();

/** One for each open vault, and for as long as that is. */
export function libraryOf(vault: LibraryVault): Library {
  const library = libraries.get(vault) ?? createLibrary(vault, startPassageThread);
  libraries.set(vault, library);
  return library;
}

/** `null`: nothing was asked about files since the app came up. */
export function libraryStateOf(vault: object): Library["state"] | null {
  return libraries.get(vault)?.state ?? null;
}

/** The vault goes, and what its files say goes out of the memory. */
export function endLibrary(vault: object): void {
  libraries.get(vault)?.close();
  libraries.delete(vault);
}

export function createLibrary(vault: LibraryVault, start: (onLost: (why: LostWhy) => void) => PassageThread): Library {
  let thread: PassageThread | null = null;
  let held = new Map<DocId, Set<string>>();
  let isClosed = false;
  let lost: LostWhy | null = null;
  /** A scope is brought up to date by one caller at a time. */
  const turns = new Map<DocId, Promise<unknown>>();

  const worker = (): PassageThread => {
    if (isClosed) throw new Error("the vault is closed");
    thread ??= start((why) => {
      thread = null;
      lost = why;
      held = new Map();
    });
    return thread;
  };

  const open = async (scope: DocId, isKept: boolean): Promise<Set<string>> => {
    const known = held.get(scope);
    if (known !== undefined) return known;
    const packed = isKept ? await vault.cache.get(cacheName(scope)) : null;
    // One that another version saved, or that is harmed, is made anew.
    const files =
      packed === null
        ? []
        : await worker()
            .load(scope, Uint8Array.from(packed))
            .catch(() => []);
    const found = new Set(files);
    held.set(scope, found);
    return found;
  };

  const bring = async (
    scope: DocId,
    files: readonly Attachment[],
    isKept: boolean,
    signal: AbortSignal,
  ): Promise<readonly Attachment[]> => {
    const readable = files.filter((file) => readingOf(file) !== null);
    const known = await open(scope, isKept);
    const missing: Attachment[] = [];
    let isChanged = [...known].some((id) => !readable.some((file) => file.id === id));
    if (isChanged) {
      const left = await worker().retain(
        scope,
        readable.map(({ id }) => id),
      );
      known.clear();
      for (const id of left) known.add(id);
    }
    for (const file of readable) {
      if (known.has(file.id)) continue;
      const text = signal.aborted ? null : await readText(vault.files, file, signal);
      if (text === null) {
        missing.push(file);
        continue;
      }
      await worker().put(scope, { file: file.id, name: file.name, text, isPaged: isPaged(file) });
      known.add(file.id);
      isChanged = true;
    }
    if (isChanged && isKept) void keep(scope).catch(() => undefined);
    return missing;
  };

  const keep = async (scope: DocId): Promise<void> => {
    const packed = await worker().save(scope);
    if (packed !== null && !isClosed) await vault.cache.put(cacheName(scope), packed);
  };

  return {
    hold: (scope, files, isKept, signal) => {
      const mine = (turns.get(scope) ?? Promise.resolve()).then(() => bring(scope, files, isKept, signal));
      turns.set(
        scope,
        mine.catch(() => undefined),
      );
      return mine;
    },
    find: async (scope, question) => {
      const found = await worker().search(scope, question);
      return found.flatMap(({ file, name, page, at, text }) => {
        const id = parseDocId(file);
        return id === null ? [] : [{ file: id, name, page, at, text }];
      });
    },
    get state() {
      const files = [...held.values()].reduce((sum, { size }) => sum + size, 0);
      return { files, lost };
    },
    close: () => {
      isClosed = true;
      thread?.close();
    },
  };
}

const cacheName = (scope: DocId): readonly string[] => ["passages", scope];

export const isPaged = ({ reading }: Attachment): boolean => typeof reading === "object" && reading.isPaged;

/** `null`: nobody has read it, or it is neither here nor at the host now. */
export async function readText(
  vault: Pick<Vault["files"], "read">,
  file: Attachment,
  signal?: AbortSignal,
): Promise<string | null> {
  const reading = readingOf(file);
  if (reading === null) return null;
  try {
    return new TextDecoder().decode(await vault.read(reading, undefined, signal));
  } catch {
    // reason: it is asked for again with the next question.
    return null;
  }
}
