/** A project's tasks, on its page: the owner's list, which a model may add to where that is allowed. */
import { createMemo, type JSX, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { createAllTasks } from "../bridge/createAllTasks.ts";
import { AddTask, TaskLines } from "../tasks/TaskList.tsx";
import { w } from "../tasks/words.ts";

export function ProjectTasks(props: { vault: Vault; id: DocId; now: number }): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: the page is of one vault, and goes with it.
  const all = createAllTasks(props.vault, () => [props.id]);
  const rows = createMemo(() => all.rows.filter(({ project }) => project === props.id));
  return (
    <section class="project-field" aria-label={w.tasks}>
      <h2 class="field-name">{w.tasks}</h2>
      <div class="memory">
        <Show when={rows().length > 0} fallback={<p class="memory-note">{w.none}</p>}>
          <TaskLines rows={rows()} all={all} vault={props.vault} now={props.now} label={w.tasks} />
        </Show>
        <AddTask all={all} project={props.id} />
      </div>
      <p class="project-note">{w.noteOfProject}</p>
    </section>
  );
}
