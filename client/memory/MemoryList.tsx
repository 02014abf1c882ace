/** What is remembered, of the vault or of a project: each can be put differently, kept at the front, given an end, and forgotten. */
import { createMemo, createSignal, createUniqueId, For, type JSX, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import { type Fact, factsTold, type Memory } from "#sync/docs/memory.ts";
import { factCharsMax } from "#sync/limits.ts";
import { t } from "../app/strings.ts";
import type { Facts } from "../bridge/createFacts.ts";
import { newId } from "../platform/newId.ts";
import { Icon } from "../ui/Icon.tsx";
import { LineField } from "../ui/LineField.tsx";
import { m } from "./words.ts";
import "./memory.css";

const dayMs = 86_400_000;
const expiries = { month: 30 * dayMs, year: 365 * dayMs } as const;

export function MemoryList(props: {
  memory: Memory;
  facts: Facts;
  /** Goes with each question beside it, and takes of the same room. */
  beside?: Memory;
  titleOf(chat: DocId): string | null;
}): JSX.Element {
  /** Those that there is no room for in a question. */
  const untold = createMemo((): ReadonlySet<string> => {
    const { rows } = props.facts;
    const memories = props.beside === undefined ? [props.memory] : [props.memory, props.beside];
    const told = new Set(factsTold(memories, Date.now()).map(({ id }) => id));
    return new Set(rows.map(({ id }) => id).filter((id) => !told.has(id)));
  });
  const [forgotten, setForgotten] = createSignal<string | null>(null);
  const field = createUniqueId();
  return (
    <div class="memory">
      <Show when={props.facts.rows.length > 0} fallback={<p class="memory-note">{m.none}</p>}>
        <Show when={untold().size > 0}>
          <p class="memory-note">{m.full(untold().size)}</p>
        </Show>
        <ul class="memory-list">
          <For each={props.facts.rows}>
            {(fact) => (
              <FactRow
                fact={fact}
                title={fact.chat === null ? null : props.titleOf(fact.chat)}
                isTold={!untold().has(fact.id)}
                memory={props.memory}
                forget={() => {
                  props.memory.remove(fact.id, Date.now());
                  setForgotten(fact.id);
                }}
              />
            )}
          </For>
        </ul>
      </Show>
      <p class="memory-note" role="status">
        <Show when={forgotten()}>
          {(id) => (
            <>
              {m.forgotten}{" "}
              <button
                type="button"
                class="quiet"
                onClick={() => {
                  props.memory.restore(id());
                  setForgotten(null);
                }}
              >
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
          const text = String(new FormData(event.currentTarget).get("fact")).trim();
          if (text === "") return;
          props.memory.keep({ id: newId(), text, at: Date.now(), chat: null, message: null });
          event.currentTarget.reset();
        }}
      >
        <label class="unseen" for={field}>
          {m.add}
        </label>
        <input
          id={field}
          name="fact"
          class="field"
          maxlength={factCharsMax}
          placeholder={m.addHint}
          autocomplete="off"
        />
        <button type="submit" class="plain">
          {m.addButton}
        </button>
      </form>
    </div>
  );
}

function FactRow(props: {
  fact: Fact;
  title: string | null;
  isTold: boolean;
  memory: Memory;
  forget(): void;
}): JSX.Element {
  const until = (): string =>
    new Intl.DateTimeFormat(t.language, { dateStyle: "medium" }).format(props.fact.expiresAt ?? 0);
  return (
    <li class="memory-fact">
      <button
        type="button"
        class="ghost icon-only"
        aria-pressed={props.fact.pinned}
        aria-label={m.pin(props.fact.text)}
        title={m.pin(props.fact.text)}
        onClick={() => props.memory.change(props.fact.id, { pinned: !props.fact.pinned })}
      >
        <Icon name="pin" />
      </button>
      <div class="memory-words">
        <LineField
          label={m.factText}
          text={props.fact.text}
          charsMax={factCharsMax}
          change={(text) => props.memory.change(props.fact.id, { text })}
        />
        <div class="memory-origin">
          <Show when={!props.isTold}>
            <span class="memory-untold">{m.untold}</span>
          </Show>
          <Show when={props.fact.chat} fallback={<span>{m.byYou}</span>}>
            {(chat) => <a href={`#/chat/${chat()}`}>{m.fromChat(props.title ?? t.untitledChat)}</a>}
          </Show>
          <select
            aria-label={m.expires(props.fact.text)}
            value={props.fact.expiresAt === null ? "never" : "until"}
            onChange={(event) => {
              const choice = event.currentTarget.value;
              if (choice === "never") props.memory.change(props.fact.id, { expiresAt: null });
              else if (choice === "month" || choice === "year")
                props.memory.change(props.fact.id, { expiresAt: Date.now() + expiries[choice] });
              event.currentTarget.value = props.fact.expiresAt === null ? "never" : "until";
            }}
          >
            <option value="never">{m.expiryChoices.never}</option>
            <option value="month">{m.expiryChoices.month}</option>
            <option value="year">{m.expiryChoices.year}</option>
            <Show when={props.fact.expiresAt !== null}>
              <option value="until">{m.expiryChoices.until(until())}</option>
            </Show>
          </select>
        </div>
      </div>
      <button
        type="button"
        class="ghost icon-only"
        aria-label={m.forget(props.fact.text)}
        title={m.forget(props.fact.text)}
        onClick={() => props.forget()}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
