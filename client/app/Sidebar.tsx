/** The column of chats: what starts one, what finds one, the list, and who answers. On a phone it is a drawer. */
import { type JSX, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { VaultStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import type { Chats } from "../bridge/createChats.ts";
import type { ProjectRows } from "../bridge/createProjects.ts";
import { ChatList, NewChatButton } from "../chat/ChatList.tsx";
import { keysFor, withKeys } from "../platform/bindings.ts";
import { Icon } from "../ui/Icon.tsx";
import type { Drawer } from "./createDrawer.ts";
import type { ListActions } from "./createListActions.ts";
import type { Sheets } from "./createSheets.ts";
import { routedChat } from "./route.ts";
import { SidebarFoot } from "./SidebarFoot.tsx";
import { t } from "./strings.ts";

export function Sidebar(props: {
  vault: Vault;
  status: VaultStatus;
  chats: Chats;
  projects: ProjectRows;
  answering: ReadonlySet<DocId>;
  now: number;
  drawer: Drawer;
  sheets: Sheets;
  source: string | null;
  isHostThere: boolean;
  hasWords: boolean;
  actions: ListActions;
  choose(id: DocId | null): void;
  /** `null`: there is no temporary chat that could be gone back to. */
  backToTemporary: (() => void) | null;
}): JSX.Element {
  return (
    <nav class="sidebar" aria-label={t.chats} ref={(element) => props.drawer.attach(element)}>
      <div class="sidebar-head">
        <p class="wordmark">{t.appName}</p>
        <button
          type="button"
          class="ghost icon-only close-drawer"
          aria-label={t.closeChats}
          title={t.closeChats}
          onClick={() => props.drawer.close()}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="sidebar-start">
        <NewChatButton begin={() => props.choose(null)} />
        <button
          type="button"
          class="ghost icon-only search-button"
          aria-label={t.search}
          title={withKeys(t.search, "search")}
          data-keys={keysFor("search")}
          aria-haspopup="dialog"
          onClick={() => props.sheets.setIsPaletteOpen(true)}
        >
          <Icon name="search" />
        </button>
      </div>
      <Show when={props.backToTemporary}>
        {(back) => (
          <button type="button" class="ghost back-to-temporary" onClick={() => back()()}>
            <Icon name="temporary" />
            {t.temporaryOpen}
          </button>
        )}
      </Show>
      <ChatList
        vault={props.vault}
        status={props.status}
        chats={props.chats}
        chosen={routedChat()}
        answering={props.answering}
        now={props.now}
        actions={props.actions}
        choose={(id) => props.choose(id)}
        projects={props.projects}
        leave={() => props.drawer.close()}
      />
      <SidebarFoot
        status={props.status}
        source={props.source}
        isHostThere={props.isHostThere}
        hasWords={props.hasWords}
        openDevices={(part) => props.sheets.setDevices(part)}
        openSettings={() => props.sheets.setSettings("look")}
        openStatus={() => props.sheets.setIsStatusOpen(true)}
      />
    </nav>
  );
}
