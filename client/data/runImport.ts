/**
 * An export on its way into the vault. The worker reads, this side adds what it gives, some chats at a time, and never asks for more
 * than it has put away: a chat is there whole, or not at all.
 */
import { addedChatId } from "#sync/addedChats.ts";
import { createTemplates } from "#sync/docs/templates.ts";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { AddedChat } from "#sync/addedChats.ts";
import { parseDocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { sayVaultError } from "../app/sayVault.ts";
import { importWorkerUrl } from "../platform/importWorker.ts";
import type { FromImporter, ToImporter } from "./importMessages.ts";
import type { ImportSource, Refusal } from "./readImport.ts";
import type { SkippedChat } from "./sources/readChat.ts";

export interface ImportReport {
  readonly source: ImportSource;
  readonly added: number;
  /** They were here already, or had been brought in once before. */
  readonly known: number;
  readonly skipped: readonly { readonly title: string; readonly why: SkippedChat }[];
  readonly files: number;
  /** Files that the export names and does not hold. */
  readonly missingFiles: number;
  /** Thoughts and tool calls, which are no messages. */
  readonly steps: number;
  /** Why it came to an end early; what was added until then is whole, and the same file brings in the rest. */
  readonly ended: null | { readonly kind: "cancelled" } | { readonly kind: "failed"; readonly says: string | null };
}

export type ImportOutcome =
  | { readonly kind: "report"; readonly report: ImportReport }
  | { readonly kind: "refused"; readonly why: Refusal };

export type ImportProgress =
  | { readonly kind: "reading"; readonly bytes: number; readonly ofBytes: number }
  | { readonly kind: "adding"; readonly done: number; readonly of: number };

/** Together these are one change of the catalog; more would hold back what is shown, and memory. */
const chatsAtOnceMax = 20;
const charsAtOnceMax = 2_000_000;

/** Who answered, where an export names no model. */
const makers = { sovereign: null, chatGpt: "ChatGPT", claude: "Claude", openWebUi: null, libreChat: null } as const;

/** Of templates, for whoever looks where their words come from. */
const importedFrom = "import";

type ChatMessageFromImporter = Extract<FromImporter, { kind: "chat" }>;

export async function runImport(
  vault: Vault,
  files: readonly Blob[],
  { onProgress, signal }: { onProgress(progress: ImportProgress): void; readonly signal: AbortSignal },
): Promise<ImportOutcome> {
  const importer = startImporter(signal);
  let counts = { added: 0, known: 0, files: 0, missingFiles: 0, steps: 0 };
  const skipped: { title: string; why: SkippedChat }[] = [];
  let source: ImportSource = "sovereign";
  const end = (ended: ImportReport["ended"]): ImportOutcome => ({
    kind: "report",
    report: { source, ...counts, skipped, ended },
  });
  try {
    let answer = await importer.ask({ kind: "open", files });
    while (answer.kind === "reading") {
      onProgress(answer);
      answer = await importer.hear();
    }
    if (answer.kind === "refused") return answer;
    if (answer.kind !== "opened") throw new TypeError(answer.kind);
    source = answer.source;
    const { chats: of, templates } = answer;
    let [batch, chars, done] = [[] as AddedChat[], 0, 0];
    const putAway = async (): Promise<void> => {
      const added = await vault.addChats(batch);
      const fresh = added.filter((id) => id !== null).length;
      counts = { ...counts, added: counts.added + fresh, known: counts.known + batch.length - fresh };
      [batch, chars] = [[], 0];
      onProgress({ kind: "adding", done, of });
      // A breath for the page between two batches.
      await new Promise((resolve) => setTimeout(resolve));
    };
    for (
      let item = await importer.ask({ kind: "next" });
      item.kind !== "end";
      item = await importer.ask({ kind: "next" })
    ) {
      done += 1;
      if (item.kind === "skipped") {
        skipped.push({ title: item.title, why: item.why });
        continue;
      }
      if (item.kind !== "chat") throw new TypeError(item.kind);
      if (isHere(vault, item.chat.from)) {
        counts = { ...counts, known: counts.known + 1 };
        if (done % chatsAtOnceMax === 0) onProgress({ kind: "adding", done, of });
        continue;
      }
      const files = await keepFiles(vault, item);
      counts = {
        ...counts,
        files: counts.files + files.flat().length,
        missingFiles: counts.missingFiles + item.missing,
        steps: counts.steps + item.chat.steps,
      };
      batch.push(toAdded(item, files, makers[source]));
      chars += item.chat.messages.reduce((sum, { text }) => sum + text.length, 0);
      if (batch.length >= chatsAtOnceMax || chars >= charsAtOnceMax) await putAway();
    }
    if (batch.length > 0) await putAway();
    const known = createTemplates(vault.catalog.yDoc);
    const names = new Set(known.list().map(({ id }) => id));
    for (const template of templates) if (!names.has(template.id)) known.put({ ...template, from: importedFrom });
    await vault.flush();
    return end(null);
  } catch (error) {
    if (signal.aborted) return end({ kind: "cancelled" });
    return end({ kind: "failed", says: sayVaultError(error) });
  } finally {
    importer.close();
  }
}

/** Under its own id, as in an export of this very vault, or brought in before; a chat of ours that was deleted may come back. */
function isHere(vault: Vault, from: string): boolean {
  const catalog = vault.catalog.value;
  const own = parseDocId(from);
  const entry = own === null ? null : catalog.entry(own);
  return (entry !== null && entry.deletedAt === null) || catalog.entry(addedChatId(vault.id, from)) !== null;
}

async function keepFiles(vault: Vault, { files }: ChatMessageFromImporter): Promise<Attachment[][]> {
  const kept: Attachment[][] = [];
  for (const ofMessage of files) {
    const here: Attachment[] = [];
    for (const file of ofMessage) here.push(await vault.files.keep(file));
    kept.push(here);
  }
  return kept;
}

/** `by`: who answered there, where no model is named. */
function toAdded(
  { chat }: ChatMessageFromImporter,
  files: readonly (readonly Attachment[])[],
  by: string | null,
): AddedChat {
  const { from, title, titledBy, pinned, archived, createdAt, messages } = chat;
  return {
    ...{ from, title, titledBy, pinned, archived },
    messages: messages.map(({ id, parent, role, at, text, model }, index) => ({
      ...{ id, parent, role, text, files: files[index] ?? [], by: role === "assistant" ? (model ?? by) : null },
      // Whoever wrote the file wrote all of it, and made up what its models said.
      isPiped: true,
      at: at || createdAt || Date.now(),
    })),
  };
}

interface Importer {
  ask(message: ToImporter): Promise<FromImporter>;
  hear(): Promise<FromImporter>;
  close(): void;
}

function startImporter(signal: AbortSignal): Importer {
  const worker = new Worker(importWorkerUrl, { type: "module" });
  const heard: FromImporter[] = [];
  let waiting: { resolve(message: FromImporter): void; reject(error: unknown): void } | null = null;
  let broken: unknown = null;
  worker.addEventListener("message", ({ data }: MessageEvent<FromImporter>) => {
    if (waiting === null) heard.push(data);
    else waiting.resolve(data);
    waiting = null;
  });
  const breakOff = (error: unknown): void => {
    broken = error;
    waiting?.reject(error);
    waiting = null;
  };
  const onAbort = (): void => breakOff(signal.reason);
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    breakOff(new TypeError("the import worker broke"));
  });
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  const hear = (): Promise<FromImporter> => {
    if (broken !== null) return Promise.reject(broken);
    const next = heard.shift();
    if (next !== undefined) return Promise.resolve(next);
    return new Promise((resolve, reject) => (waiting = { resolve, reject }));
  };
  return {
    ask: (message) => {
      worker.postMessage(message);
      return hear();
    },
    hear,
    close: () => {
      signal.removeEventListener("abort", onAbort);
      worker.terminate();
    },
  };
}
