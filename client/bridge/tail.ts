/**
 * The end of a long chat, kept beside its journal (`vault.cache`, sealed): shown at once when the chat is opened, and replaced by the
 * document as soon as that is there, a few tenths of a second later. It is a picture of what was on the screen, and nothing is
 * written by it.
 */
import { utf8ToBytes } from "#crypto/bytes.ts";
import type { AuthorId, DocId, RunId } from "#crypto/ids.ts";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { ChatMessage } from "#sync/docs/chat.ts";
import type { Source } from "#sync/docs/sources.ts";
import type { RunView } from "#sync/docs/run.ts";
import type { Vault } from "#sync/vault.ts";
import type { ThreadSource } from "./createThread.ts";

/** A shorter chat is there as quickly without. */
export const tailFromMessages = 200;
/** What a tall screen holds, and a swipe: the rest is there before anybody gets further. */
const tailMessagesMax = 16;
/** An answer can be a book: what is drawn at once is less. */
const tailCharsMax = 200_000;
const version = 5;

interface TailMessage {
  readonly id: string;
  readonly parent: string | null;
  readonly role: "user" | "assistant";
  readonly device: AuthorId;
  readonly at: number;
  readonly text: string;
  readonly run: RunId | null;
  readonly files: readonly Attachment[];
  readonly sources: readonly Source[];
  readonly by: string | null;
  readonly isPinned: boolean;
  readonly versions: readonly string[];
}

interface Tail {
  readonly version: number;
  readonly messages: readonly TailMessage[];
  readonly runs: readonly RunView[];
  readonly model: string | null;
  readonly draft: string;
}

const nameOf = (chat: DocId): readonly string[] => ["tail", chat];

/** `null`: none is kept, or not by this version of the app. */
export async function readTail(vault: Vault, chat: DocId): Promise<ThreadSource | null> {
  const bytes = await vault.cache.get(nameOf(chat));
  if (bytes === null) return null;
  try {
    const tail = JSON.parse(new TextDecoder().decode(bytes)) as Tail;
    return tail.version === version && tail.messages.length > 0 ? toSource(tail) : null;
  } catch {
    // reason: nobody but this device can have sealed it; an app of another day may have.
    return null;
  }
}

/** Resolves when it is kept, or could not be: the next time, the chat opens without. */
export async function keepTail(vault: Vault, chat: DocId, source: ThreadSource, leaf?: string): Promise<void> {
  const thread = source.thread(leaf);
  const isKept = thread.length >= tailFromMessages && vault.catalog.value.entry(chat) !== null;
  if (!isKept) return;
  await vault.cache.put(nameOf(chat), utf8ToBytes(JSON.stringify(toTail(source, thread)))).catch(() => undefined);
}

function toTail(source: ThreadSource, thread: readonly ChatMessage[]): Tail {
  const forks = source.forks();
  const messages: TailMessage[] = [];
  const runs: RunView[] = [];
  let chars = 0;
  for (const message of thread.slice(-tailMessagesMax).toReversed()) {
    const { id, parent, role, device, at, run, files, sources, by, isPinned } = message;
    const view = run === null ? null : source.answer(run);
    const text = view === null ? message.text : "";
    chars += text.length + (view === null ? 0 : view.text.length + view.thinking.length);
    if (chars > tailCharsMax && messages.length > 0) break;
    const versions = forks.get(id) ?? [];
    messages.unshift({ id, parent, role, device, at, text, run, files, sources, by, isPinned, versions });
    // Words on their way are in no document yet.
    if (view !== null) runs.push({ ...view, overlay: "", thinkingOverlay: "" });
  }
  const lastRun = thread.findLast(({ run }) => run !== null)?.run ?? null;
  const model = lastRun === null ? null : (source.request(lastRun)?.model ?? null);
  return { version, messages, runs, model, draft: source.draft.toString() };
}

function toSource({ messages, runs, model, draft }: Tail): ThreadSource {
  const known = new Map(messages.map((message) => [message.id, message]));
  const views = new Map(runs.map((view) => [view.run, view]));
  const forks = new Map(messages.flatMap(({ id, versions }) => (versions.length > 0 ? [[id, versions] as const] : [])));
  const view = (run: RunId): RunView => views.get(run) ?? (runs[0] as RunView);
  return {
    thread: () => messages,
    forks: () => forks,
    message: (id) => known.get(id) ?? null,
    messages: () => messages,
    pinned: () => messages.filter(({ isPinned }) => isPinned),
    answer: view,
    run: view,
    request: () => ({ model, effort: null, continues: null }),
    links: (run) => [run],
    // Whether they still are is in the document alone.
    activeRuns: () => [],
    pendingRuns: () => [],
    draft: { toString: () => draft },
  };
}
