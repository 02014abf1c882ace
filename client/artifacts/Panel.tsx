/** An artifact beside the chat on a wide screen, over it on a narrow one. Fetched when the first is opened. */
import {
  createEffect,
  createMemo,
  createSignal,
  type JSX,
  Match,
  on,
  onCleanup,
  onMount,
  Show,
  Switch,
} from "solid-js";
import type { AuthorId, DocId } from "#crypto/ids.ts";
import type { VaultStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import { goToArtifact } from "../app/route.ts";
import { createArtifact, createArtifactEntry } from "../bridge/createArtifact.ts";
import { Icon } from "../ui/Icon.tsx";
import { titleOf } from "./artifactActions.ts";
import { OpenPanel } from "./OpenPanel.tsx";
import { PanelEdge, panelWidth } from "./PanelEdge.tsx";
import { a } from "./words.ts";
import "../settings/settings.css";
import "../projects/projects.css";
import "./panel.css";
import "./panelBar.css";
import "./shown.css";
import "./library.css";
import "./review.css";
import "./diff.css";
import "./versions.css";

/** As in panel.css: below this it lies over the chat. */
const narrow = "(max-width: 63.99rem)";
/** As in app.css. */
const drawer = "(max-width: 47.99rem)";

export interface PanelProps {
  vault: Vault;
  id: DocId;
  status: VaultStatus;
  hasSeveral: boolean;
  /** Whether this device looks at it: told to others. */
  isSeen: boolean;
  /** Into the field for a message. */
  ask(text: string): void;
  openChat(id: DocId): void;
  /** It covers the page: what is under it is out of reach. */
  onCovers(isCovering: boolean): void;
}

export function ArtifactPanel(props: PanelProps): JSX.Element {
  // The vault is one object for as long as the page stands.
  // eslint-disable-next-line solid/reactivity -- reason: App shows the page keyed by the vault.
  const { vault } = props;
  const opened = createArtifact(vault, () => props.id);
  const entry = createArtifactEntry(vault, () => props.id);
  const [isFull, setIsFull] = createSignal(false);
  const [panel, setPanel] = createSignal<HTMLElement>();
  const media = matchMedia(narrow);
  const [isNarrow, setIsNarrow] = createSignal(media.matches);
  const opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  const covers = createMemo(() => isNarrow() || isFull());
  const shown = () => {
    const state = opened.state();
    return state.kind === "open" && state.shown.artifact.id === props.id ? state.shown : null;
  };

  const settle = (): void => void setIsNarrow(media.matches);
  media.addEventListener("change", settle);
  onCleanup(() => {
    media.removeEventListener("change", settle);
    props.onCovers(false);
    const list = document.querySelector<HTMLElement>(".sidebar");
    if (list !== null && !matchMedia(drawer).matches) list.inert = false;
    queueMicrotask(() => opener?.isConnected === true && opener.focus());
  });
  createEffect(() => {
    props.onCovers(covers());
    // On a narrow screen the list is a drawer, which sees to itself.
    const list = document.querySelector<HTMLElement>(".sidebar");
    if (list !== null && !matchMedia(drawer).matches) list.inert = covers();
  });
  createEffect(() => {
    const presence = shown()?.presence;
    presence?.setHere(props.hasSeveral && props.isSeen);
  });
  // The page's own: what is told of at its edge keeps clear of the panel.
  createEffect(() => document.documentElement.style.setProperty("--panel-width", `${panelWidth()}px`));
  onMount(() => panel()?.focus());
  createEffect(
    on(
      () => props.id,
      () => panel()?.focus(),
      { defer: true },
    ),
  );

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    // Here it stops no answer.
    event.stopPropagation();
    if (isFull()) setIsFull(false);
    else if (isNarrow()) goToArtifact(null);
  };
  const title = (): string => {
    const known = entry();
    return known === null ? a.untitled : titleOf(known);
  };
  const nameOf = (device: AuthorId): string => vault.nameOf(device) ?? a.theirs;

  return (
    <section
      ref={setPanel}
      class="artifact-panel"
      classList={{ full: isFull() }}
      aria-label={a.panel(title())}
      tabindex="-1"
      on:keydown={onKeyDown}
    >
      <PanelEdge />
      <Switch fallback={<Lone says={a.opening} />}>
        <Match when={(entry()?.deletedAt ?? null) !== null}>
          <Lone
            says={a.gone}
            act={{ label: a.bringBack, run: () => vault.catalog.value.artifacts.restore(props.id) }}
          />
        </Match>
        <Match when={opened.state().kind === "failed" || entry() === null}>
          <Lone says={a.notOpened} act={{ label: a.tryAgain, run: opened.again }} />
        </Match>
        <Match when={shown()} keyed>
          {(artifact) => (
            <Show when={entry()}>
              {(known) => (
                <OpenPanel
                  vault={vault}
                  shown={artifact}
                  entry={known()}
                  status={props.status}
                  isFull={isFull()}
                  isNarrow={isNarrow()}
                  setFull={setIsFull}
                  nameOf={nameOf}
                  ask={(text) => props.ask(text)}
                  openChat={(id) => props.openChat(id)}
                />
              )}
            </Show>
          )}
        </Match>
      </Switch>
    </section>
  );
}

function Lone(props: { says: string; act?: { readonly label: string; run(): void } }): JSX.Element {
  return (
    <div class="panel-lone">
      <button
        type="button"
        class="ghost icon-only"
        aria-label={a.close}
        title={a.close}
        onClick={() => goToArtifact(null)}
      >
        <Icon name="close" />
      </button>
      <p role="status">{props.says}</p>
      <Show when={props.act}>
        {(act) => (
          <button type="button" class="plain" onClick={() => act().run()}>
            {act().label}
          </button>
        )}
      </Show>
    </div>
  );
}
