/** A project's tasks, on its page: the owner's list, which a model may add to where that is allowed. */
import { createSignal, createUniqueId, For, type JSX, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Task, Tasks } from "#sync/docs/tasks.ts";
import { taskCharsMax } from "#sync/limits.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { createOpenProject } from "../bridge/createOpenProject.ts";
import { createTaskRows } from "../bridge/createTaskRows.ts";
import { newId } from "../platform/newId.ts";
import { k } from "../tools/words.ts";
import { Icon } from "../ui/Icon.tsx";
import "../memory/memory.css";

export function ProjectTasks(props: { vault: Vault; id: DocId }): JSX.Element {
  const open = createOpenProject(
    () => props.vault,
    () => props.id,
  );
  return (
    <section class="project-field" aria-label={k.tasks}>
      <h2 class="field-name">{k.tasks}</h2>
      <Show when={open()} keyed>
        {(doc) => <TaskList tasks={doc.value.tasks} vault={props.vault} />}
      </Show>
      <p class="project-note">{k.tasksNote}</p>
    </section>
  );
}

function TaskList(props: { tasks: Tasks; vault: Vault }): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: this stands keyed by its project.
  const list = createTaskRows(props.tasks);
  const [removed, setRemoved] = createSignal<string | null>(null);
  const field = createUniqueId();
  const undo = (id: string): void => {
    props.tasks.restore(id);
    setRemoved(null);
  };
  return (
    <div class="memory">
      <Show when={list.rows.length > 0} fallback={<p class="memory-note">{k.noTasks}</p>}>
        <ul class="memory-list">
          <For each={list.rows}>
            {(task) => (
              <TaskRow
                task={task}
                title={task.chat === null ? null : (props.vault.catalog.value.entry(task.chat)?.title ?? null)}
                tasks={props.tasks}
                remove={() => {
                  props.tasks.remove(task.id, Date.now());
                  setRemoved(task.id);
                }}
              />
            )}
          </For>
        </ul>
      </Show>
      <p class="memory-note" role="status">
        <Show when={removed()}>
          {(id) => (
            <>
              {k.taskRemoved}{" "}
              <button type="button" class="quiet" onClick={() => undo(id())}>
                {t.undo}
              </button>
            </>
          )}
        </Show>
      </p>
      <form
        class="memory-add"
        onSubmit={(event) => {
          event.preventDefault();
          const text = String(new FormData(event.currentTarget).get("task"));
          if (props.tasks.add({ id: newId(), text, at: Date.now(), chat: null })) event.currentTarget.reset();
        }}
      >
        <label class="unseen" for={field}>
          {k.addTask}
        </label>
        <input
          id={field}
          name="task"
          class="field"
          maxlength={taskCharsMax}
          placeholder={k.addTaskHint}
          autocomplete="off"
        />
        <button type="submit" class="plain">
          {k.addTaskButton}
        </button>
      </form>
    </div>
  );
}

function TaskRow(props: { task: Task; title: string | null; tasks: Tasks; remove(): void }): JSX.Element {
  return (
    <li class="memory-fact task" classList={{ done: props.task.doneAt !== null }}>
      <label class="task-check">
        <input
          type="checkbox"
          checked={props.task.doneAt !== null}
          aria-label={k.taskDone(props.task.text)}
          onChange={(event) => props.tasks.setDone(props.task.id, event.currentTarget.checked ? Date.now() : null)}
        />
      </label>
      <div class="memory-words">
        <input
          class="memory-text"
          aria-label={k.taskText}
          value={props.task.text}
          maxlength={taskCharsMax}
          autocomplete="off"
          onChange={(event) => {
            props.tasks.setText(props.task.id, event.currentTarget.value);
            event.currentTarget.value = props.task.text;
          }}
        />
        <Show when={props.task.chat}>
          {(chat) => (
            <div class="memory-origin">
              <a href={`#/chat/${chat()}`}>{k.taskFrom(props.title ?? t.untitledChat)}</a>
            </div>
          )}
        </Show>
      </div>
      <button
        type="button"
        class="ghost icon-only"
        aria-label={k.taskRemove(props.task.text)}
        title={k.taskRemove(props.task.text)}
        onClick={() => props.remove()}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
