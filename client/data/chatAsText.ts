/** A chat as a file that goes with a question in another one. */
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { copyChat } from "../bridge/chatCopies.ts";
import { t } from "../app/strings.ts";
import { fullTime } from "../chat/words.ts";
import { chatToMarkdown, fileNameOf } from "./toMarkdown.ts";

/** `null`: it cannot be opened now. */
export async function chatAsText(vault: Vault, id: DocId): Promise<File | null> {
  const chat = await copyChat(vault, id);
  if (chat === null) return null;
  const words = { untitled: t.untitledChat, you: t.you, assistant: t.assistant, time: fullTime, notHere: "" };
  // Its files stay where they are: what was said is what is meant.
  const said = chat.messages.map((message) => ({ ...message, files: [] }));
  const name = fileNameOf(chat.title === "" ? t.untitledChat : chat.title, "md");
  return new File([chatToMarkdown({ ...chat, messages: said }, words)], name, { type: "text/markdown" });
}
