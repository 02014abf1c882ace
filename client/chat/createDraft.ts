/**
 * What stands in the composer: words, and long pastes beside them. Every keystroke is in the chat's draft, so it survives a reload
 * and is there on another device; before there is a chat, the first letter makes one.
 */
import { type Accessor, createEffect, createMemo, createSignal, untrack } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Thread } from "../bridge/createThread.ts";
import { moveCaret } from "./moveCaret.ts";
import { addDraft, type Draft, joinPastes, splitPastes } from "./pastes.ts";

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

const nothing: Draft = { words: "", pastes: [] };

/** What stood here when somebody last looked. */
interface Shown {
  readonly chat: DocId | null;
  readonly thread: Thread | null;
}

export function createDraft(options: {
  /** `null`: the page where a new one begins. */
  readonly chat: Accessor<DocId | null>;
  /** `null` until it can be shown. */
  readonly thread: Accessor<Thread | null>;
  /** While a question is on its way, its draft is emptied from below. */
  readonly isSending: Accessor<boolean>;
  readonly field: Accessor<HTMLTextAreaElement | undefined>;
  /** What stands here while no thread takes it; the first letter begins a chat. */
  keepTyped(typed: string): void;
  /** The chat was made for what stands here. */
  isBegun(chat: DocId): boolean;
}): DraftField {
  const [words, setWords] = createSignal("");
  const [pastes, setPastes] = createSignal<readonly string[]>([]);
  // Written anew with each paste, not with each key: a paste may be a megabyte.
  const tail = createMemo(() => joinPastes({ words: "", pastes: pastes() }));
  const text = (): string => words() + tail();

  /** What the chat's draft was when it took what had been typed before it was open. */
  let ahead = nothing;

  const set = (draft: string): void => {
    ahead = nothing;
    const split = splitPastes(draft);
    setWords(split.words);
    if (split.pastes.length > 0 || pastes().length > 0) setPastes(split.pastes);
  };
  const keep = (): void => {
    const open = options.thread();
    if (open !== null) open.setDraft(text());
    else options.keepTyped(text());
  };

  const write = (next: string): void => {
    setWords(next);
    keep();
  };

  /** Another device writes in the same draft. */
  const follow = (draft: string): void => {
    if (draft === text() || options.isSending()) return;
    const area = options.field();
    const [start, end] = [area?.selectionStart ?? 0, area?.selectionEnd ?? 0];
    const before = words();
    set(draft);
    if (area === undefined) return;
    // At once: were the words put there after the caret, the browser would take it to their end.
    area.value = words();
    area.setSelectionRange(moveCaret(start, before, words()), moveCaret(end, before, words()));
  };

  /** Its words stand here from now on, and behind them what was typed while it was being opened. */
  const take = (thread: Thread, draft: string): void => {
    if (text() === "") set(draft);
    else {
      const its = options.isBegun(thread.id) ? nothing : splitPastes(draft);
      ahead = its;
      const all = addDraft(its, { words: words(), pastes: pastes() });
      setWords(all.words);
      setPastes(all.pastes);
      thread.setDraft(text());
    }
    if (matchMedia("(pointer: fine)").matches) options.field()?.focus({ preventScroll: true });
  };

  // One effect for all, since a draft must never be compared with the words of the chat before it.
  createEffect<Shown>(
    (before) => {
      const [chat, thread] = [options.chat(), options.thread()];
      const draft = thread?.draft() ?? "";
      untrack(() => {
        // What stands here goes along into the chat that is made for it, and into no other.
        if (chat !== before.chat && !(before.chat === null && chat !== null && options.isBegun(chat))) set("");
        else if (thread === null && before.thread !== null) set("");
        if (thread === null) return;
        if (chat === before.chat && before.thread !== null) follow(draft);
        else take(thread, draft);
      });
      return { chat, thread };
    },
    { chat: options.chat(), thread: null },
  );

  return {
    words,
    pastes,
    text,
    write,
    setPastes: (next) => {
      setPastes(next);
      keep();
    },
    settle: (sent) => {
      const was = splitPastes(sent);
      // Sent before the chat was open, it stands behind what its draft was.
      const isBehind =
        words().startsWith(ahead.words + was.words) && pastes().length >= ahead.pastes.length + was.pastes.length;
      const before = isBehind ? ahead : nothing;
      const after = words().slice(before.words.length);
      if (after.startsWith(was.words)) setWords(before.words + after.slice(was.words.length).trimStart());
      const rest = pastes().slice(before.pastes.length + was.pastes.length);
      setPastes([...before.pastes, ...rest]);
      ahead = nothing;
      keep();
    },
  };
}
