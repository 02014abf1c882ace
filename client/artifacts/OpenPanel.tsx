/** An artifact that is here: its name and state, its views, and what can be done with it. */
import { createMemo, createSignal, createUniqueId, For, type JSX, Match, Show, Switch, untrack } from "solid-js";
import type { AuthorId, DocId } from "#crypto/ids.ts";
import { type ArtifactEntry, type ArtifactKind, artifactKinds } from "#sync/docs/artifactList.ts";
import type { VaultStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import { goToArtifact, routedChat } from "../app/route.ts";
import type { ShownArtifact } from "../bridge/createArtifact.ts";
import { createDocStatus } from "../bridge/createStatus.ts";
import { syncStateOf } from "../chat/syncState.ts";
import { Icon } from "../ui/Icon.tsx";
import { Menu } from "../ui/Menu.tsx";
import { Seal } from "../ui/Seal.tsx";
import { copyText, download, downloadHistory, duplicate, remove, titleOf } from "./artifactActions.ts";
import { Editor } from "./Editor.tsx";
import { History } from "./History.tsx";
import { KindMark } from "./KindMark.tsx";
import { hasPreview, Preview } from "./Preview.tsx";
import { modelOf, openOnes, readProposals, Review } from "./Review.tsx";
import { a } from "./words.ts";

const views = ["write", "changes", "preview", "versions"] as const;
type View = (typeof views)[number];

export function OpenPanel(props: {
  vault: Vault;
  shown: ShownArtifact;
  entry: ArtifactEntry;
  status: VaultStatus;
  isFull: boolean;
  isNarrow: boolean;
  setFull(isFull: boolean): void;
  nameOf(device: AuthorId): string;
  ask(text: string): void;
  openChat(id: DocId): void;
}): JSX.Element {
  const open = createMemo(() => openOnes(readProposals(props.shown)));
  // What waits for the owner is what it was opened for.
  const [chosen, setChosen] = createSignal<View>(untrack(open).length > 0 ? "changes" : "write");
  const shownViews = createMemo((): readonly View[] =>
    views.filter(
      (view) =>
        (view !== "preview" || hasPreview(props.entry.kind)) &&
        (view !== "changes" || readProposals(props.shown).length > 0),
    ),
  );
  const view = (): View => (shownViews().includes(chosen()) ? chosen() : "write");
  const tabs = createUniqueId();
  const [searches, setSearches] = createSignal(0);
  const search = (): void => {
    setChosen("write");
    setSearches((times) => times + 1);
  };
  const list = () => props.vault.catalog.value.artifacts;
  const doc = createDocStatus(
    () => props.vault,
    () => props.entry.id,
  );
  const sync = () => syncStateOf(props.status, doc());
  const others = (): string =>
    props.shown.presence
      .others()
      .map(({ device }) => props.nameOf(device))
      .join(", ");
  const text = (): string => props.shown.artifact.text();
  const chat = (): DocId | null => {
    const { chat: made } = props.entry;
    return made !== null && props.vault.catalog.value.entry(made) !== null ? made : null;
  };
  const goToItsChat = (): void => {
    const made = chat();
    if (made !== null) props.openChat(made);
  };
  /** In the chat that it was made in, else in the one beside it; `null`: there is none. */
  const place = (): DocId | null => chat() ?? routedChat();
  const ask = (words: string): void => {
    const target = place();
    if (target === null) return;
    props.setFull(false);
    const { id } = props.entry;
    if (routedChat() !== target) {
      props.openChat(target);
      if (!props.isNarrow) goToArtifact(id);
    } else if (props.isNarrow) goToArtifact(null);
    props.ask(words);
  };
  const onTabKey = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const all = shownViews();
    const forward = document.documentElement.dir === "rtl" ? -step : step;
    const next = all.at((all.indexOf(view()) + forward) % all.length) ?? "write";
    setChosen(next);
    document.getElementById(`${tabs}-${next}`)?.focus();
  };

  return (
    <>
      <header class="panel-head">
        <button
          type="button"
          class="ghost icon-only"
          aria-label={a.close}
          title={a.close}
          onClick={() => goToArtifact(null)}
        >
          <Icon name={props.isNarrow ? "back" : "close"} />
        </button>
        <input
          class="panel-title"
          aria-label={a.name}
          placeholder={a.untitled}
          value={props.entry.title}
          maxlength="200"
          autocomplete="off"
          dir="auto"
          onChange={(event) => list().rename(props.entry.id, event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") event.currentTarget.blur();
          }}
        />
        <Show when={others()}>
          {(names) => (
            <span class="companions" title={a.alsoHere(names())}>
              {names()}
            </span>
          )}
        </Show>
        <div class="sync" title={sync().words}>
          <Seal state={sync().seal} words={sync().words} hideWords />
        </div>
        <Show when={!props.isNarrow}>
          <button
            type="button"
            class="ghost icon-only"
            aria-label={props.isFull ? a.leaveFullScreen : a.fullScreen}
            title={props.isFull ? a.leaveFullScreen : a.fullScreen}
            aria-pressed={props.isFull}
            onClick={() => props.setFull(!props.isFull)}
          >
            <Icon name="expand" />
          </button>
        </Show>
        <Menu
          label={a.moreFor(titleOf(props.entry))}
          items={[
            { label: a.searchIn, act: search },
            { label: a.copy, act: () => void copyText(text()) },
            { label: a.download, act: () => download(props.entry, text()) },
            { label: a.downloadHistory, act: () => downloadHistory(props.entry, props.shown.artifact) },
            { label: a.duplicate, act: () => duplicate(props.vault, props.entry) },
            ...(chat() === null ? [] : [{ label: a.goToChat, act: goToItsChat }]),
            { label: a.remove, isGrave: true, act: () => remove(props.vault, props.entry) },
          ]}
        />
      </header>
      <div class="panel-bar">
        <div class="panel-tabs" role="tablist" aria-label={a.views} on:keydown={onTabKey}>
          <For each={shownViews()}>
            {(each) => (
              <button
                type="button"
                role="tab"
                id={`${tabs}-${each}`}
                aria-selected={view() === each}
                aria-controls={`${tabs}-view`}
                tabindex={view() === each ? "0" : "-1"}
                onClick={() => {
                  setSearches(0);
                  setChosen(each);
                }}
              >
                {a[each]}
                <Show when={each === "changes" && open().length > 0}>
                  <span class="tab-count">{open().length}</span>
                </Show>
              </button>
            )}
          </For>
        </div>
        <span class="select-field kind-field">
          <KindMark kind={props.entry.kind} />
          <select
            class="field"
            aria-label={a.kindOf}
            value={props.entry.kind}
            onChange={(event) =>
              list().setKind(props.entry.id, event.currentTarget.value as ArtifactKind, props.entry.language)
            }
          >
            <For each={artifactKinds}>
              {(kind) => (
                <option value={kind} selected={kind === props.entry.kind}>
                  {a.kinds[kind]}
                </option>
              )}
            </For>
          </select>
          <Icon name="chevron" />
        </span>
      </div>
      <Show when={view() === "write" && open()[0]}>
        {(first) => (
          <div class="artifact-banner" role="status">
            <p>{open().length === 1 ? a.proposes(modelOf(first())) : a.proposalsWait(open().length)}</p>
            <button type="button" class="quiet" onClick={() => setChosen("changes")}>
              {a.review}
            </button>
          </div>
        )}
      </Show>
      <Show when={sync().trouble}>{(says) => <p class="trouble-line">{says()}</p>}</Show>
      <div class="panel-view" role="tabpanel" id={`${tabs}-view`} aria-labelledby={`${tabs}-${view()}`}>
        <Switch>
          <Match when={view() === "write"}>
            <Editor
              vault={props.vault}
              shown={props.shown}
              entry={props.entry}
              searches={searches()}
              nameOf={props.nameOf}
            />
          </Match>
          <Match when={view() === "changes"}>
            <Review
              shown={props.shown}
              entry={props.entry}
              ask={place() === null ? null : ask}
              write={() => setChosen("write")}
            />
          </Match>
          <Match when={view() === "preview"}>
            <Preview shown={props.shown} entry={props.entry} ask={place() === null ? null : ask} />
          </Match>
          <Match when={view() === "versions"}>
            <History vault={props.vault} shown={props.shown} entry={props.entry} />
          </Match>
        </Switch>
      </div>
    </>
  );
}
