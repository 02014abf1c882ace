/** The host's models with what is known of each: is it loaded, how large is it, how much does it hold, what can it do. */
import { createMemo, createSignal, For, type JSX, onMount, Show } from "solid-js";
import { efforts } from "#sync/docs/run.ts";
import { createFavourites } from "../bridge/createFavourites.ts";
import { Icon } from "../ui/Icon.tsx";
import { l } from "./laterWords.ts";
import type { ModelChoice } from "./ModelPicker.tsx";
import { fittingRows, type ModelRow, rowsLookedThroughMax, sayFacts, toModelRows } from "./modelRows.ts";
import { inBytes } from "./words.ts";
import "./modelList.css";

export function ModelList(props: {
  choice: ModelChoice;
  isHostThere: boolean;
  /** It is the one that answers beside the first. */
  isSecond: boolean;
  chosen: string | null;
  /** It is chosen already. */
  except: string | null;
  choose(model: string | null): void;
  leave(): void;
}): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: the vault is one object for as long as the page stands.
  const favourites = createFavourites(props.choice.vault);
  const [query, setQuery] = createSignal("");
  const [list, setList] = createSignal<HTMLElement>();
  const all = createMemo(() =>
    toModelRows(props.choice.info, favourites.now()).filter(({ name }) => name !== props.except),
  );
  const shown = createMemo(() => fittingRows(all(), query()));
  // By name, so that a line keeps its elements, and the focus, when its host says something new.
  const names = createMemo(() => shown().map(({ name }) => name));
  const rows = createMemo(() => new Map(all().map((row) => [row.name, row])));
  const hasSearch = (): boolean => all().length > rowsLookedThroughMax;
  const servers = (): readonly string[] => props.choice.info.servers ?? [];
  /** Said once over the list, or of each where there are several. */
  const head = (): string =>
    [props.choice.hostName, servers().length === 1 ? (servers()[0] ?? "") : ""].filter(Boolean).join(" · ");

  const choose = (model: string | null): void => {
    props.leave();
    props.choose(model);
  };
  const buttons = (): readonly HTMLElement[] => [...(list()?.querySelectorAll<HTMLElement>("[data-model]") ?? [])];
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const isInSearch = event.target instanceof HTMLInputElement;
    const [first] = shown();
    if (event.key === "Enter" && isInSearch) {
      event.preventDefault();
      if (first !== undefined) choose(first.name);
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    // Those of a row of choices are its own.
    if (event.target instanceof HTMLInputElement && event.target.type === "radio") return;
    event.preventDefault();
    const lines = buttons();
    const at = lines.findIndex((row) => row.closest("li")?.contains(document.activeElement) === true);
    const next =
      at < 0 ? (event.key === "ArrowDown" ? 0 : -1) : (at + (event.key === "ArrowDown" ? 1 : -1)) % lines.length;
    lines.at(next)?.focus();
  };
  onMount(() => {
    const chosen = list()?.querySelector<HTMLElement>("[aria-current='true']") ?? buttons()[0];
    // A keyboard on the screen would cover what there is to choose from.
    const field = matchMedia("(pointer: coarse)").matches ? null : list()?.querySelector("input");
    (field ?? chosen)?.focus();
    chosen?.scrollIntoView({ block: "nearest" });
  });

  return (
    <div ref={setList} class="model-list" onKeyDown={onKeyDown}>
      <Show when={!props.isHostThere || head() !== ""}>
        <p class="model-head">{props.isHostThere ? head() : l.modelsAway}</p>
      </Show>
      <Show when={hasSearch()}>
        <input
          type="search"
          class="model-search"
          aria-label={l.modelSearch}
          placeholder={l.modelSearch}
          autocomplete="off"
          value={query()}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
      </Show>
      <ul>
        <Show when={!props.isSecond && query() === ""}>
          <li>
            <button
              type="button"
              class="model-row"
              data-model
              aria-current={props.chosen === null}
              onClick={() => choose(null)}
            >
              <span class="model-name">{l.defaultModel(props.choice.info.defaultModel)}</span>
              <Icon name="tick" />
            </button>
          </li>
        </Show>
        <For each={names()}>
          {(name) => (
            <li>
              <button
                type="button"
                class="model-row"
                data-model
                aria-current={props.chosen === name}
                onClick={() => choose(name)}
              >
                <span class="model-name">{name}</span>
                <Icon name="tick" />
                <ModelLine row={rows().get(name)} hasServer={servers().length > 1} />
              </button>
              <button
                type="button"
                class="model-star"
                aria-label={l.modelFavourite(name)}
                title={l.modelFavourite(name)}
                aria-pressed={rows().get(name)?.isFavourite === true}
                onClick={(event) => {
                  const hadFocus = document.activeElement === event.currentTarget;
                  favourites.set(name, !favourites.now().has(name));
                  // Its line has moved, and the focus goes with it.
                  if (hadFocus) {
                    const at = names().indexOf(name);
                    list()?.querySelectorAll<HTMLElement>(".model-star")[at]?.focus();
                  }
                }}
              >
                <Icon name="star" />
              </button>
            </li>
          )}
        </For>
      </ul>
      <Show when={shown().length === 0}>
        <p class="model-head" role="status">
          {l.modelNone}
        </p>
      </Show>
      <Show when={!props.isSecond && props.choice.effort !== undefined}>
        <fieldset class="efforts">
          <legend>{l.effort}</legend>
          <div class="themes effort-choices">
            <For each={[null, ...efforts]}>
              {(effort) => (
                <label>
                  <input
                    type="radio"
                    name="effort"
                    checked={props.choice.effort === effort}
                    onChange={() => props.choice.chooseEffort(effort)}
                  />
                  <span>{effort === null ? l.effortFree : l.efforts[effort]}</span>
                </label>
              )}
            </For>
          </div>
        </fieldset>
      </Show>
      <Show when={props.isSecond || (props.choice.also === null && props.choice.info.models.length > 1)}>
        <button
          type="button"
          class="model-more"
          onClick={() => {
            if (props.isSecond) return choose(null);
            const first = props.choice.chosen ?? props.choice.info.defaultModel;
            props.leave();
            props.choice.chooseAlso(props.choice.info.models.find((model) => model !== first) ?? null);
          }}
        >
          {props.isSecond ? l.onlyOne : l.compareTwo}
        </button>
      </Show>
    </div>
  );
}

function ModelLine(props: { row: ModelRow | undefined; hasServer: boolean }): JSX.Element {
  const says = (): string =>
    props.row === undefined
      ? ""
      : [...sayFacts(props.row, l, inBytes), props.hasServer ? props.row.server : ""].filter(Boolean).join(" · ");
  return (
    <Show when={says() !== ""}>
      <span class="model-facts">{says()}</span>
    </Show>
  );
}
