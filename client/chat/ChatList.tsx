/** The chats: what is pinned, the rest under the days they were last used, and what was put away. */
import { type Accessor, createEffect, createMemo, createSignal, For, type JSX, Show, Suspense } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { VaultStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import type { ListActions } from "../app/createListActions.ts";
import { PlaceLinks } from "../app/PlaceLinks.tsx";
import { t } from "../app/strings.ts";
import type { ChatRow, Chats } from "../bridge/createChats.ts";
import { FoldHeading } from "../ui/FoldHeading.tsx";
import { Icon } from "../ui/Icon.tsx";
import { keysFor, withKeys } from "../platform/bindings.ts";
import { ChatLine } from "./ChatLine.tsx";
import { ChatRows, createSight, type RowPlace } from "./ChatRows.tsx";
import { dateGroupKey, groupByDate } from "./dateGroups.ts";
import { groupName } from "./words.ts";
import type { ProjectRows } from "../bridge/createProjects.ts";
import { draggedChats, isChatDrag } from "../projects/chatDrag.ts";
import { fetchedView } from "../ui/fetchedView.ts";

// Fetched after the first paint.
const ProjectsSection = fetchedView(
  () => import("../projects/ProjectsSection.tsx").then(({ ProjectsSection }) => ProjectsSection),
  { isQuiet: true },
);

interface Group {
  readonly key: string;
  readonly name: string;
  readonly ids: readonly DocId[];
}

const archiveKey = "archive";
const idsOf = (rows: readonly ChatRow[]): readonly DocId[] => rows.map(({ id }) => id);

/** One chat's line, wherever in the list it stands. */
export type LineOf = (id: DocId, place: Accessor<RowPlace | null>) => JSX.Element;

export function ChatList(props: {
  vault: Vault;
  status: VaultStatus;
  chats: Chats;
  projects: ProjectRows;
  chosen: DocId | null;
  answering: ReadonlySet<DocId>;
  now: number;
  actions: ListActions;
  choose(id: DocId | null): void;
  /** Something else than a chat was chosen. */
  leave(): void;
}): JSX.Element {
  const [isArchiveOpen, setIsArchiveOpen] = createSignal(false);
  /** `null`: nothing is being selected. */
  const [selected, setSelected] = createSignal<ReadonlySet<DocId> | null>(null);

  const groups = createMemo((): readonly Group[] => {
    const { rows } = props.chats;
    const pinned = rows.filter((row) => row.pinned && !row.archived);
    const rest = rows.filter((row) => !row.pinned && !row.archived && row.project === null);
    const archived = rows.filter((row) => row.archived);
    return [
      { key: "pinned", name: t.pinned, ids: idsOf(pinned) },
      ...groupByDate(rest, props.now).map(({ group, items }) => ({
        key: dateGroupKey(group),
        name: groupName(group, props.now),
        ids: idsOf(items),
      })),
      { key: archiveKey, name: t.archived(archived.length), ids: idsOf(archived) },
    ].filter((group) => group.ids.length > 0);
  });
  // By key, so that a chat that gets a title redraws its own line only.
  const keys = createMemo(() => groups().map(({ key }) => key), [], { equals: isSameList });

  const select = (id: DocId, isSelected: boolean): void => {
    const next = new Set(selected() ?? []);
    if (isSelected) next.add(id);
    else next.delete(id);
    setSelected(next);
  };
  const takeSelected = (): readonly DocId[] => {
    const ids = [...(selected() ?? [])];
    setSelected(null);
    return ids;
  };

  // By id, so that a chat that gets a title keeps its line, and the focus in it.
  const lineOf: LineOf = (id, place) => (
    <Show when={props.chats.row(id)}>
      {(row) => (
        <ChatLine
          vault={props.vault}
          status={props.status}
          row={row()}
          place={place()}
          isChosen={props.chosen === id}
          isAnswering={props.answering.has(id)}
          isSelected={selected()?.has(id) ?? null}
          actions={props.actions}
          choose={() => props.choose(id)}
          select={(isSelected) => select(id, isSelected)}
        />
      )}
    </Show>
  );
  const sight = createSight();
  const [scroller, setScroller] = createSignal<HTMLElement>();
  const [content, setContent] = createSignal<HTMLElement>();
  createEffect(() => {
    const [outer, inner] = [scroller(), content()];
    if (outer !== undefined && inner !== undefined) sight.attach(outer, inner);
  });

  return (
    <>
      <Show when={selected()}>
        {(now) => (
          <div class="selection" role="group" aria-label={t.selectSeveral}>
            <p role="status">{t.selectedCount(now().size)}</p>
            <button type="button" class="quiet" onClick={() => props.actions.archive(takeSelected(), true)}>
              {t.archive}
            </button>
            <button type="button" class="quiet" onClick={() => props.actions.move(takeSelected())}>
              {t.move}
            </button>
            <button type="button" class="quiet grave" onClick={() => props.actions.remove(takeSelected())}>
              {t.remove}
            </button>
            <button type="button" class="quiet" onClick={() => setSelected(null)}>
              {t.cancel}
            </button>
          </div>
        )}
      </Show>
      <div
        ref={setScroller}
        class="chat-list"
        onDragOver={(event) => {
          if (isChatDrag(event)) event.preventDefault();
        }}
        onDrop={(event) => {
          if (!isChatDrag(event)) return;
          event.preventDefault();
          props.actions.moveTo(draggedChats(event), null);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || selected() === null) return;
          event.stopPropagation();
          setSelected(null);
        }}
      >
        <div ref={setContent}>
          <PlaceLinks leave={() => props.leave()} />
          <Show when={props.projects.rows.length > 0 || props.chats.rows.length > 0}>
            <Suspense>
              <ProjectsSection
                vault={props.vault}
                projects={props.projects.rows}
                chats={props.chats.rows.filter((row) => row.project !== null && !row.pinned && !row.archived)}
                chosen={props.chosen}
                line={lineOf}
                sight={sight}
                move={(ids, project) => props.actions.moveTo(ids, project)}
                leave={() => props.leave()}
              />
            </Suspense>
          </Show>
          <For each={keys()} fallback={<p class="none">{t.noChats}</p>}>
            {(key) => {
              const group = createMemo(() => groups().find((found) => found.key === key));
              const isOpen = (): boolean => key !== archiveKey || isArchiveOpen();
              return (
                <section aria-label={group()?.name}>
                  <Show when={key === archiveKey} fallback={<h2>{group()?.name}</h2>}>
                    <FoldHeading
                      says={group()?.name}
                      isOpen={isArchiveOpen()}
                      toggle={() => setIsArchiveOpen(!isArchiveOpen())}
                    />
                  </Show>
                  <Show when={isOpen()}>
                    <ChatRows ids={group()?.ids ?? []} sight={sight} line={lineOf} />
                  </Show>
                </section>
              );
            }}
          </For>
        </div>
      </div>
    </>
  );
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

/** The head of the list: what starts everything. */
export function NewChatButton(props: { begin(): void }): JSX.Element {
  return (
    <button
      type="button"
      class="new-chat"
      title={withKeys(t.newChat, "newChat")}
      data-keys={keysFor("newChat")}
      onClick={() => props.begin()}
    >
      <Icon name="plus" />
      {t.newChat}
    </button>
  );
}
