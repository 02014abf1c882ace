/**
 * Search and commands in one field. This is the field alone, a part of the first load: it opens and closes with the key that
 * asks for it, whatever the machine is busy with, and keeps what is typed. What can be found comes with `PaletteResults.tsx`.
 */
import { createSignal, createUniqueId, type JSX, onCleanup, onMount, Show } from "solid-js";
import { Dynamic } from "solid-js/web";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { bindingOf, bindings } from "../platform/bindings.ts";
import { Icon } from "../ui/Icon.tsx";
import type { PaletteSources } from "./paletteCommands.ts";
import type { ResultsHandle } from "./PaletteResults.tsx";

type Results = typeof import("./PaletteResults.tsx").PaletteResults;

const [results, setResults] = createSignal<Results | null>(null);
let endSearch: (vault: Vault) => void = () => {};
const [isMissing, setIsMissing] = createSignal(false);

/** Once it is here it stays: later palettes have their results in the same turn. */
export async function loadPaletteResults(): Promise<void> {
  if (results() !== null) return;
  setIsMissing(false);
  try {
    const { PaletteResults, endSearch: end } = await import("./PaletteResults.tsx");
    endSearch = end;
    setResults(() => PaletteResults);
  } catch {
    setIsMissing(true);
  }
}

/** The vault closes: what was read of its chats to search in them goes. */
export function leaveSearch(vault: Vault): void {
  endSearch(vault);
}

/** The keys that belong to the list, pressed before there is one: they are given to it in their order. */
const listKeys = new Set(["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Enter"]);

export function Palette(props: PaletteSources & { leave(): void }): JSX.Element {
  const [query, setQuery] = createSignal("");
  const [handle, setHandle] = createSignal<ResultsHandle | null>(null);
  const [dialog, setDialog] = createSignal<HTMLDialogElement>();
  const listId = createUniqueId();
  let early: string[] = [];
  let hasLeft = false;

  onMount(() => {
    dialog()?.showModal();
    void loadPaletteResults();
  });
  onCleanup(() => (hasLeft = true));

  /** Gives the focus back at once. The dialog's own event comes later, when another palette may be open. */
  const close = (): void => {
    if (hasLeft) return;
    hasLeft = true;
    dialog()?.close();
    props.leave();
  };

  const attach = (ready: ResultsHandle): void => {
    setHandle(ready);
    const keys = early;
    early = [];
    for (const key of keys) ready.takeKey(key);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    // Esc closes this and stops no answer.
    event.stopPropagation();
    if (event.isComposing) return;
    const isToggle = bindings().search !== "" && bindingOf(event) === bindings().search;
    if (event.key === "Escape" || isToggle) close();
    else if (!listKeys.has(event.key) || (event.key === "Enter" && !(event.target instanceof HTMLInputElement))) return;
    else if (handle() === null) early.push(event.key);
    else if (handle()?.takeKey(event.key) !== true) return;
    event.preventDefault();
  };

  return (
    <dialog
      ref={setDialog}
      class="palette"
      aria-label={t.palette}
      on:keydown={onKeyDown}
      on:close={close}
      // The field keeps the focus, and with it the keys, wherever the pointer is pressed.
      onMouseDown={(event) => {
        if (!(event.target instanceof HTMLInputElement)) event.preventDefault();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) close();
      }}
    >
      <div class="palette-sheet">
        <div class="palette-head">
          <Icon name="search" />
          <input
            type="text"
            role="combobox"
            aria-label={t.palette}
            aria-expanded={handle() !== null}
            aria-autocomplete="list"
            aria-controls={handle() === null ? undefined : listId}
            aria-activedescendant={handle()?.active()}
            placeholder={t.searchHint}
            value={query()}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            enterkeyhint="go"
            maxlength="200"
            autofocus
            onInput={(event) => {
              // A word typed after a key that waits for the list is meant for another list than that one.
              early = [];
              setQuery(event.currentTarget.value);
            }}
          />
          <button
            type="button"
            class="ghost icon-only"
            aria-label={t.closePalette}
            title={`${t.closePalette} (Esc)`}
            onClick={close}
          >
            <Icon name="close" />
          </button>
        </div>
        <Show when={results()}>
          {(found) => (
            <Dynamic
              component={found()}
              {...props}
              query={query()}
              type={setQuery}
              listId={listId}
              attach={attach}
              close={close}
            />
          )}
        </Show>
        <p class="palette-foot" role="status">
          {handle()?.says() ?? (isMissing() ? t.searchMissing : t.searchIsLocal)}
        </p>
      </div>
    </dialog>
  );
}
