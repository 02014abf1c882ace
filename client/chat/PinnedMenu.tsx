/** What the owner pinned in this chat, of whatever branch, and the way there. Fetched with the first pin. */
import type { JSX } from "solid-js";
import type { Thread, ThreadMessage } from "../bridge/createThread.ts";
import { t } from "../app/strings.ts";
import { Menu, type MenuItem } from "../ui/Menu.tsx";
import { l } from "./laterWords.ts";
import { toPlainText } from "./markdown/toPlainText.ts";
import { splitPastes } from "./pastes.ts";
import { splitQuote } from "./quotes.ts";
import { shortTime } from "./words.ts";

/** A line of it, to be known again by. */
const excerptChars = 80;
/** Where that line may be found: an answer can be a book. */
const readChars = 1_000;

export function PinnedMenu(props: { thread: Thread; show(message: string): void }): JSX.Element {
  const itemOf = (message: ThreadMessage): MenuItem => ({
    label: excerptOf(props.thread, message),
    note: `${message.role === "user" ? t.you : t.assistant}, ${shortTime(message.at, Date.now())}`,
    act: () => props.show(message.id),
  });
  return <Menu label={l.pinnedHere} sign="pin" items={props.thread.pinned().map(itemOf)} />;
}

function excerptOf(thread: Thread, message: ThreadMessage): string {
  const isAnswer = message.role === "assistant";
  const said = isAnswer ? thread.answer(message).text : splitQuote(splitPastes(message.text).words).words;
  const start = said.slice(0, readChars);
  const line = (isAnswer ? toPlainText(start) : start).replace(/\s+/g, " ").trim();
  return line.length > excerptChars ? `${line.slice(0, excerptChars).trimEnd()} …` : line || t.message;
}
