/** The chats, newest first under the days they were last used. */
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { VaultStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import type { ChatRow, Chats } from "../bridge/createChats.ts";
import { createDocStatus } from "../bridge/createStatus.ts";
import { t } from "../app/strings.ts";
import { Icon } from "../ui/Icon.tsx";
import { Menu } from "../ui/Menu.tsx";
import { Seal } from "../ui/Seal.tsx";
import { showToast } from "../ui/toasts.tsx";
import { dateGroupKey, groupByDate } from "./dateGroups.ts";
import { chatSealOf } from "./syncState.ts";
import { groupName } from "./words.ts";

export function ChatList(props: {
  vault: Vault;
  status: VaultStatus;
  chats: Chats;
  chosen: DocId | null;
  answering: ReadonlySet<DocId>;
  now: number;
  choose(id: DocId | null): void;
}): JSX.Element {
  // Groups by key and ids, so that a chat that gets a title redraws its own line only.
  const groups = createMemo(() => groupByDate([...props.chats.rows], props.now));

  const remove = (row: ChatRow): void => {
    const { id } = row;
    const title = row.title === "" ? t.untitledChat : row.title;
    const wasChosen = props.chosen === id;
    props.chats.remove(id);
    if (wasChosen) props.choose(null);
    showToast({
      says: t.chatRemoved(title),
      action: {
        label: t.undo,
        act: () => {
          props.chats.restore(id);
          if (wasChosen) props.choose(id);
        },
      },
    });
  };

  return (
    <div class="chat-list">
      <For each={groups().map(({ group }) => dateGroupKey(group))} fallback={<p class="none">{t.noChats}</p>}>
        {(key) => {
          const found = createMemo(() => groups().find(({ group }) => dateGroupKey(group) === key));
          return (
            <Show when={found()}>
              {(grouped) => (
                <section aria-label={groupName(grouped().group, props.now)}>
                  <h2>{groupName(grouped().group, props.now)}</h2>
                  <ul>
                    <For each={grouped().items}>
                      {(row) => (
                        <ChatLine
                          vault={props.vault}
                          status={props.status}
                          row={row}
                          isChosen={props.chosen === row.id}
                          isAnswering={props.answering.has(row.id)}
                          choose={() => props.choose(row.id)}
                          rename={(title) => props.chats.rename(row.id, title)}
                          remove={() => remove(row)}
                        />
                      )}
                    </For>
                  </ul>
                </section>
              )}
            </Show>
          );
        }}
      </For>
    </div>
  );
}

function ChatLine(props: {
  vault: Vault;
  status: VaultStatus;
  row: ChatRow;
  isChosen: boolean;
  isAnswering: boolean;
  choose(): void;
  rename(title: string): void;
  remove(): void;
}): JSX.Element {
  const [isRenaming, setIsRenaming] = createSignal(false);
  const doc = createDocStatus(
    () => props.vault,
    () => props.row.id,
  );
  const title = (): string => (props.row.title === "" ? t.untitledChat : props.row.title);
  const sync = createMemo(() =>
    props.isAnswering
      ? ({ seal: "travelling", words: t.answering } as const)
      : chatSealOf(props.status, doc(), props.row.waiting),
  );

  return (
    <li class="chat-line" classList={{ chosen: props.isChosen, untitled: props.row.title === "" }}>
      <Show
        when={!isRenaming()}
        fallback={
          <TitleField
            title={props.row.title}
            done={(next) => {
              setIsRenaming(false);
              if (next !== null && next !== props.row.title) props.rename(next);
            }}
          />
        }
      >
        <a
          href={`#/chat/${props.row.id}`}
          aria-current={props.isChosen ? "page" : undefined}
          title={title()}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            props.choose();
          }}
        >
          <Seal state={sync().seal} words={sync().words} hideWords />
          <span class="chat-title">{title()}</span>
        </a>
        <Menu
          label={t.chatMenu(title())}
          items={[
            { label: t.rename, act: () => setIsRenaming(true) },
            { label: t.remove, isGrave: true, act: () => props.remove() },
          ]}
        />
      </Show>
    </li>
  );
}

function TitleField(props: { title: string; done(title: string | null): void }): JSX.Element {
  let isDone = false;
  const finish = (title: string | null): void => {
    if (isDone) return;
    isDone = true;
    props.done(title === null || title.trim() === "" ? null : title.trim());
  };
  return (
    <input
      ref={(field) =>
        queueMicrotask(() => {
          field.focus();
          field.select();
        })
      }
      class="title-field"
      aria-label={t.chatTitle}
      value={props.title}
      maxlength="200"
      onBlur={(event) => finish(event.currentTarget.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") finish(event.currentTarget.value);
        if (event.key === "Escape") finish(null);
      }}
    />
  );
}

/** The head of the list: what starts everything. */
export function NewChatButton(props: { begin(): void }): JSX.Element {
  return (
    <button type="button" class="new-chat" title={`${t.newChat} (Ctrl+Shift+O)`} onClick={() => props.begin()}>
      <Icon name="plus" />
      {t.newChat}
    </button>
  );
}
