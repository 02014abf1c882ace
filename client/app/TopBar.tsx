/** Above the conversation: where one is, who else is, and how far it has come. Below it, what needs the owner. */
import { createSignal, type JSX, Show, Suspense } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { ProjectEntry } from "#sync/docs/projectList.ts";
import type { DocStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import type { ChatRow } from "../bridge/createChats.ts";
import type { Thread } from "../bridge/createThread.ts";
import { chatMenu } from "../chat/chatMenu.ts";
import type { SyncState } from "../chat/syncState.ts";
import { TitleField } from "../chat/TitleField.tsx";
import type { Temporary } from "../temporary/createTemporary.ts";
import { withKeys } from "../platform/bindings.ts";
import { Icon } from "../ui/Icon.tsx";
import { Menu } from "../ui/Menu.tsx";
import { Seal } from "../ui/Seal.tsx";
import { Sentence } from "../ui/Sentence.tsx";
import type { Drawer } from "./createDrawer.ts";
import type { ListActions } from "./createListActions.ts";
import { areDueWanted } from "./dueTasks.ts";
import { t } from "./strings.ts";
import { fetchedView } from "../ui/fetchedView.ts";

// Fetched after the first load has had the line to itself.
const DueCards = fetchedView(() => import("../tasks/DueCards.tsx").then(({ DueCards }) => DueCards), { isQuiet: true });
// Fetched when a removed device wrote something.
const SetAside = fetchedView(() => import("../devices/SetAside.tsx").then(({ SetAside }) => SetAside), {
  isQuiet: true,
});

// Fetched when a chat was destroyed that this device had written into.
const Unkept = fetchedView(() => import("../keeping/Unkept.tsx").then(({ Unkept }) => Unkept), { isQuiet: true });
// Fetched when it is first opened.
const TemporaryBar = fetchedView(() =>
  import("../temporary/TemporaryBar.tsx").then(({ TemporaryBar }) => TemporaryBar),
);
// Fetched with the first message that is pinned.
const PinnedMenu = fetchedView(() => import("../chat/PinnedMenu.tsx").then(({ PinnedMenu }) => PinnedMenu));

export function TopBar(props: {
  drawer: Drawer;
  title: string;
  /** The one that the chat is in, or will be; `null`: none. */
  project: ProjectEntry | null;
  /** It is the project's own page. */
  isProjectPage: boolean;
  /** The names of other devices that are here; "" for none. */
  companions: string;
  sync: SyncState;
  /** The chat in the list; `null`: none is shown, or one that stands in no list. */
  row: ChatRow | null;
  actions: ListActions;
  thread: Thread | null;
  showMessage(message: string): void;
  /** `null`: this is not where one begins. */
  openTemporary: (() => void) | null;
}): JSX.Element {
  const [acts, setActs] = createSignal<HTMLElement>();
  /** The chat that is being given another title. */
  const [renamed, setRenamed] = createSignal<DocId | null>(null);
  return (
    <header class="topbar">
      <button
        type="button"
        class="ghost icon-only open-drawer"
        aria-label={t.openChats}
        title={withKeys(t.openChats, "sidebar")}
        aria-expanded={props.drawer.isOpen()}
        onClick={() => props.drawer.open()}
      >
        <Icon name="menu" />
      </button>
      <div class="place">
        <Show when={props.isProjectPage ? null : props.project}>
          {(around) => (
            <a class="crumb" href={`#/project/${around().id}`}>
              {around().name}
            </a>
          )}
        </Show>
        <Show
          when={props.row !== null && renamed() === props.row.id && props.row}
          fallback={
            <h1
              dir="auto"
              classList={{ untitled: props.title === "" }}
              onDblClick={() => setRenamed(props.row?.id ?? null)}
            >
              {props.title === "" ? t.untitledChat : props.title}
            </h1>
          }
        >
          {(row) => (
            <TitleField
              title={row().title}
              label={t.chatTitle}
              back={() => acts()?.querySelector<HTMLElement>(".menu-button:last-of-type")}
              done={(next) => {
                const { id, title } = row();
                setRenamed(null);
                if (next !== null && next !== title) props.actions.rename(id, next);
              }}
            />
          )}
        </Show>
      </div>
      <div class="standing">
        <Show when={props.companions}>{(names) => <span class="companions">{t.alsoHere(names())}</span>}</Show>
        <Show when={props.project?.isLocalOnly === true}>
          <span class="local-tag">{t.localOnlyTag}</span>
        </Show>
        <div class="sync" role="status" aria-label={t.sync}>
          <Seal state={props.sync.seal} words={props.sync.words} />
        </div>
      </div>
      <div class="place-acts" ref={setActs}>
        <Show when={props.openTemporary}>
          {(open) => (
            <button
              type="button"
              class="ghost icon-only"
              aria-label={t.temporary}
              title={t.temporary}
              onClick={() => open()()}
            >
              <Icon name="temporary" />
            </button>
          )}
        </Show>
        <Show when={(props.thread?.pinned().length ?? 0) > 0 && props.thread}>
          {(thread) => (
            <Suspense>
              <PinnedMenu thread={thread()} show={(message) => props.showMessage(message)} />
            </Suspense>
          )}
        </Show>
        <Show when={props.row}>
          {(row) => (
            <Menu
              label={t.thisChat}
              items={chatMenu(row(), props.actions, { rename: () => setRenamed(row().id), select: null })}
            />
          )}
        </Show>
      </div>
    </header>
  );
}

/** What is wrong with this chat or with all, and what a removed device wrote into it. */
export function AboveTurns(props: {
  vault: Vault;
  chat: DocId | null;
  doc: DocStatus | null;
  trouble: string | null;
  /** Messages of chats that were destroyed. */
  unkept: number;
  /** `null`: the chat that is shown is kept. */
  temporary: Temporary | null;
  /** Nothing has been said in it. */
  isEmpty: boolean;
}): JSX.Element {
  const aside = () => props.doc?.setAside ?? [];
  return (
    <div class="above-turns">
      <div class="trouble-place" aria-live="assertive">
        <Show when={props.trouble}>
          {(says) => (
            <p class="trouble-line">
              <Sentence says={says()} />
            </p>
          )}
        </Show>
      </div>
      <Show when={props.unkept > 0}>
        <Suspense>
          <Unkept vault={props.vault} messages={props.unkept} />
        </Suspense>
      </Show>
      <Show when={aside().length > 0 && props.chat}>
        {(id) => (
          <Suspense>
            <SetAside vault={props.vault} doc={id()} aside={aside()} />
          </Suspense>
        )}
      </Show>
      <Show when={areDueWanted()}>
        <Suspense>
          <DueCards vault={props.vault} />
        </Suspense>
      </Show>
      <Show when={props.temporary}>
        {(temporary) => (
          <Suspense>
            <TemporaryBar temporary={temporary()} isEmpty={props.isEmpty} />
          </Suspense>
        )}
      </Show>
    </div>
  );
}
