/**
 * The artifacts of a vault, in the catalog: a root map "artifacts", with keys that begin with an artifact's id:
 *
 *   <id>/title, <id>/kind, <id>/language    what it is          <id>/chat       the chat that it was made in, or none
 *   <id>/createdAt, <id>/lastAt             milliseconds        <id>/project    the project that it is in, or none
 *   <id>/pinned   flag                                          <id>/deletedAt  the tombstone: a time, or null again
 *
 * One flat map: of two maps made for one artifact at the same time, on two devices, one would be lost with all that is in it.
 * The text is in a doc of its own (artifacts/artifact.ts).
 */
import { parseDocId, type DocId } from "#crypto/ids.ts";
import type { Doc } from "yjs";
import { artifactTitleCharsMax } from "../limits.ts";
import { readFlag, readNumber, readString, tidyLine } from "./fields.ts";

export const artifactKinds = ["markdown", "code", "html", "svg", "mermaid", "table", "email", "text"] as const;
export type ArtifactKind = (typeof artifactKinds)[number];

export interface ArtifactEntry {
  readonly id: DocId;
  readonly title: string;
  readonly kind: ArtifactKind;
  /** Of code: "python". */
  readonly language: string;
  readonly createdAt: number;
  readonly lastAt: number;
  readonly chat: DocId | null;
  readonly project: DocId | null;
  readonly pinned: boolean;
  readonly deletedAt: number | null;
}

export interface NewArtifact {
  readonly title: string;
  readonly kind: ArtifactKind;
  readonly language?: string;
  readonly chat?: DocId | null;
  readonly project?: DocId | null;
}

export interface ArtifactList {
  /** Newest first, without deleted ones. */
  all(): readonly ArtifactEntry[];
  withDeleted(): readonly ArtifactEntry[];
  /** Also a deleted one. */
  entry(id: DocId): ArtifactEntry | null;
  /** Does nothing when it is listed already. */
  add(id: DocId, artifact: NewArtifact, at: number): void;
  rename(id: DocId, title: string): void;
  setKind(id: DocId, kind: ArtifactKind, language: string): void;
  setPinned(id: DocId, isPinned: boolean): void;
  setProject(id: DocId, project: DocId | null): void;
  /** Moves `lastAt` forward, never back. */
  touch(id: DocId, at: number): void;
  remove(id: DocId, at: number): void;
  restore(id: DocId): void;
  /** Takes out what is still said of what was destroyed. */
  sweep(): void;
  observe(listener: () => void): () => void;
}

/** `isDestroyed`: what the map still says of such an artifact is nothing. */
export function createArtifactList(doc: Doc, isDestroyed: (id: DocId) => boolean = () => false): ArtifactList {
  const root = doc.getMap<unknown>("artifacts");

  /** Writing a value that stands already would only make every device store it once more. */
  const put = (id: DocId, key: string, value: string | number | boolean | null): void => {
    if (root.has(`${id}/createdAt`) && (root.get(`${id}/${key}`) ?? null) !== value) root.set(`${id}/${key}`, value);
  };

  const list: ArtifactList = {
    all: () => list.withDeleted().filter(({ deletedAt }) => deletedAt === null),
    withDeleted: () =>
      [...root.keys()]
        .flatMap((key) => {
          const id = key.endsWith("/createdAt") ? parseDocId(key.slice(0, -"/createdAt".length)) : null;
          return id === null ? [] : (list.entry(id) ?? []);
        })
        .sort((a, b) => b.lastAt - a.lastAt || (a.id < b.id ? -1 : 1)),
    sweep: () => {
      for (const key of [...root.keys()]) {
        const id = parseDocId(key.split("/", 1)[0] ?? "");
        if (id !== null && isDestroyed(id)) root.delete(key);
      }
    },
    entry: (id) => {
      const createdAt = readNumber(root, `${id}/createdAt`);
      if (createdAt === null || isDestroyed(id)) return null;
      const kind = readString(root, `${id}/kind`);
      return {
        id,
        title: tidyLine(readString(root, `${id}/title`) ?? "", artifactTitleCharsMax),
        kind: artifactKinds.find((known) => known === kind) ?? "text",
        language: tidyLine(readString(root, `${id}/language`) ?? "", languageCharsMax),
        createdAt,
        lastAt: readNumber(root, `${id}/lastAt`) ?? createdAt,
        chat: parseDocId(readString(root, `${id}/chat`) ?? ""),
        project: parseDocId(readString(root, `${id}/project`) ?? ""),
        pinned: readFlag(root, `${id}/pinned`),
        deletedAt: readNumber(root, `${id}/deletedAt`),
      };
    },
    add: (id, { title, kind, language = "", chat = null, project = null }, at) => {
      if (root.has(`${id}/createdAt`) || isDestroyed(id)) return;
      doc.transact(() => {
        root.set(`${id}/createdAt`, at);
        put(id, "lastAt", at);
        put(id, "title", tidyLine(title, artifactTitleCharsMax));
        put(id, "kind", kind);
        if (language !== "") put(id, "language", tidyLine(language, languageCharsMax));
        put(id, "chat", chat);
        put(id, "project", project);
      });
    },
    rename: (id, title) => put(id, "title", tidyLine(title, artifactTitleCharsMax)),
    setKind: (id, kind, language) =>
      doc.transact(() => {
        put(id, "kind", kind);
        put(id, "language", tidyLine(language, languageCharsMax));
      }),
    setPinned: (id, isPinned) => put(id, "pinned", isPinned),
    setProject: (id, project) => put(id, "project", project),
    touch: (id, at) => {
      if (at > (readNumber(root, `${id}/lastAt`) ?? Infinity)) root.set(`${id}/lastAt`, at);
    },
    remove: (id, at) => put(id, "deletedAt", at),
    restore: (id) => put(id, "deletedAt", null),
    observe: (listener) => {
      root.observe(listener);
      return () => root.unobserve(listener);
    },
  };
  return list;
}

/** "visual basic for applications" is 29. */
const languageCharsMax = 40;
