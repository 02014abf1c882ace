/** One chat in the list: where it stands, its title, and what can be done with it. */
import { createMemo, createSignal, type JSX, Show } from "solid-js";
import type { VaultStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import type { ListActions } from "../app/createListActions.ts";
import { t } from "../app/strings.ts";
import type { ChatRow } from "../bridge/createChats.ts";
import { createDocStatus } from "../bridge/createStatus.ts";
import { Icon } from "../ui/Icon.tsx";
import { Menu } from "../ui/Menu.tsx";
import { Seal } from "../ui/Seal.tsx";
import { beginChatDrag } from "../projects/chatDrag.ts";
import { chatMenu } from "./chatMenu.ts";
import type { RowPlace } from "./ChatRows.tsx";
import { chatSealOf } from "./syncState.ts";
import { TitleField } from "./TitleField.tsx";

export function ChatLine(props: {
  vault: Vault;
  status: VaultStatus;
  row: ChatRow;
  /** `null`: all of its list is drawn. */
  place: RowPlace | null;
  isChosen: boolean;
  isAnswering: boolean;
  /** `null`: nothing is being selected. */
  isSelected: boolean | null;
  actions: ListActions;
  choose(): void;
  /** Begins the choosing of several with this one, or takes it in and out. */
  select(isSelected: boolean): void;
}): JSX.Element {
  const [line, setLine] = createSignal<HTMLElement>();
  const [isRenaming, setIsRenaming] = createSignal(false);
  const doc = createDocStatus(
    () => props.vault,
    () => props.row.id,
  );
  const title = (): string => (props.row.title === "" ? t.untitledChat : props.row.title);
  const isUnread = (): boolean => props.row.unread && !props.isChosen;
  const sync = createMemo(() =>
    props.isAnswering
      ? ({ seal: "travelling", words: t.answering } as const)
      : chatSealOf(props.status, doc(), props.row.waiting),
  );

  return (
    <li
      ref={setLine}
      class="chat-line"
      classList={{ chosen: props.isChosen, untitled: props.row.title === "", unread: isUnread() }}
      data-index={props.place?.index}
      aria-posinset={props.place === null ? undefined : props.place.index + 1}
      aria-setsize={props.place?.count}
      style={props.place === null ? {} : { top: `${props.place.topPx}px` }}
    >
      <Show
        when={props.isSelected === null}
        fallback={
          <label class="select-line">
            <input
              type="checkbox"
              checked={props.isSelected === true}
              onChange={(event) => props.select(event.currentTarget.checked)}
            />
            <span class="chat-title" dir="auto">
              {title()}
            </span>
          </label>
        }
      >
        <Show
          when={!isRenaming()}
          fallback={
            <TitleField
              title={props.row.title}
              label={t.chatTitle}
              back={() => line()?.querySelector("a")}
              done={(next) => {
                setIsRenaming(false);
                if (next !== null && next !== props.row.title) props.actions.rename(props.row.id, next);
              }}
            />
          }
        >
          <a
            href={`#/chat/${props.row.id}`}
            aria-current={props.isChosen ? "page" : undefined}
            title={title()}
            draggable="true"
            onDragStart={(event) => beginChatDrag(event, [props.row.id])}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey) return;
              if (event.shiftKey) {
                event.preventDefault();
                props.select(true);
                return;
              }
              event.preventDefault();
              props.choose();
            }}
            onDblClick={() => setIsRenaming(true)}
          >
            <Seal state={sync().seal} words={sync().words} hideWords />
            <span class="chat-title" dir="auto">
              {title()}
            </span>
            <Show when={props.row.tool}>
              {(tool) => (
                <span class="chat-tool" title={t.recordedFrom(tool())}>
                  {tool()}
                </span>
              )}
            </Show>
            <Show when={isUnread()}>
              <span class="unread-dot">
                <span class="unseen">{t.unread}</span>
              </span>
            </Show>
            <Show when={props.row.pinned}>
              <Icon name="pin" />
            </Show>
          </a>
          <Menu
            label={t.chatMenu(title())}
            items={chatMenu(props.row, props.actions, {
              rename: () => setIsRenaming(true),
              select: () => props.select(true),
            })}
          />
        </Show>
      </Show>
    </li>
  );
}
