/** How long a project keeps its chats, and which of them go next. */
import { createMemo, createSignal, For, type JSX, onCleanup, Show } from "solid-js";
import type { ProjectEntry } from "#sync/docs/projectList.ts";
import { keepDaysMax } from "#sync/limits.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { Icon } from "../ui/Icon.tsx";
import { keeping as g } from "./words.ts";
import "./keeping.css";

const usual: readonly number[] = [30, 90, 365];
const forEver = "";
const other = "other";
/** More are a list that nobody reads; the next are shown when these are gone. */
const shownMax = 20;

export function KeepFor(props: { vault: Vault; project: ProjectEntry }): JSX.Element {
  const [isOther, setIsOther] = createSignal(false);
  // eslint-disable-next-line solid/reactivity -- reason: App shows the page keyed by the vault.
  const catalog = props.vault.catalog.value;
  const [version, setVersion] = createSignal(0);
  onCleanup(catalog.observe(() => setVersion((before) => before + 1)));
  const going = createMemo(() => {
    version();
    return catalog
      .ofProject(props.project.id)
      .filter(({ goesAt, pinned, deletedAt }) => goesAt !== null && !pinned && deletedAt === null)
      .toSorted((a, b) => (a.goesAt ?? 0) - (b.goesAt ?? 0));
  });
  const set = (keepDays: number | null): void => catalog.projects.change(props.project.id, { keepDays });
  const days = createMemo(() => {
    const { keepDays } = props.project;
    return keepDays === null || usual.includes(keepDays) ? usual : [...usual, keepDays].sort((a, b) => a - b);
  });
  const day = (at: number): string =>
    new Intl.DateTimeFormat(t.language, { day: "numeric", month: "long" }).format(Math.max(at, Date.now()));

  return (
    <section class="project-field keep-for" aria-label={g.keepTitle}>
      <h2 class="field-name">{g.keepTitle}</h2>
      <span class="select-field">
        <select
          class="field"
          aria-label={g.keepTitle}
          value={isOther() ? other : String(props.project.keepDays ?? forEver)}
          onChange={(event) => {
            const { value } = event.currentTarget;
            setIsOther(value === other);
            if (value !== other) set(value === forEver ? null : Number(value));
          }}
        >
          <option value={forEver}>{g.forEver}</option>
          <For each={days()}>{(count) => <option value={String(count)}>{g.days(count)}</option>}</For>
          <option value={other}>{g.otherDays}</option>
        </select>
        <Icon name="chevron" />
      </span>
      <Show when={isOther()}>
        <label class="keep-days">
          <span>{g.daysField}</span>
          <input
            ref={(field) => queueMicrotask(() => field.focus())}
            class="field"
            type="number"
            inputmode="numeric"
            min="1"
            max={keepDaysMax}
            value={props.project.keepDays ?? ""}
            onChange={(event) => {
              const count = event.currentTarget.valueAsNumber;
              if (!event.currentTarget.validity.valid || !Number.isInteger(count)) return;
              set(count);
              setIsOther(false);
            }}
          />
        </label>
      </Show>
      <Show when={props.project.keepDays !== null}>
        <p class="project-note">{g.keepNote}</p>
      </Show>
      <Show when={props.project.keepDays !== null && going().length > 0}>
        <h3 class="keep-next">{g.goNext(going().length)}</h3>
        <ul class="keep-list">
          <For each={going().slice(0, shownMax)}>
            {({ id, title, goesAt }) => (
              <li>
                <a class="chat-title" href={`#/chat/${id}`}>
                  {title === "" ? t.untitledChat : title}
                </a>
                <span class="keep-day">{g.goesOn(day(goesAt ?? 0))}</span>
                <button type="button" class="plain" title={g.keepHint} onClick={() => catalog.setPinned(id, true)}>
                  {g.keep}
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </section>
  );
}
