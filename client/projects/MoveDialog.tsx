/** Where chats are to be moved: a list of projects, and out of all. Fetched when it is first opened. */
import { createSignal, For, type JSX, onMount, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { ProjectEntry } from "#sync/docs/projectList.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { l } from "../chat/laterWords.ts";
import { Icon } from "../ui/Icon.tsx";
import { moveChats } from "./moveChats.ts";
import { NewProjectName } from "./NewProjectName.tsx";
import "../settings/settings.css";
import "./projects.css";

export function MoveDialog(props: {
  vault: Vault;
  chats: readonly DocId[];
  projects: readonly ProjectEntry[];
  leave(): void;
}): JSX.Element {
  const [dialog, setDialog] = createSignal<HTMLDialogElement>();
  const [isNaming, setIsNaming] = createSignal(false);
  onMount(() => dialog()?.showModal());

  const entry = (id: DocId) => props.vault.catalog.value.entry(id);
  /** Where all of them are already. */
  const now = (): DocId | null | undefined => {
    const places = new Set(props.chats.map((id) => entry(id)?.project ?? null));
    return places.size === 1 ? [...places][0] : undefined;
  };
  const move = (project: DocId | null): void => {
    const names = props.vault.catalog.value.projects;
    moveChats(props.vault, props.chats, project, (id) => names.entry(id)?.name ?? "");
    dialog()?.close();
  };

  return (
    <dialog
      ref={setDialog}
      class="settings move-dialog"
      aria-label={l.moveTo}
      onClose={() => props.leave()}
      onClick={(event) => {
        if (event.target === event.currentTarget) event.currentTarget.close();
      }}
    >
      <header class="settings-head">
        <h2>{l.moveTo}</h2>
        <button
          type="button"
          class="ghost icon-only"
          aria-label={t.cancel}
          title={t.cancel}
          onClick={() => dialog()?.close()}
        >
          <Icon name="close" />
        </button>
      </header>
      <ul class="move-list">
        <For each={props.projects.filter(({ archived }) => !archived)}>
          {(project) => (
            <li>
              <button
                type="button"
                class="move-choice"
                aria-current={now() === project.id ? "true" : undefined}
                onClick={() => move(project.id)}
              >
                <span class="project-mark" data-colour={project.colour} aria-hidden="true" />
                {project.name || l.untitledProject}
              </button>
            </li>
          )}
        </For>
        <Show when={now() !== null}>
          <li>
            <button type="button" class="move-choice" onClick={() => move(null)}>
              <span class="project-mark none" aria-hidden="true" />
              {l.noProject}
            </button>
          </li>
        </Show>
        <li>
          <Show
            when={isNaming()}
            fallback={
              <button type="button" class="move-choice" onClick={() => setIsNaming(true)}>
                <Icon name="plus" />
                {l.newProject}
              </button>
            }
          >
            <NewProjectName
              vault={props.vault}
              projects={props.projects}
              leave={() => setIsNaming(false)}
              made={move}
            />
          </Show>
        </li>
      </ul>
    </dialog>
  );
}
