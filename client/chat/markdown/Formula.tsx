/** A formula: its source until it can be drawn, and where it cannot be. */
import { createEffect, createSignal, type JSX, on, onCleanup, Show, untrack } from "solid-js";
import { l } from "../laterWords.ts";

export function Formula(props: { source: string; isDisplay: boolean }): JSX.Element {
  const [drawn, setDrawn] = createSignal<Node | null>(null);
  let isGone = false;
  onCleanup(() => (isGone = true));
  const draw = async (source: string, isDisplay: boolean): Promise<void> => {
    const { drawMath } = await import("./drawMath.ts");
    if (!isGone && source === untrack(() => props.source)) setDrawn(drawMath(source, isDisplay));
  };
  createEffect(
    on([() => props.source, () => props.isDisplay], ([source, isDisplay]) => {
      // What cannot be fetched now stays as its source.
      void draw(source, isDisplay).catch(() => undefined);
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
          aria-label={props.isDisplay ? l.formula : undefined}
          tabindex={props.isDisplay ? "0" : undefined}
        >
          {node()}
        </span>
      )}
    </Show>
  );
}
