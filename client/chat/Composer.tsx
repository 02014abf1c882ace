/**
 * Where the owner writes. Every keystroke is in the chat's draft, so it survives a reload and is there on another device;
 * before there is a chat, the first letter makes one.
 */
import { createEffect, createSignal, type JSX, on, onMount, Show, untrack } from "solid-js";
import type { Thread } from "../bridge/createThread.ts";
import { t } from "../app/strings.ts";
import { Icon } from "../ui/Icon.tsx";
import { type ModelChoice, ModelPicker } from "./ModelPicker.tsx";

export function Composer(props: {
  thread: Thread | null;
  isAnswering: boolean;
  isHostThere: boolean;
  /** What answers, in words; `null` while nobody knows. */
  source: string | null;
  /** `null`: there is nothing to choose. */
  models: ModelChoice | null;
  /** Words given from elsewhere, such as an example. */
  given: string | null;
  /** Makes the chat that the first letter begins. */
  begin(): void;
  /** Resolves once the question is kept; rejects when it is not, and then the words stay. */
  send(text: string): Promise<void>;
  stop(): void;
}): JSX.Element {
  const [text, setText] = createSignal("");
  const [isSending, setIsSending] = createSignal(false);
  const [field, setField] = createSignal<HTMLTextAreaElement>();

  const write = (next: string): void => {
    setText(next);
    if (props.thread === null) {
      if (next !== "") props.begin();
    } else props.thread.setDraft(next);
  };

  const show = (thread: Thread | null, before: Thread | null | undefined, draft: string): void => {
    if (thread === before) {
      // Another device writes in the same draft.
      if (thread === null || draft === text() || isSending()) return;
      const [start, end] = [field()?.selectionStart ?? 0, field()?.selectionEnd ?? 0];
      setText(draft);
      field()?.setSelectionRange(start, end);
    } else if (thread !== null && (before ?? null) === null && draft === "" && text() !== "") {
      // The chat was made for the words that stand here.
      thread.setDraft(text());
    } else if (thread !== null || before !== undefined) {
      setText(draft);
    }
    if (thread !== before && thread !== null && matchMedia("(pointer: fine)").matches)
      field()?.focus({ preventScroll: true });
  };

  // One effect for both, since a draft must never be compared with the words of the chat before it.
  createEffect<Thread | null | undefined>((before) => {
    const thread = props.thread;
    const draft = thread?.draft() ?? "";
    untrack(() => show(thread, before, draft));
    return thread;
  }, undefined);

  createEffect(
    on(
      () => props.given,
      (given) => {
        if (given === null) return;
        write(given);
        field()?.focus();
      },
      { defer: true },
    ),
  );

  // `field-sizing` does this by itself where the browser has it.
  const fit = (): void => {
    const area = untrack(field);
    if (area === undefined || CSS.supports("field-sizing", "content")) return;
    area.style.setProperty("height", "auto");
    area.style.setProperty("height", `${area.scrollHeight}px`);
  };
  createEffect(on(text, fit));
  onMount(fit);

  const canSend = (): boolean => text().trim() !== "" && !isSending();

  const send = async (): Promise<void> => {
    const sent = text();
    if (!canSend()) return;
    setIsSending(true);
    try {
      await props.send(sent.trim());
      // What was typed in the meantime stays.
      const rest = text().startsWith(sent) ? text().slice(sent.length).trimStart() : text();
      setText(rest);
      props.thread?.setDraft(rest);
    } catch {
      // The caller has said why; the words are still here.
    } finally {
      setIsSending(false);
    }
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    // On a touch keyboard Enter makes a line, as people expect there.
    if (matchMedia("(pointer: coarse)").matches && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    void send();
  };

  const hint = (): string | null => {
    if (!props.isHostThere) return t.hostAwayHint;
    return props.isAnswering ? t.queueHint : null;
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div class="sheet">
        <textarea
          ref={setField}
          id="message"
          rows="1"
          aria-label={t.message}
          aria-describedby="composer-hint"
          placeholder={t.messageHint}
          value={text()}
          enterkeyhint="enter"
          autocomplete="off"
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <div class="composer-foot">
          <p id="composer-hint" class="hint">
            <Show
              when={hint()}
              fallback={
                <span class="source-hint">
                  {props.source === null || props.models !== null ? t.keysHint : t.answersFrom(props.source)}
                </span>
              }
            >
              {(words) => words()}
            </Show>
          </p>
          <Show when={props.models}>{(choice) => <ModelPicker choice={choice()} />}</Show>
          <Show when={props.isAnswering}>
            <button
              type="button"
              class="round-button stop"
              aria-label={t.stop}
              title={`${t.stop} (Esc)`}
              onClick={() => props.stop()}
            >
              <Icon name="stop" />
            </button>
          </Show>
          <button
            type="submit"
            class="round-button send"
            aria-label={t.send}
            title={`${t.send} (Enter)`}
            aria-disabled={!canSend()}
          >
            <Icon name="send" />
          </button>
        </div>
      </div>
    </form>
  );
}
