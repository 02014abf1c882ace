/** The indexes that this device makes for its searches: how many messages and files, how far behind, what went wrong last. */
import { createMemo, For, type JSX, onMount, Show } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import { shortTime } from "../chat/words.ts";
import { libraryStateOf } from "../reading/library.ts";
import { type IndexState, searchOf } from "../search/createSearch.ts";
import { loadPaletteResults } from "../search/Palette.tsx";
import { w } from "../settings/words.ts";

export function IndexRows(props: { vault: Vault; now: number }): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: the vault is one object for as long as this view stands.
  const search = searchOf(props.vault);
  onMount(() => {
    search.refresh(null);
    // It knows how to let go of what is read here when the vault closes.
    void loadPaletteResults();
  });
  const rows = createMemo(() => {
    const { state, messages } = search.state();
    const files = libraryStateOf(props.vault);
    return [
      { name: w.indexName, says: indexWords(state, messages, search.left()), isThere: state !== "trouble" },
      ...(files === null ? [] : [{ name: w.filesIndexName, says: w.filesIndexed(files.files), isThere: true }]),
    ];
  });
  return (
    <section>
      <h3>{w.indexTitle}</h3>
      <dl class="status-rows">
        <For each={rows()}>
          {({ name, says, isThere }) => (
            <div>
              <dt>{name}</dt>
              <dd classList={{ away: !isThere }}>{says}</dd>
            </div>
          )}
        </For>
      </dl>
      <Show when={search.state().lastError}>
        {(error) => (
          <p class="settings-note">{w.indexError(w.indexErrors[error().why], shortTime(error().at, props.now))}</p>
        )}
      </Show>
    </section>
  );
}

function indexWords(state: IndexState["state"], messages: number, left: number): string {
  if (state === "trouble") return w.indexTrouble;
  if (state === "resting" || state === "starting") return w.indexStarting;
  return left === 0 ? w.indexWhole(messages) : w.indexBehind(messages, left);
}
