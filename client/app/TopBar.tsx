/** Above the conversation: where one is, who else is, and how far it has come. Below it, what needs the owner. */
import { type JSX, lazy, Show, Suspense } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { ProjectEntry } from "#sync/docs/projectList.ts";
import type { DocStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import type { SyncState } from "../chat/syncState.ts";
import { withKeys } from "../platform/bindings.ts";
import { Icon } from "../ui/Icon.tsx";
import { Seal } from "../ui/Seal.tsx";
import { Sentence } from "../ui/Sentence.tsx";
import type { Drawer } from "./createDrawer.ts";
import { t } from "./strings.ts";

// Fetched when a removed device wrote something.
const SetAside = lazy(() => import("../devices/SetAside.tsx").then(({ SetAside: aside }) => ({ default: aside })));

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
  /** `null`: this is not where one begins. */
  openTemporary: (() => void) | null;
}): JSX.Element {
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
        <h1 dir="auto" classList={{ untitled: props.title === "" }}>
          {props.title === "" ? t.untitledChat : props.title}
        </h1>
      </div>
      <div class="standing">
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
        <Show when={props.companions}>{(names) => <span class="companions">{t.alsoHere(names())}</span>}</Show>
        <Show when={props.project?.isLocalOnly === true}>
          <span class="local-tag">{t.localOnlyTag}</span>
        </Show>
        <div class="sync" role="status" aria-label={t.sync}>
          <Seal state={props.sync.seal} words={props.sync.words} />
        </div>
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
      <Show when={aside().length > 0 && props.chat}>
        {(id) => (
          <Suspense>
            <SetAside vault={props.vault} doc={id()} aside={aside()} />
          </Suspense>
        )}
      </Show>
    </div>
  );
}
