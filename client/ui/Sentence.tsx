/** A sentence in which `backticks` mark what is typed or printed as it stands. */
import { For, type JSX, Show } from "solid-js";

export function Sentence(props: { says: string }): JSX.Element {
  return (
    <For each={props.says.split("`")}>
      {(part, index) => (
        <Show when={index() % 2 === 1} fallback={part}>
          <code class="typed">{part}</code>
        </Show>
      )}
    </For>
  );
}
