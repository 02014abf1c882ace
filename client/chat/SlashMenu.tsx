/** The list over the composer while something is asked for by its name. The keys stay the field's, which names the active line. */
import { createEffect, For, type JSX } from "solid-js";
import { t } from "../app/strings.ts";
import { l } from "./laterWords.ts";
import type { SlashItem } from "./slash.ts";

export function SlashMenu(props: {
  id: string;
  /** What was typed before them. */
  sign: "/" | "@" | "#";
  items: readonly SlashItem[];
  active: number;
  point(index: number): void;
  run(item: SlashItem): void;
}): JSX.Element {
  createEffect(() => document.getElementById(`${props.id}-${props.active}`)?.scrollIntoView({ block: "nearest" }));
  return (
    <div
      id={props.id}
      class="slash-menu"
      role="listbox"
      aria-label={props.sign === "/" ? t.slashCommands : props.sign === "@" ? l.whoAnswers : t.goesAlong}
    >
      <For each={props.items}>
        {(item, index) => (
          <div
            id={`${props.id}-${index()}`}
            role="option"
            aria-selected={props.active === index()}
            onPointerMove={() => {
              if (props.active !== index()) props.point(index());
            }}
            // The field keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => props.run(item)}
          >
            <span class="slash-name">
              {props.sign === "#" ? "" : props.sign}
              {item.name}
            </span>
            <span class="slash-says">{item.says}</span>
          </div>
        )}
      </For>
    </div>
  );
}
