/** What the owner asked, and how far it has come. */
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import type { Attachments } from "#sync/attachments/attachments.ts";
import type { RunView } from "#sync/docs/run.ts";
import type { VaultStatus } from "#sync/status.ts";
import type { ThreadMessage } from "../bridge/createThread.ts";
import { t } from "../app/strings.ts";
import { CopyButton } from "../ui/CopyButton.tsx";
import { Icon } from "../ui/Icon.tsx";
import { Menu } from "../ui/Menu.tsx";
import { Seal } from "../ui/Seal.tsx";
import { BranchSwitcher, type ChooseVersion } from "./BranchSwitcher.tsx";
import { l } from "./laterWords.ts";
import { MessageFiles } from "./files/MessageFiles.tsx";
import { MessageEditor } from "./MessageEditor.tsx";
import { PasteChip } from "./PasteChip.tsx";
import { joinPastes, splitPastes } from "./pastes.ts";
import { splitQuote } from "./quotes.ts";
import { quotedOf } from "./SelectionQuote.tsx";
import type { SyncState } from "./syncState.ts";
import { fullTime, shortTime } from "./words.ts";

/** A pasted text is folded beyond this; it is all there, one press away. */
const foldChars = 1600;
const foldLines = 18;
/** A short question stands like a heading over its answer; a long one is read like a text. */
const headingChars = 160;

export function Question(props: {
  message: ThreadMessage;
  files: Attachments;
  status: VaultStatus;
  sync: SyncState;
  /** The device it was asked on, where there are several and it is another one. */
  from: string | null;
  /** No host has begun to answer it: other words take the place of these. */
  isWaiting: boolean;
  choose: ChooseVersion;
  /** Asks it in other words, as another version. */
  edit(text: string): Promise<void>;
  quote(text: string): void;
  pin(isPinned: boolean): void;
  copyLink(): void;
  fork(): void;
  remove(): void;
}): JSX.Element {
  const [isUnfolded, setIsUnfolded] = createSignal(false);
  const [isEditing, setIsEditing] = createSignal(false);
  const [editButton, setEditButton] = createSignal<HTMLElement>();
  const [article, setArticle] = createSignal<HTMLElement>();
  const said = createMemo(() => splitPastes(props.message.text));
  const asked = createMemo(() => splitQuote(said().words));
  const isLong = (): boolean => {
    const { words: text } = asked();
    return text.length > foldChars || text.split("\n", foldLines + 1).length > foldLines;
  };
  /** The tool that had this conversation, or whoever looks at it. */
  const who = (): string => props.message.by ?? t.you;
  return (
    <article ref={setArticle} class="turn question" aria-label={who()} data-message={props.message.id} tabindex="-1">
      <header class="speaker">
        <span class="name">
          {who()}
          <PinMark isPinned={props.message.isPinned} />
        </span>
        <Show when={props.from}>{(device) => <span class="source">{device()}</span>}</Show>
        <span class="when">
          <time datetime={new Date(props.message.at).toISOString()} title={fullTime(props.message.at)}>
            {shortTime(props.message.at, Date.now())}
          </time>
          <Seal state={props.sync.seal} words={props.sync.words} hideWords />
        </span>
      </header>
      <div class="said">
        <Show
          when={!isEditing()}
          fallback={
            <MessageEditor
              text={said().words}
              hint={props.isWaiting ? l.editWaitingHint : l.editHint}
              save={(words) =>
                props.edit(joinPastes({ words, pastes: said().pastes })).then(() => void setIsEditing(false))
              }
              leave={() => {
                setIsEditing(false);
                editButton()?.focus();
              }}
            />
          }
        >
          <Show when={asked().quote !== ""}>
            <blockquote class="quoted" dir="auto" aria-label={l.quoted}>
              {asked().quote}
            </blockquote>
          </Show>
          <Show when={asked().words !== ""}>
            <p
              class="asked"
              dir="auto"
              classList={{ brief: asked().words.length <= headingChars, folded: isLong() && !isUnfolded() }}
            >
              {asked().words}
            </p>
          </Show>
          <Show when={isLong() && !isUnfolded()}>
            <button type="button" class="quiet" onClick={() => setIsUnfolded(true)}>
              {l.showAll}
            </button>
          </Show>
          <For each={said().pastes}>{(paste) => <PasteChip text={paste} />}</For>
          <Show when={props.message.files.length > 0}>
            <MessageFiles files={props.message.files} vault={props.files} status={props.status} />
          </Show>
          <div class="actions" role="group" aria-label={l.questionActions}>
            <BranchSwitcher id={props.message.id} versions={props.message.versions} choose={props.choose} />
            <button ref={setEditButton} type="button" class="quiet" data-edit onClick={() => setIsEditing(true)}>
              {t.edit}
            </button>
            <Show when={props.message.text !== ""}>
              <CopyButton label={l.copyQuestion} read={() => props.message.text} />
            </Show>
            <Menu
              label={l.moreForQuestion}
              items={[
                ...(isLong() && isUnfolded() ? [{ label: l.fold, act: () => setIsUnfolded(false) }] : []),
                ...(asked().words === ""
                  ? []
                  : [{ label: l.quote, act: () => props.quote(quotedOf(article(), asked().words)) }]),
                {
                  label: props.message.isPinned ? t.unpin : t.pin,
                  act: () => props.pin(!props.message.isPinned),
                },
                { label: t.copyLink, act: () => props.copyLink() },
                { label: l.forkHere, act: () => props.fork() },
                { label: t.remove, isGrave: true, isApart: true, act: () => props.remove() },
              ]}
            />
          </div>
        </Show>
      </div>
    </article>
  );
}

/** Beside who said it: it is found again above the conversation. */
export function PinMark(props: { isPinned: boolean }): JSX.Element {
  return (
    <Show when={props.isPinned}>
      <span class="pin-mark" role="img" aria-label={t.pinned} title={t.pinned}>
        <Icon name="pin" />
      </span>
    </Show>
  );
}

/** Where a question is, from the run that answers it: taken by a host means that the host has it. */
export function questionSync(run: RunView | null, doc: SyncState): SyncState {
  if (doc.isForAll === true) return doc;
  if (run === null || run.status === "requested")
    return doc.seal === "host" ? { seal: "host", words: t.sealHalf } : doc;
  if (run.status === "withdrawn" || run.status === "stopped") return { seal: doc.seal, words: doc.words };
  return { seal: "host", words: t.sealHalf };
}
