/** Where words by others stand in what a model was shown: in what came with a message, and in what its tools gave. A host asks more where they do, and a device keeps nothing unasked. */
import type { RunId } from "#crypto/ids.ts";
import type { Chat, ChatMessage } from "./chat.ts";
import { readCalls } from "./toolSteps.ts";

/** They came with it or by a pipe, or it was written by somebody else: an import, another program, another chat. */
export function comesFromOthers({
  files,
  sources,
  by,
  isPiped = false,
}: Pick<ChatMessage, "files" | "sources" | "by" | "isPiped">): boolean {
  return files.length + sources.length > 0 || by !== null || isPiped;
}

/** The runs that a message was made by. What a person put in an answer's place was made from the answers beside it: a word that they changed leaves the others standing. */
export function runsBehind(chat: Pick<Chat, "siblings" | "message">, { id, role, run }: ChatMessage): readonly RunId[] {
  if (run !== null) return [run];
  return role === "assistant" ? chat.siblings(id).flatMap((sibling) => chat.message(sibling)?.run ?? []) : [];
}

/**
 * What is written in the place of messages that others wrote, or that were made from their words. It is said of it when it is written: what it replaces may be taken out, and copied nowhere. A
 * question that goes on from the chat's end replaces none.
 */
export function replacesOthers(chat: OthersChat, parent: string | null, role: ChatMessage["role"]): boolean {
  const replaced = chat.messages().filter((each) => each.parent === parent && each.role === role);
  // Their files and sources go along with what takes their place, or do not.
  return replaced.some((each) => each.by !== null || each.isPiped === true || hasReadOthers(chat, each));
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

type OthersChat = Pick<Chat, "path" | "answer" | "siblings" | "message" | "messages">;

/** As a device sees it, which does not know what a host's tools say of themselves: whatever is not known to be harmless counts. */
export function isMadeFromOthers(chat: Omit<OthersChat, "messages">, message: string): boolean {
  return chat.path(message).some((each) => holdsOthers(chat, each));
}

/** This message alone, without what it follows. */
export function holdsOthers(chat: Omit<OthersChat, "messages" | "path">, message: ChatMessage): boolean {
  return comesFromOthers(message) || hasReadOthers(chat, message);
}

function hasReadOthers(chat: Omit<OthersChat, "messages" | "path">, message: ChatMessage): boolean {
  return runsBehind(chat, message).some((run) => {
    const { calls, seen } = chat.answer(run);
    return (seen ?? []).length > 0 || calls.flatMap(readCalls).some(({ name }) => !ownTools.includes(name));
  });
}
