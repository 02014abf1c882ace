/** Text of which every sign is seen, in the order in which it stands. */
import { createMemo, For, type JSX, Show } from "solid-js";
import { showHidden, type ShownPiece } from "./showHidden.ts";

export function ExactText(props: { text: string }): JSX.Element {
  const pieces = createMemo((): readonly ShownPiece[] => showHidden(props.text));
  return (
    <bdo dir="ltr">
      <For each={pieces()}>
        {(piece) => (
          <Show when={piece.isHidden} fallback={piece.text}>
            <mark class="hidden-sign">{piece.text}</mark>
          </Show>
        )}
      </For>
    </bdo>
  );
}
