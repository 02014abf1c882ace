/** To what is the whole vault's: above all chats and projects, also where there are none yet. */
import { type JSX, Show } from "solid-js";
import { Icon } from "../ui/Icon.tsx";
import { dueTasks } from "./dueTasks.ts";
import { goToLibrary, goToTasks, isLibraryRouted, isTasksRouted } from "./route.ts";
import { t } from "./strings.ts";

export function PlaceLinks(props: { leave(): void }): JSX.Element {
  return (
    <>
      <a
        class="to-artifacts"
        href="#/artifacts"
        aria-current={isLibraryRouted() ? "page" : undefined}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          goToLibrary();
          props.leave();
        }}
      >
        <Icon name="sheet" />
        {t.artifacts}
      </a>
      <a
        class="to-artifacts"
        href="#/tasks"
        aria-current={isTasksRouted() ? "page" : undefined}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          goToTasks();
          props.leave();
        }}
      >
        <Icon name="tick" />
        {t.tasks}
        <Show when={dueTasks() > 0}>
          <span class="due-count">{t.tasksDue(dueTasks())}</span>
        </Show>
      </a>
    </>
  );
}
