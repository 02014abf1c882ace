/** One line of what the palette found. */
import { For, type JSX, Show } from "solid-js";
import type { SnippetPart } from "./snippet.ts";

export interface PaletteItem {
  readonly id: string;
  readonly parts: readonly SnippetPart[];
  /** In small print, before the line or at its end. */
  readonly above?: string;
  readonly aside?: string;
  readonly keys?: string;
  /** It goes on with the search instead of ending it. */
  readonly staysOpen?: boolean;
  act(): void;
}

export function PaletteOption(props: {
  id: string;
  item: PaletteItem;
  isActive: boolean;
  point(): void;
  run(): void;
}): JSX.Element {
  return (
    // The keys are the field's, which names the active option.
    <div
      id={props.id}
      class="palette-option"
      role="option"
      aria-selected={props.isActive}
      onPointerMove={() => {
        if (!props.isActive) props.point();
      }}
      onClick={() => props.run()}
    >
      <span class="palette-words">
        <Show when={props.item.above}>{(above) => <span class="palette-above">{above()}</span>}</Show>
        <span class="palette-line">
          <For each={props.item.parts}>{(part) => (part.isHit ? <mark>{part.text}</mark> : part.text)}</For>
        </span>
      </span>
      <Show when={props.item.keys}>{(keys) => <kbd class="palette-aside">{keys()}</kbd>}</Show>
      <Show when={props.item.aside}>{(aside) => <span class="palette-aside">{aside()}</span>}</Show>
    </div>
  );
}
