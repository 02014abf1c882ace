/**
 * What stands in the composer: words, and long pastes beside them. Every keystroke is in the chat's draft, so it survives a reload
 * and is there on another device; before there is a chat, the first letter makes one.
 */
import { type Accessor, createEffect, createMemo, createSignal, untrack } from "solid-js";
import type { Thread } from "../bridge/createThread.ts";
import { moveCaret } from "./moveCaret.ts";
import { joinPastes, splitPastes } from "./pastes.ts";

export interface DraftField {
  readonly words: Accessor<string>;
  readonly pastes: Accessor<readonly string[]>;
  /** Both, as they are kept and sent. */
  readonly text: Accessor<string>;
  write(words: string): void;
  setPastes(pastes: readonly string[]): void;
  /** After it was sent: what was typed in the meantime stays. */
  settle(sent: string): void;
}

export function createDraft(options: {
  readonly thread: Accessor<Thread | null>;
  /** While a question is on its way, its draft is emptied from below. */
  readonly isSending: Accessor<boolean>;
  readonly field: Accessor<HTMLTextAreaElement | undefined>;
  begin(): void;
}): DraftField {
  const [words, setWords] = createSignal("");
  const [pastes, setPastes] = createSignal<readonly string[]>([]);
  // Written anew with each paste, not with each key: a paste may be a megabyte.
  const tail = createMemo(() => joinPastes({ words: "", pastes: pastes() }));
  const text = (): string => words() + tail();

  const set = (draft: string): void => {
    const split = splitPastes(draft);
    setWords(split.words);
    if (split.pastes.length > 0 || pastes().length > 0) setPastes(split.pastes);
  };
  const keep = (): void => {
    const open = options.thread();
    if (open === null) {
      if (text() !== "") options.begin();
    } else open.setDraft(text());
  };

  const show = (thread: Thread | null, before: Thread | null | undefined, draft: string): void => {
    if (thread === before) {
      // Another device writes in the same draft.
      if (thread === null || draft === text() || options.isSending()) return;
      const area = options.field();
      const [start, end] = [area?.selectionStart ?? 0, area?.selectionEnd ?? 0];
      const before = words();
      set(draft);
      if (area === undefined) return;
      // At once: were the words put there after the caret, the browser would take it to their end.
      area.value = words();
      area.setSelectionRange(moveCaret(start, before, words()), moveCaret(end, before, words()));
    } else if (thread !== null && (before ?? null) === null && draft === "" && text() !== "") {
      // The chat was made for the words that stand here.
      thread.setDraft(text());
    } else if (thread !== null || before !== undefined) {
      set(draft);
    }
    if (thread !== before && thread !== null && matchMedia("(pointer: fine)").matches)
      options.field()?.focus({ preventScroll: true });
  };

  // One effect for both, since a draft must never be compared with the words of the chat before it.
  createEffect<Thread | null | undefined>((before) => {
    const thread = options.thread();
    const draft = thread?.draft() ?? "";
    untrack(() => show(thread, before, draft));
    return thread;
  }, undefined);

  return {
    words,
    pastes,
    text,
    write: (next) => {
      setWords(next);
      keep();
    },
    setPastes: (next) => {
      setPastes(next);
      keep();
    },
    settle: (sent) => {
      const was = splitPastes(sent);
      if (words().startsWith(was.words)) setWords(words().slice(was.words.length).trimStart());
      setPastes(pastes().slice(was.pastes.length));
      options.thread()?.setDraft(text());
    },
  };
}
