/** The chats: what is pinned, the rest under the days they were last used, and what was put away. */
import { type Accessor, createEffect, createMemo, createSignal, For, type JSX, lazy, Show, Suspense } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { VaultStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import type { ChatRow, Chats } from "../bridge/createChats.ts";
import { FoldHeading } from "../ui/FoldHeading.tsx";
import { Icon } from "../ui/Icon.tsx";
import { keysFor, withKeys } from "../platform/bindings.ts";
import { showToast } from "../ui/toasts.tsx";
import { ChatLine } from "./ChatLine.tsx";
import { ChatRows, createSight, type RowPlace } from "./ChatRows.tsx";
import { dateGroupKey, groupByDate } from "./dateGroups.ts";
import { groupName } from "./words.ts";
import type { ProjectRows } from "../bridge/createProjects.ts";
import { draggedChats, isChatDrag } from "../projects/chatDrag.ts";

// Fetched after the first paint, and with the first move.
const ProjectsSection = lazy(() =>
  import("../projects/ProjectsSection.tsx").then(({ ProjectsSection: section }) => ({ default: section })),
);
const MoveDialog = lazy(() =>
  import("../projects/MoveDialog.tsx").then(({ MoveDialog: dialog }) => ({ default: dialog })),
);

// Fetched when a chat is exported.
const ExportDialog = lazy(() =>
  import("../settings/ExportDialog.tsx").then(({ ExportDialog: dialog }) => ({ default: dialog })),
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

  const titleOf = (row: ChatRow | null): string => (row === null || row.title === "" ? t.untitledChat : row.title);
  const remove = (ids: readonly DocId[]): void => {
    if (ids.length === 0) return;
    const wasChosen = props.chosen !== null && ids.includes(props.chosen) ? props.chosen : null;
    const row = props.chats.row(ids[0] ?? null);
    const says = ids.length === 1 ? t.chatRemoved(titleOf(row)) : t.chatsRemoved(ids.length);
    for (const id of ids) props.chats.remove(id);
    if (wasChosen !== null) props.choose(null);
    showToast({
      says,
      action: {
        label: t.undo,
        act: () => {
          for (const id of ids) props.chats.restore(id);
          if (wasChosen !== null) props.choose(wasChosen);
        },
      },
    });
  };
  const archive = (ids: readonly DocId[], isArchived: boolean): void => {
    for (const id of ids) props.chats.archive(id, isArchived);
    if (!isArchived || ids.length === 0) return;
    showToast({
      says: t.chatsArchived(ids.length),
      action: { label: t.undo, act: () => ids.forEach((id) => props.chats.archive(id, false)) },
    });
  };
  const [moving, setMoving] = createSignal<readonly DocId[]>([]);
  const moveTo = async (ids: readonly DocId[], project: DocId | null): Promise<void> => {
    const [vault, { row }] = [props.vault, props.projects];
    const { moveChats } = await import("../projects/moveChats.ts");
    moveChats(vault, ids, project, (id) => row(id)?.name ?? "");
  };
  const [exported, setExported] = createSignal<DocId | null>(null);
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
          actions={{
            choose: () => props.choose(id),
            rename: (title) => props.chats.rename(id, title),
            pin: (isPinned) => props.chats.pin(id, isPinned),
            move: () => setMoving([id]),
            archive: (isArchived) => archive([id], isArchived),
            export: () => setExported(id),
            remove: () => remove([id]),
            select: (isSelected) => select(id, isSelected),
          }}
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
      <Show when={moving().length > 0}>
        <Suspense>
          <MoveDialog vault={props.vault} chats={moving()} projects={props.projects.rows} leave={() => setMoving([])} />
        </Suspense>
      </Show>
      <Show when={selected()}>
        {(now) => (
          <div class="selection" role="group" aria-label={t.selectSeveral}>
            <p role="status">{t.selectedCount(now().size)}</p>
            <button type="button" class="quiet" onClick={() => archive(takeSelected(), true)}>
              {t.archive}
            </button>
            <button type="button" class="quiet" onClick={() => setMoving(takeSelected())}>
              {t.move}
            </button>
            <button type="button" class="quiet grave" onClick={() => remove(takeSelected())}>
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
          void moveTo(draggedChats(event), null);
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || selected() === null) return;
          event.stopPropagation();
          setSelected(null);
        }}
      >
        <div ref={setContent}>
          <Show when={props.projects.rows.length > 0 || props.chats.rows.length > 0}>
            <Suspense>
              <ProjectsSection
                vault={props.vault}
                projects={props.projects.rows}
                chats={props.chats.rows.filter((row) => row.project !== null && !row.pinned && !row.archived)}
                chosen={props.chosen}
                line={lineOf}
                sight={sight}
                move={(ids, project) => void moveTo(ids, project)}
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
      <Show when={exported()}>
        {(id) => (
          <Suspense>
            <ExportDialog
              vault={props.vault}
              chat={id()}
              title={props.chats.row(id())?.title ?? ""}
              leave={() => setExported(null)}
            />
          </Suspense>
        )}
      </Show>
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
