/** The field is as high as its words; and the page knows how high all of the composer is, so that what is told for a moment stands above it. */
import { type Accessor, createEffect, on, onCleanup, onMount, untrack } from "solid-js";

export function fitComposer(options: {
  readonly words: Accessor<string>;
  readonly field: Accessor<HTMLTextAreaElement | undefined>;
  readonly form: Accessor<HTMLElement | undefined>;
}): void {
  const { words, field, form } = options;
  // `field-sizing` does this by itself where the browser has it.
  const fit = (): void => {
    const area = untrack(field);
    if (area === undefined || CSS.supports("field-sizing", "content")) return;
    area.style.setProperty("height", "auto");
    area.style.setProperty("height", `${area.scrollHeight}px`);
  };
  createEffect(on(words, fit));
  onMount(fit);

  onMount(() => {
    const { style } = document.documentElement;
    const watch = new ResizeObserver(() => style.setProperty("--composer-height", `${form()?.offsetHeight ?? 0}px`));
    const element = form();
    if (element !== undefined) watch.observe(element);
    onCleanup(() => {
      watch.disconnect();
      style.removeProperty("--composer-height");
    });
  });
}
