/** The field is as high as its words; and the page knows how high all of the composer is, so that what is told for a moment stands above it. */
import { type Accessor, createEffect, on, onCleanup, onMount, untrack } from "solid-js";
import { fitField } from "../ui/fitField.ts";

export function fitComposer(options: {
  readonly words: Accessor<string>;
  readonly field: Accessor<HTMLTextAreaElement | undefined>;
  readonly form: Accessor<HTMLElement | undefined>;
}): void {
  const { words, field, form } = options;
  const fit = (): void => {
    const area = untrack(field);
    if (area !== undefined) fitField(area);
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
