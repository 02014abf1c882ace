/** Where the owner writes. */
import {
  createEffect,
  createSignal,
  createUniqueId,
  For,
  type JSX,
  on,
  onCleanup,
  onMount,
  Show,
  Suspense,
  untrack,
} from "solid-js";
import type { AuthorId, DocId } from "#crypto/ids.ts";
import type { Companion } from "../bridge/createPresence.ts";
import type { Thread } from "../bridge/createThread.ts";
import { t } from "../app/strings.ts";
import { tap } from "../platform/haptics.ts";
import { enterKey } from "../platform/preferences.ts";
import type { Mentions } from "../app/createMentions.ts";
import { ComposerFoot } from "./ComposerFoot.tsx";
import { createDraft } from "./createDraft.ts";
import { createOffers } from "./createOffers.ts";
import type { FileTray } from "./files/createFileTray.ts";
import { pastedFiles } from "./files/givenFiles.ts";
import { fitComposer } from "./fitComposer.ts";
import type { ModelChoice } from "./ModelPicker.tsx";
import { isLongPaste } from "./pastes.ts";
import type { SlashItem } from "./slash.ts";
import { fetchedView } from "../ui/fetchedView.ts";

// Fetched with the first slash, the first file.
const SlashMenu = fetchedView(() => import("./SlashMenu.tsx").then(({ SlashMenu }) => SlashMenu));
const PasteChip = fetchedView(() => import("./PasteChip.tsx").then(({ PasteChip }) => PasteChip));
const TrayChips = fetchedView(() => import("./files/TrayChips.tsx").then(({ TrayChips }) => TrayChips));

const GivenChips = fetchedView(() => import("./GivenChips.tsx").then(({ GivenChips }) => GivenChips));

// Fetched when another device writes in the same draft.
const TheirCarets = fetchedView(() => import("./TheirCarets.tsx").then(({ TheirCarets }) => TheirCarets), {
  isQuiet: true,
});

export function Composer(props: {
  /** `null`: the page where a new one begins. */
  chat: DocId | null;
  /** `null` until it can be shown. */
  thread: Thread | null;
  /** Files that go with the words. */
  tray: FileTray;
  isAnswering: boolean;
  isHostThere: boolean;
  /** What answers, in words; `null` while nobody knows. */
  source: string | null;
  /** `null`: there is nothing to choose. */
  models: ModelChoice | null;
  /** What goes along by its name, and who may answer. */
  mentions: Mentions;
  /** What a slash offers. */
  slash: readonly SlashItem[];
  /** Words given from elsewhere, such as an example. */
  given: string | null;
  /** What stands here while no chat is open; the first letter begins one. */
  keepTyped(typed: string): void;
  /** The chat was made for what stands here. */
  isBegun(chat: DocId): boolean;
  /** Resolves once the question is kept; rejects when it is not, and then the words stay. */
  send(text: string): Promise<void>;
  stop(): void;
  /** Of another device that writes in the same draft. */
  nameOf(device: AuthorId): string;
  /** Opens the last question to be put differently. */
  editLast(): void;
}): JSX.Element {
  const [isSending, setIsSending] = createSignal(false);
  const [field, setField] = createSignal<HTMLTextAreaElement>();
  const draft = createDraft({
    chat: () => props.chat,
    thread: () => props.thread,
    ...{ isSending, field },
    keepTyped: (typed) => props.keepTyped(typed),
    isBegun: (chat) => props.isBegun(chat),
  });
  const { words, pastes, text, write } = draft;

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

  const [form, setForm] = createSignal<HTMLElement>();
  fitComposer({ words, field, form });

  const canSend = (): boolean => (text().trim() !== "" || props.tray.files().length > 0) && !isSending();
  const send = async (): Promise<void> => {
    const sent = text();
    if (!canSend()) return;
    tap();
    setIsSending(true);
    try {
      const chat = untrack(() => props.chat);
      await props.send(sent.trim());
      // While files were sealed, another chat may have been opened; its draft is its own.
      if (chat === null ? props.chat !== null && props.isBegun(props.chat) : props.chat === chat) draft.settle(sent);
    } catch {
      // The caller has said why; the words are still here.
    } finally {
      setIsSending(false);
    }
  };

  const [caret, setCaret] = createSignal(0);
  /** Other devices that write in this draft. */
  const theirs = (): readonly Companion[] =>
    props.thread
      ?.presence()
      ?.others()
      .filter((other) => other.caret !== null) ?? [];
  const tellCaret = (): void => {
    const area = field();
    if (area === undefined || document.activeElement !== area) return;
    setCaret(area.selectionEnd);
    props.thread?.presence()?.setCaret(area.selectionEnd);
  };
  onMount(() => {
    document.addEventListener("selectionchange", tellCaret);
    onCleanup(() => document.removeEventListener("selectionchange", tellCaret));
  });

  const offersId = createUniqueId();
  const offers = createOffers({
    ...{ words, caret, field, write },
    slash: () => props.slash,
    mentions: (sign) => props.mentions.items(sign),
  });

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (offers.takeKey(event)) event.preventDefault();
    else if (event.key === "ArrowUp" && text() === "" && !event.shiftKey) {
      event.preventDefault();
      props.editLast();
    } else if (
      event.key === "Tab" &&
      !event.shiftKey &&
      words().includes("{{") &&
      offers.select(field()?.selectionEnd ?? 0)
    )
      event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      // On a touch keyboard Enter makes a line, as people expect there.
      const makesLine = enterKey.now() === "line" || matchMedia("(pointer: coarse)").matches;
      if (makesLine && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      void send();
    }
  };

  const onPaste = (event: ClipboardEvent): void => {
    const files = pastedFiles(event.clipboardData);
    if (files.length > 0) {
      event.preventDefault();
      props.tray.add(files);
      return;
    }
    const pasted = event.clipboardData?.getData("text/plain").replace(/\r\n?/g, "\n") ?? "";
    if (!isLongPaste(pasted)) return;
    event.preventDefault();
    draft.setPastes([...pastes(), pasted]);
  };

  return (
    <form
      ref={setForm}
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div class="sheet">
        <Show when={offers.list().length > 0}>
          <Suspense>
            <SlashMenu
              id={offersId}
              sign={offers.sign()}
              items={offers.list()}
              active={offers.at()}
              point={offers.point}
              run={offers.run}
            />
          </Suspense>
        </Show>
        <div class="words-box">
          <textarea
            ref={setField}
            id="message"
            dir="auto"
            rows="1"
            aria-label={t.message}
            aria-describedby="composer-hint"
            aria-autocomplete={offers.list().length > 0 ? "list" : undefined}
            aria-controls={offers.list().length > 0 ? offersId : undefined}
            aria-activedescendant={offers.list().length > 0 ? `${offersId}-${offers.at()}` : undefined}
            placeholder={t.messageHint}
            value={words()}
            enterkeyhint="enter"
            autocomplete="off"
            onInput={(event) => {
              setCaret(event.currentTarget.selectionStart);
              write(event.currentTarget.value);
            }}
            onFocus={tellCaret}
            onBlur={() => props.thread?.presence()?.setCaret(null)}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
          />
          <Show when={theirs().length > 0}>
            <Suspense>
              <TheirCarets field={field()} words={words()} others={theirs()} nameOf={props.nameOf} />
            </Suspense>
          </Show>
        </div>
        <Show when={pastes().length > 0}>
          <Suspense>
            <div class="pastes">
              <For each={pastes()}>
                {(paste, index) => (
                  <PasteChip
                    text={paste}
                    remove={() => {
                      draft.setPastes(pastes().filter((_, other) => other !== index()));
                      field()?.focus();
                    }}
                  />
                )}
              </For>
            </div>
          </Suspense>
        </Show>
        <Show when={props.mentions.given().length > 0}>
          <Suspense>
            <GivenChips
              given={props.mentions.given()}
              remove={(given) => {
                props.mentions.remove(given);
                field()?.focus();
              }}
            />
          </Suspense>
        </Show>
        <Show when={props.tray.files().length > 0}>
          <Suspense>
            <TrayChips
              files={props.tray.files()}
              remove={(file) => {
                props.tray.remove(file);
                field()?.focus();
              }}
            />
          </Suspense>
        </Show>
        <ComposerFoot
          isAnswering={props.isAnswering}
          isHostThere={props.isHostThere}
          source={props.source}
          isBegun={(props.thread?.messages.length ?? 0) > 0}
          models={props.models}
          canSend={canSend()}
          attach={(files) => {
            props.tray.add(files);
            field()?.focus();
          }}
          stop={() => {
            tap();
            props.stop();
          }}
        />
      </div>
    </form>
  );
}
