/** Prompts that the owner's tool servers bring: chosen, filled in, and put beside what is being written as their server's words. Nothing is sent by it. */
import { createSignal, createUniqueId, For, type JSX, Match, onMount, Show, Switch } from "solid-js";
import type { PromptList, ToolPrompt } from "#sync/docs/toolPrompts.ts";
import type { Vault } from "#sync/vault.ts";
import { setKnownPrompts } from "../app/toolPrompts.ts";
import { browserClock } from "../platform/clock.ts";
import { Sheet } from "../settings/Sheet.tsx";
import { askForPrompt, askForPrompts } from "./askPrompts.ts";
import { ExactText } from "./ExactText.tsx";
import { k } from "./words.ts";
import "./tools.css";

export interface GivenPrompt {
  readonly prompt: ToolPrompt;
  readonly text: string;
}

export function PromptsDialog(props: {
  vault: Vault;
  /** Chosen already; `null`: none. */
  chosen: ToolPrompt | null;
  put(given: GivenPrompt): void;
  leave(): void;
}): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: what was chosen when it was opened.
  const [chosen, setChosen] = createSignal<ToolPrompt | null>(props.chosen);
  const [known, setKnown] = createSignal<PromptList | null>(null);
  const [hasFailed, setHasFailed] = createSignal(false);
  const ask = async (): Promise<void> => {
    setHasFailed(false);
    const list = await askForPrompts(props.vault, browserClock).catch(() => null);
    if (list === null) return void setHasFailed(true);
    setKnown(list);
    // From now on each is offered by its name.
    setKnownPrompts(list.prompts);
  };
  onMount(() => {
    if (chosen() === null) void ask();
  });
  const goBack = (): void => {
    setChosen(null);
    if (known() === null) void ask();
  };
  return (
    <Sheet title={k.prompts.title} closeLabel={k.prompts.close} isSmall leave={() => props.leave()}>
      <Show
        when={chosen()}
        fallback={
          <Listed list={known()} hasFailed={hasFailed()} again={() => void ask()} choose={(next) => setChosen(next)} />
        }
      >
        {(prompt) => <PromptForm vault={props.vault} prompt={prompt()} put={props.put} back={goBack} />}
      </Show>
    </Sheet>
  );
}

function Listed(props: {
  list: PromptList | null;
  hasFailed: boolean;
  again(): void;
  choose(prompt: ToolPrompt): void;
}): JSX.Element {
  return (
    <section class="prompts" aria-label={k.prompts.title}>
      <p class="settings-note">{k.prompts.note}</p>
      <div role="status">
        <Switch>
          <Match when={props.hasFailed}>
            <p>
              {k.prompts.failed}{" "}
              <button type="button" class="quiet" onClick={() => props.again()}>
                {k.prompts.again}
              </button>
            </p>
          </Match>
          <Match when={props.list === null}>
            <p>{k.prompts.asking}</p>
          </Match>
          <Match when={props.list?.prompts.length === 0}>
            <p>{k.prompts.none}</p>
          </Match>
        </Switch>
        <Show when={(props.list?.away.length ?? 0) > 0}>
          <p class="tool-note">{k.prompts.away((props.list?.away ?? []).join(", "))}</p>
        </Show>
      </div>
      <ul class="prompt-list">
        <For each={props.list?.prompts ?? []}>
          {(prompt) => (
            <li>
              <button type="button" class="prompt-line" onClick={() => props.choose(prompt)}>
                <span class="prompt-name">
                  <ExactText text={prompt.name} />
                </span>
                <span class="tool-note">
                  <ExactText text={`${prompt.server}${prompt.says === "" ? "" : `: ${prompt.says}`}`} />
                </span>
              </button>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}

function PromptForm(props: {
  vault: Vault;
  prompt: ToolPrompt;
  put(given: GivenPrompt): void;
  back(): void;
}): JSX.Element {
  const id = createUniqueId();
  const [isAsking, setIsAsking] = createSignal(false);
  const [failure, setFailure] = createSignal("");
  const submit = async (prompt: ToolPrompt, form: HTMLFormElement): Promise<void> => {
    if (isAsking()) return;
    const given = new FormData(form);
    const values = prompt.takes
      .map(({ name }) => [name, String(given.get(name) ?? "")] as const)
      .filter(([, value]) => value !== "");
    setIsAsking(true);
    setFailure("");
    const asked = { server: prompt.server, name: prompt.name, values: Object.fromEntries(values) };
    const answer = await askForPrompt(props.vault, asked, browserClock).catch(() => null);
    setIsAsking(false);
    if (answer !== null && "text" in answer) props.put({ prompt, text: answer.text });
    else setFailure(answer === null ? k.prompts.failed : answer.error);
  };
  return (
    <form
      class="tool-form prompts"
      aria-labelledby={id}
      onSubmit={(event) => {
        event.preventDefault();
        void submit(props.prompt, event.currentTarget);
      }}
    >
      <p id={id} class="approval-what">
        <strong>
          <ExactText text={props.prompt.name} />
        </strong>
        <span>
          <ExactText text={props.prompt.server} />
        </span>
      </p>
      <Show when={props.prompt.says !== ""}>
        <p class="form-says">
          <ExactText text={props.prompt.says} />
        </p>
      </Show>
      <For each={props.prompt.takes}>
        {(field, index) => (
          <div class="form-field">
            <label for={`${id}-${index()}`}>
              <ExactText text={field.name} />
              <Show when={!field.isRequired}>
                <span class="form-optional"> {k.formOptional}</span>
              </Show>
            </label>
            <input
              id={`${id}-${index()}`}
              name={field.name}
              type="text"
              required={field.isRequired}
              maxlength={1_000}
              autocomplete="off"
              aria-describedby={field.says === "" ? undefined : `${id}-${index()}-about`}
            />
            <Show when={field.says !== ""}>
              <p id={`${id}-${index()}-about`} class="tool-note">
                <ExactText text={field.says} />
              </p>
            </Show>
          </div>
        )}
      </For>
      <p class="tool-note">{k.prompts.goes}</p>
      <div class="approval-buttons">
        <button type="submit" class="primary" aria-disabled={isAsking()}>
          {isAsking() ? k.prompts.asking : k.prompts.put}
        </button>
        <button type="button" class="plain" onClick={() => props.back()}>
          {k.prompts.back}
        </button>
      </div>
      <div role="alert">
        <Show when={failure() !== ""}>
          <p class="approval-warning">
            <ExactText text={failure()} />
          </p>
        </Show>
      </div>
    </form>
  );
}
