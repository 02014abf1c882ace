/** What a person does with artifacts, from the views to the vault. Each failure is told in the vault's own sentence. */
import type { DocId } from "#crypto/ids.ts";
import type { Artifact } from "#sync/artifacts/artifact.ts";
import type { ArtifactEntry, ArtifactKind } from "#sync/docs/artifactList.ts";
import type { ArtifactToCreate, Vault } from "#sync/vaultTypes.ts";
import { attempt, tell } from "../app/createChatActions.ts";
import { goToArtifact, routedArtifact } from "../app/route.ts";
import { t } from "../app/strings.ts";
import { turnArtifacts } from "../bridge/chatTerms.ts";
import { saveFile } from "../platform/saveFile.ts";
import { showToast } from "../ui/toasts.tsx";
import { artifactOfCode, fileNameOf } from "./kinds.ts";
import { a } from "./words.ts";

export const titleOf = ({ title }: Pick<ArtifactEntry, "title">): string => (title === "" ? a.untitled : title);

/** Makes one and opens it beside what is shown. */
export async function create(vault: Vault, artifact: ArtifactToCreate): Promise<void> {
  const id = await attempt(() => vault.createArtifact(artifact));
  goToArtifact(id);
}

/** Of a block of code in an answer, or of the whole of it. */
export async function keepFromAnswer(
  vault: Vault,
  made: { readonly chat: DocId | null; readonly text: string; readonly info: string },
): Promise<void> {
  const { kind, language, title } = artifactOfCode(made.info, made.text);
  const chat = made.chat === null ? null : vault.catalog.value.entry(made.chat);
  const name = title === "" ? (chat?.title ?? "") : title;
  await create(vault, {
    title: name,
    kind,
    language,
    text: made.text.endsWith("\n") ? made.text : `${made.text}\n`,
    chat: made.chat,
    project: chat?.project ?? null,
  });
  showToast({ says: a.made(name === "" ? a.untitled : name) });
}

/** `chat`: `null` for one that nothing is kept of. */
export async function turnArtifactsIn(vault: Vault, chat: DocId | null): Promise<void> {
  if (chat === null) return showToast({ says: a.notInTemporary });
  showToast({ says: (await turnArtifacts(vault, chat)) ? a.wanted : a.unwanted });
}

export function remove(vault: Vault, entry: ArtifactEntry): void {
  const list = vault.catalog.value.artifacts;
  const wasOpen = routedArtifact() === entry.id;
  list.remove(entry.id, Date.now());
  if (wasOpen) goToArtifact(null);
  showToast({
    says: a.removed(titleOf(entry)),
    action: {
      label: t.undo,
      act: () => {
        list.restore(entry.id);
        if (wasOpen) goToArtifact(entry.id);
      },
    },
  });
}

/** Another one that goes on from there, with the history up to there. */
export function copyTo(
  vault: Vault,
  entry: ArtifactEntry,
  title: string,
  from: Artifact,
  heads: ReturnType<Artifact["heads"]> = from.heads(),
): void {
  const { kind, language, chat, project } = entry;
  // Before the artifact is closed.
  const fork = from.fork(heads);
  if (fork === null) return showToast({ says: t.actionFailed });
  tell(async () => {
    await create(vault, { title, kind, language, fork, chat, project });
    showToast({ says: a.forked(title) });
  });
}

export function duplicate(vault: Vault, entry: ArtifactEntry): void {
  tell(async () => {
    const doc = await vault.openArtifact(entry.id);
    try {
      copyTo(vault, entry, a.copyOf(titleOf(entry)), doc.value);
    } finally {
      doc.close();
    }
  });
}

const types: Readonly<Record<ArtifactKind, string>> = {
  markdown: "text/markdown",
  code: "text/plain",
  html: "text/html",
  svg: "image/svg+xml",
  mermaid: "text/plain",
  table: "text/csv",
  email: "message/rfc822",
  text: "text/plain",
};

export function download(entry: ArtifactEntry, text: string): void {
  saveFile(fileNameOf(titleOf(entry), entry.kind, entry.language), types[entry.kind], text);
}

/** The whole history, as Automerge's own tools read it. */
export function downloadHistory(entry: ArtifactEntry, artifact: Artifact): void {
  const name = fileNameOf(titleOf(entry), entry.kind, entry.language);
  saveFile(`${name}.automerge`, "application/octet-stream", artifact.export().slice());
}

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    showToast({ says: t.copied });
  } catch {
    showToast({ says: t.actionFailed });
  }
}
