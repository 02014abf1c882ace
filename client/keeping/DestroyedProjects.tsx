/** What was destroyed, without its name, and from which devices it is gone. */
import { createSignal, For, type JSX, onCleanup, Show } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { sayGone } from "./sayGone.ts";
import { keeping as g } from "./words.ts";
import "./keeping.css";

export function DestroyedProjects(props: { vault: Vault }): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: App shows the page keyed by the vault.
  const list = props.vault.catalog.value.destroyed;
  const [projects, setProjects] = createSignal(list.projects());
  onCleanup(list.observe(() => setProjects(list.projects())));
  const day = (at: number): string => new Intl.DateTimeFormat(t.language, { dateStyle: "long" }).format(at);
  return (
    <Show when={projects().length > 0}>
      <h4>{g.destroyedTitle}</h4>
      <ul class="destroyed-list">
        <For each={projects()}>
          {({ id, at }) => (
            <li>
              <strong>{g.destroyedAt(day(at))}</strong> {sayGone(props.vault, id)}
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}
