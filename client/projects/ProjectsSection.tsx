/** Projects in the list: each with its chats, which can be dragged in and out. Fetched after the first paint. */
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { ProjectEntry } from "#sync/docs/projectList.ts";
import type { Vault } from "#sync/vault.ts";
import { focusMessage } from "../app/createCommands.ts";
import { goToProject, routedProject } from "../app/route.ts";
import { t } from "../app/strings.ts";
import type { ChatRow } from "../bridge/createChats.ts";
import type { LineOf } from "../chat/ChatList.tsx";
import { ChatRows, type Sight } from "../chat/ChatRows.tsx";
import { l } from "../chat/laterWords.ts";
import { TitleField } from "../chat/TitleField.tsx";
import { FoldHeading } from "../ui/FoldHeading.tsx";
import { Icon } from "../ui/Icon.tsx";
import { Menu } from "../ui/Menu.tsx";
import { showToast } from "../ui/toasts.tsx";
import { draggedChats, isChatDrag } from "./chatDrag.ts";
import { NewProjectName } from "./NewProjectName.tsx";
import "./projects.css";

export interface ProjectsProps {
  vault: Vault;
  projects: readonly ProjectEntry[];
  /** Those of projects that are neither pinned nor archived. */
  chats: readonly ChatRow[];
  chosen: DocId | null;
  line: LineOf;
  sight: Sight;
  move(chats: readonly DocId[], project: DocId | null): void;
  /** The page where a new chat begins, in this project. */
  leave(): void;
}

export function ProjectsSection(props: ProjectsProps): JSX.Element {
  const [isNaming, setIsNaming] = createSignal(false);
  const shown = createMemo(() => props.projects.filter(({ archived }) => !archived));
  const put = createMemo(() => props.projects.filter(({ archived }) => archived));
  const [isArchiveOpen, setIsArchiveOpen] = createSignal(false);

  const names = createMemo(() => shown().map(({ id }) => id), [], { equals: isSameList });

  return (
    <section class="projects" aria-label={l.projects}>
      <div class="projects-head">
        <h2>{l.projects}</h2>
        <button
          type="button"
          class="ghost icon-only"
          aria-label={l.newProject}
          title={l.newProject}
          onClick={() => setIsNaming(true)}
        >
          <Icon name="plus" />
        </button>
      </div>
      <Show when={isNaming()}>
        <div class="chat-line">
          <NewProjectName
            vault={props.vault}
            projects={props.projects}
            leave={() => setIsNaming(false)}
            made={(id) => {
              goToProject(id);
              props.leave();
              // The next words are a chat in it. On a phone the keyboard would cover the page that was just made.
              if (matchMedia("(pointer: fine)").matches) focusMessage();
            }}
          />
        </div>
      </Show>
      <ul>
        <For each={names()}>
          {(id) => (
            <Show when={shown().find((project) => project.id === id)}>
              {(project) => <ProjectLine {...props} project={project()} />}
            </Show>
          )}
        </For>
      </ul>
      <Show when={put().length > 0}>
        <FoldHeading
          says={l.projectArchive(put().length)}
          isOpen={isArchiveOpen()}
          toggle={() => setIsArchiveOpen(!isArchiveOpen())}
        />
        <Show when={isArchiveOpen()}>
          <ul>
            <For each={put()}>{(project) => <ProjectLine {...props} project={project} />}</For>
          </ul>
        </Show>
      </Show>
    </section>
  );
}

function ProjectLine(props: ProjectsProps & { project: ProjectEntry }): JSX.Element {
  const [isRenaming, setIsRenaming] = createSignal(false);
  const [isOver, setIsOver] = createSignal(false);
  const chats = createMemo(() => props.chats.filter((row) => row.project === props.project.id));
  const isHere = (): boolean => routedProject() === props.project.id;
  const [isUnfolded, setIsUnfolded] = createSignal<boolean | null>(null);
  const isOpen = (): boolean => isUnfolded() ?? (isHere() || chats().some(({ id }) => id === props.chosen));
  const name = (): string => props.project.name || l.untitledProject;
  const list = () => props.vault.catalog.value.projects;

  const remove = (): void => {
    const { id } = props.project;
    const wasHere = isHere();
    list().remove(id, Date.now());
    if (wasHere) goToProject(null);
    showToast({
      says: l.projectRemoved(name()),
      action: {
        label: t.undo,
        act: () => {
          list().restore(id);
          if (wasHere) goToProject(id);
        },
      },
    });
  };
  const archive = (archived: boolean): void => {
    const { id } = props.project;
    list().change(id, { archived });
    if (archived)
      showToast({
        says: l.projectArchived(name()),
        action: { label: t.undo, act: () => list().change(id, { archived: false }) },
      });
  };
  const open = (): void => {
    goToProject(props.project.id);
    props.leave();
  };

  return (
    <li
      class="project-line"
      classList={{ "drag-over": isOver() }}
      onDragOver={(event) => {
        if (!isChatDrag(event)) return;
        event.preventDefault();
        event.stopPropagation();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        setIsOver(false);
        if (!isChatDrag(event)) return;
        event.preventDefault();
        event.stopPropagation();
        props.move(draggedChats(event), props.project.id);
      }}
    >
      <div class="chat-line" classList={{ chosen: isHere() }}>
        <Show
          when={!isRenaming()}
          fallback={
            <TitleField
              title={props.project.name}
              label={l.projectName}
              done={(next) => {
                setIsRenaming(false);
                if (next !== null) list().change(props.project.id, { name: next });
              }}
            />
          }
        >
          <button
            type="button"
            class="ghost fold"
            aria-expanded={isOpen()}
            aria-label={l.projectChats(name())}
            onClick={() => setIsUnfolded(!isOpen())}
          >
            <Icon name="chevron" />
          </button>
          <a
            href={`#/project/${props.project.id}`}
            aria-current={isHere() ? "page" : undefined}
            title={name()}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              open();
            }}
          >
            <span class="project-mark" data-colour={props.project.colour} aria-hidden="true" />
            <span class="chat-title">{name()}</span>
            <Show when={!isOpen() && chats().some(({ unread }) => unread)}>
              <span class="unread-dot">
                <span class="unseen">{t.unread}</span>
              </span>
            </Show>
          </a>
          <Menu
            label={t.chatMenu(name())}
            items={[
              { label: l.openProject, act: open },
              { label: t.rename, act: () => setIsRenaming(true) },
              props.project.archived
                ? { label: t.unarchive, act: () => archive(false) }
                : { label: t.archive, act: () => archive(true) },
              { label: t.remove, isGrave: true, act: remove },
            ]}
          />
        </Show>
      </div>
      <Show when={isOpen()}>
        <div class="project-chats">
          <ChatRows
            ids={chats().map(({ id }) => id)}
            sight={props.sight}
            line={props.line}
            fallback={<li class="none">{l.noProjectChats}</li>}
          />
        </div>
      </Show>
    </li>
  );
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
