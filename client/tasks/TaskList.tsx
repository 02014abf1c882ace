/** Tasks as lines: done and not done, put differently, given a time, taken out. */
import { createSignal, createUniqueId, For, type JSX, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import { finishTask, type Reminder, type TaskAddress } from "#sync/docs/reminders.ts";
import { taskCharsMax } from "#sync/limits.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import type { AllTasks, TaskRow } from "../bridge/createAllTasks.ts";
import { newId } from "../platform/newId.ts";
import { Icon } from "../ui/Icon.tsx";
import { LineField } from "../ui/LineField.tsx";
import { showToast } from "../ui/toasts.tsx";
import { sayBy, sayReminder, w } from "./words.ts";
import { WhenField } from "./WhenField.tsx";
import "../memory/memory.css";
import "./tasks.css";

export function TaskLines(props: {
  rows: readonly TaskRow[];
  all: AllTasks;
  vault: Vault;
  now: number;
  label: string;
  /** Its project's name, where lines of several stand together. */
  nameOf?(project: DocId): string;
}): JSX.Element {
  return (
    <ul class="memory-list" aria-label={props.label}>
      <For each={props.rows}>
        {(row) => (
          <TaskLine
            row={row}
            all={props.all}
            now={props.now}
            project={row.project === null ? null : (props.nameOf?.(row.project) ?? null)}
            chat={row.task.chat === null ? null : (props.vault.catalog.value.entry(row.task.chat)?.title ?? null)}
          />
        )}
      </For>
    </ul>
  );
}

/** Marks it as done, or has it come again, and offers to take that back. */
export function finish(all: AllTasks, task: TaskAddress): void {
  const tasks = all.listOf(task.project);
  const undo = tasks === undefined ? null : finishTask(tasks, all.reminders, task, Date.now());
  if (undo === null) return;
  const next = all.reminders.get(task);
  const says = next === null ? w.finished : w.finishedUntil(sayReminder(next, Date.now()));
  showToast({ says, action: { label: t.undo, act: undo } });
}

export function setReminder(all: AllTasks, task: TaskAddress, reminder: Reminder | null): void {
  if (!all.reminders.set(task, reminder)) showToast({ says: w.remindersFull });
}

function TaskLine(props: {
  row: TaskRow;
  all: AllTasks;
  now: number;
  project: string | null;
  /** The title of the chat where a model added it. */
  chat: string | null;
}): JSX.Element {
  const [isSetting, setIsSetting] = createSignal(false);
  const id = createUniqueId();
  const tasks = () => props.all.listOf(props.row.project);
  const address = (): TaskAddress => ({ project: props.row.project, id: props.row.task.id });
  const isDone = (): boolean => props.row.task.doneAt !== null;
  const isDue = (): boolean => !isDone() && (props.row.reminder?.at ?? Infinity) <= props.now;
  const remove = (): void => {
    const [task, list] = [address(), tasks()];
    // Out of the document: the row is patched in place by what comes next.
    const reminder = props.all.reminders.get(task);
    list?.remove(task.id, Date.now());
    props.all.reminders.set(task, null);
    const undo = (): void => {
      list?.restore(task.id);
      props.all.reminders.set(task, reminder);
    };
    showToast({ says: w.removed, action: { label: t.undo, act: undo } });
  };
  return (
    <li class="memory-fact task" classList={{ done: isDone() }}>
      <label class="task-check">
        <input
          type="checkbox"
          checked={isDone()}
          aria-label={w.done(props.row.task.text)}
          onChange={(event) => {
            if (event.currentTarget.checked) finish(props.all, address());
            else tasks()?.setDone(props.row.task.id, null);
            // What comes again is not done, though it was marked.
            event.currentTarget.checked = isDone();
          }}
        />
      </label>
      <div class="memory-words">
        <LineField
          label={w.text}
          text={props.row.task.text}
          charsMax={taskCharsMax}
          change={(text) => tasks()?.setText(props.row.task.id, text)}
        />
        <div class="memory-origin">
          <Show when={!isDone()}>
            <button
              type="button"
              class="quiet task-time"
              classList={{ due: isDue() }}
              aria-label={w.remindOf(props.row.task.text)}
              aria-description={props.row.reminder === null ? undefined : sayReminder(props.row.reminder, props.now)}
              aria-expanded={isSetting()}
              aria-controls={id}
              onClick={() => setIsSetting(!isSetting())}
            >
              {props.row.reminder === null ? w.remind : sayReminder(props.row.reminder, props.now)}
            </button>
          </Show>
          <Show when={props.project}>{(name) => <a href={`#/project/${props.row.project}`}>{name()}</a>}</Show>
          <Show when={sayBy(props.row.task)}>{(by) => <span class="task-by">{by()}</span>}</Show>
          <Show when={props.row.task.chat}>
            {(chat) => <a href={`#/chat/${chat()}`}>{w.from(props.chat ?? t.untitledChat)}</a>}
          </Show>
        </div>
        <div id={id} hidden={!isSetting() || isDone()}>
          <Show when={isSetting() && !isDone()}>
            <WhenField value={props.row.reminder} set={(reminder) => setReminder(props.all, address(), reminder)} />
          </Show>
        </div>
      </div>
      <button
        type="button"
        class="ghost icon-only"
        aria-label={w.remove(props.row.task.text)}
        title={w.remove(props.row.task.text)}
        onClick={remove}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}

export function AddTask(props: {
  all: AllTasks;
  project: DocId | null;
  /** Where it may go to instead. */
  projects?: readonly { readonly id: DocId; readonly name: string }[];
}): JSX.Element {
  const [reminder, setWhen] = createSignal<Reminder | null>(null);
  const [isSetting, setIsSetting] = createSignal(false);
  const [words, setWords] = createSignal("");
  const [list, setList] = createSignal("");
  const [field, when] = [createUniqueId(), createUniqueId()];
  const project = (): DocId | null => props.project ?? props.projects?.find(({ id }) => id === list())?.id ?? null;
  const add = (): void => {
    const task = { project: project(), id: newId() };
    const tasks = props.all.listOf(task.project);
    if (words().trim() === "" || tasks === undefined) return;
    if (!tasks.add({ id: task.id, text: words(), at: Date.now(), chat: null })) return showToast({ says: w.full });
    if (reminder() !== null) setReminder(props.all, task, reminder());
    setWords("");
    setWhen(null);
    setIsSetting(false);
  };
  return (
    <form
      class="task-add"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <div class="memory-add">
        <label class="unseen" for={field}>
          {w.add}
        </label>
        <input
          id={field}
          class="field"
          value={words()}
          maxlength={taskCharsMax}
          placeholder={w.addHint}
          autocomplete="off"
          onInput={(event) => setWords(event.currentTarget.value)}
        />
        <button type="submit" class="plain">
          {w.addButton}
        </button>
      </div>
      <div class="memory-origin">
        <button
          type="button"
          class="quiet task-time"
          aria-expanded={isSetting()}
          aria-controls={when}
          onClick={() => setIsSetting(!isSetting())}
        >
          {reminder() === null ? w.remind : sayReminder(reminder() ?? { at: 0, every: null }, Date.now())}
        </button>
        <Show when={(props.projects?.length ?? 0) > 0}>
          <select aria-label={w.list} value={list()} onChange={(event) => setList(event.currentTarget.value)}>
            <option value="">{w.noProject}</option>
            <For each={props.projects}>{({ id, name }) => <option value={id}>{name}</option>}</For>
          </select>
        </Show>
      </div>
      <div id={when} hidden={!isSetting()}>
        <Show when={isSetting()}>
          <WhenField value={reminder()} set={setWhen} />
        </Show>
      </div>
    </form>
  );
}
