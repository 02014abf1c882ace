/** A formula: its source until it can be drawn, and where it cannot be. */
import { createEffect, createSignal, type JSX, on, onCleanup, Show } from "solid-js";
import { t } from "../../app/strings.ts";

export function Formula(props: { source: string; isDisplay: boolean }): JSX.Element {
  const [drawn, setDrawn] = createSignal<Node | null>(null);
  let isGone = false;
  onCleanup(() => (isGone = true));
  createEffect(
    on([() => props.source, () => props.isDisplay], ([source, isDisplay]) => {
      void import("./drawMath.ts").then(
        ({ drawMath }) => {
          if (!isGone && source === props.source) setDrawn(drawMath(source, isDisplay));
        },
        // Not here: the source stays.
        () => undefined,
      );
    }),
  );
  const place = (): string => (props.isDisplay ? "formula apart" : "formula");
  return (
    <Show when={drawn()} fallback={<code class={place()}>{props.source}</code>}>
      {(node) => (
        // One that is wider than the column scrolls by itself, so a keyboard must be able to reach it.
        <span
          class={place()}
          role={props.isDisplay ? "group" : undefined}
          aria-label={props.isDisplay ? t.formula : undefined}
          tabindex={props.isDisplay ? "0" : undefined}
        >
          {node()}
        </span>
      )}
    </Show>
  );
}
