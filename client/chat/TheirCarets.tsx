/** Where other devices write in the same draft: over the field, in a copy of its words that nobody sees. Fetched when one does. */
import { createEffect, createSignal, For, type JSX, on, onCleanup } from "solid-js";
import type { Companion } from "../bridge/createPresence.ts";
import "./theirCarets.css";

export function TheirCarets(props: {
  field: HTMLTextAreaElement | undefined;
  words: string;
  others: readonly Companion[];
  nameOf(device: Companion["device"]): string;
}): JSX.Element {
  const [mirror, setMirror] = createSignal<HTMLElement>();
  const follow = (): void => {
    const [copy, field] = [mirror(), props.field];
    if (copy !== undefined && field !== undefined) copy.scrollTop = field.scrollTop;
  };
  createEffect(
    on(
      () => props.field,
      (field) => {
        field?.addEventListener("scroll", follow, { passive: true });
        onCleanup(() => field?.removeEventListener("scroll", follow));
      },
    ),
  );
  createEffect(
    on(
      () => [props.words, props.others],
      () => queueMicrotask(follow),
    ),
  );

  const carets = (): readonly { readonly device: Companion["device"]; readonly at: number }[] =>
    props.others.flatMap(({ device, caret }) =>
      caret === null ? [] : [{ device, at: Math.min(caret, props.words.length) }],
    );

  return (
    <For each={carets()}>
      {(caret) => (
        <div class="caret-mirror" ref={setMirror} aria-hidden="true">
          {props.words.slice(0, caret.at)}
          <span class="their-caret">
            <span class="their-name">{props.nameOf(caret.device)}</span>
          </span>
          {props.words.slice(caret.at)}
        </div>
      )}
    </For>
  );
}
