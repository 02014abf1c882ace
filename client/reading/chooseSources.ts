/**
 * Which passages go with a question. The device that asks chooses them, from its own sealed index: the host is shown what it needs to
 * answer and no more, and the relay nothing. Offline it works the same.
 */
import type { DocId } from "#crypto/ids.ts";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { Source } from "#sync/docs/sources.ts";
import { sourcesMax } from "#sync/limits.ts";
import type { Vault } from "#sync/vault.ts";
import type { ThreadMessage } from "../bridge/createThread.ts";
import { toWords } from "../search/searchWords.ts";
import { type Library, libraryOf } from "./library.ts";
import {
  attachedSourcesMax,
  chooseMsMax,
  earlierQuestionsMax,
  followUpWords,
  projectSourcesMax,
  wholeBytesMax,
} from "./limits.ts";

export interface ChosenSources {
  readonly sources: readonly Source[];
  /** Files that should have been looked through and were not there in time. */
  readonly missing: readonly string[];
}

export interface SourcesWanted {
  readonly chat: DocId;
  readonly text: string;
  /** What comes with the question. */
  readonly files: readonly Attachment[];
  /** The branch that it follows. */
  readonly before: readonly Pick<ThreadMessage, "role" | "text" | "files">[];
}

type SourcesVault = Pick<Vault, "catalog" | "openProject" | "files" | "cache">;

export async function chooseSources(
  vault: SourcesVault,
  wanted: SourcesWanted,
  library: Library = libraryOf(vault),
): Promise<ChosenSources> {
  const late = AbortSignal.timeout(chooseMsMax);
  const words = queryOf(wanted);
  const attached = attachedFiles(wanted);
  const project = vault.catalog.value.entry(wanted.chat)?.project ?? null;
  const ofProject = project === null ? [] : await projectFiles(vault, project);
  const missing: Attachment[] = [];
  const found: Source[] = [];
  if (attached.length > 0) {
    missing.push(...(await library.hold(wanted.chat, attached, false, late)));
    const about = wanted.files.map(({ id }) => id);
    found.push(...(await library.find(wanted.chat, { words, hitsMax: attachedSourcesMax, about })));
  }
  if (project !== null && ofProject.length > 0) {
    missing.push(...(await library.hold(project, ofProject, true, late)));
    found.push(...(await library.find(project, { words, hitsMax: projectSourcesMax })));
  }
  return { sources: found.slice(0, sourcesMax), missing: missing.map(({ name }) => name) };
}

async function projectFiles(vault: SourcesVault, project: DocId): Promise<readonly Attachment[]> {
  if (vault.catalog.value.projects.entry(project)?.deletedAt !== null) return [];
  const open = await vault.openProject(project);
  try {
    return open.value.files.list();
  } finally {
    open.close();
  }
}

/** Those of this question first; a follow-up is about what came before, too. */
function attachedFiles({ files, before }: SourcesWanted): readonly Attachment[] {
  const earlier = before.filter(({ role }) => role === "user").slice(-earlierQuestionsMax);
  const all = [...files, ...earlier.flatMap((message) => message.files)];
  return [...new Map(all.filter((file) => !isShownWhole(file)).map((file) => [file.id, file])).values()];
}

/** A short text needs no choosing: the host shows it as it is. */
const isShownWhole = ({ reading, bytes }: Attachment): boolean => reading === "itself" && bytes <= wholeBytesMax;

/** "And in winter?" means nothing without the question before it. */
function queryOf({ text, before }: SourcesWanted): string {
  const last = before.findLast(({ role }) => role === "user");
  return toWords(text).length < followUpWords && last !== undefined ? `${text} ${last.text}` : text;
}
