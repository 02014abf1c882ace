/** Where words by others stand in what a model was shown: in what came with a message, and in what its tools gave. A host asks more where they do, and a device keeps nothing unasked. */
import type { RunId } from "#crypto/ids.ts";
import type { Chat, ChatMessage } from "./chat.ts";
import { readCalls } from "./toolSteps.ts";

/** They came with it, or it was written by somebody else: an import, another program, another chat. */
export function comesFromOthers({ files, sources, by }: Pick<ChatMessage, "files" | "sources" | "by">): boolean {
  return files.length + sources.length > 0 || by !== null;
}

/** The runs that a message was made by. What a person put in an answer's place was made from the answers beside it: a word that they changed leaves the others standing. */
export function runsBehind(chat: Pick<Chat, "siblings" | "message">, { id, role, run }: ChatMessage): readonly RunId[] {
  if (run !== null) return [run];
  return role === "assistant" ? chat.siblings(id).flatMap((sibling) => chat.message(sibling)?.run ?? []) : [];
}

/** What gives nothing but what a model or this host's own programs made. No server's tool can have one of these names. */
const ownTools = [
  "artifact_create",
  "artifact_edit",
  "calculate",
  "remember",
  "run_code",
  "task_add",
  "task_done",
  "time",
];

/** As a device sees it, which does not know what a host's tools say of themselves: whatever is not known to be harmless counts. */
export function isMadeFromOthers(
  chat: Pick<Chat, "path" | "answer" | "siblings" | "message">,
  message: string,
): boolean {
  const hasRead = (run: RunId): boolean => {
    const { calls, seen } = chat.answer(run);
    return (seen ?? []).length > 0 || calls.flatMap(readCalls).some(({ name }) => !ownTools.includes(name));
  };
  return chat.path(message).some((each) => comesFromOthers(each) || runsBehind(chat, each).some(hasRead));
}
