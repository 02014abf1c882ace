/** A model's reasoning: one line while it thinks, folded away afterwards, never part of what is copied. */
import { createEffect, createSignal, createUniqueId, type JSX, onCleanup, Show } from "solid-js";
import { t } from "../app/strings.ts";
import { l } from "./laterWords.ts";
import { Icon } from "../ui/Icon.tsx";
import { Prose } from "./Prose.tsx";

export function Thoughts(props: { text: string; isThinking: boolean }): JSX.Element {
  const [isOpen, setIsOpen] = createSignal(false);
  const [seconds, setSeconds] = createSignal<number | null>(null);
  const id = createUniqueId();

  // Only what this page saw from its beginning is timed; of an older answer nobody knows.
  createEffect(() => {
    if (!props.isThinking) return;
    const startedAt = performance.now();
    setSeconds(0);
    const timer = setInterval(() => setSeconds(Math.round((performance.now() - startedAt) / 1000)), 500);
    onCleanup(() => clearInterval(timer));
  });

  const heading = (): string => {
    const passed = seconds();
    if (props.isThinking)
      return passed === null || passed < 1 ? l.thinking : `${l.thinking}, ${t.seconds(String(passed))}`;
    return passed === null ? l.thought : l.thoughtFor(passed);
  };

  return (
    <div class="thoughts" classList={{ open: isOpen() }}>
      <button
        type="button"
        class="quiet"
        aria-expanded={isOpen()}
        aria-controls={id}
        onClick={() => setIsOpen(!isOpen())}
      >
        <Icon name="chevron" />
        <span>{heading()}</span>
        <Show when={props.isThinking && !isOpen()}>
          <span class="gist">{lastLine(props.text)}</span>
        </Show>
      </button>
      <div id={id} class="thoughts-text" hidden={!isOpen()}>
        <Show when={isOpen()}>
          <Prose text={props.text} isArriving={props.isThinking} />
        </Show>
      </div>
    </div>
  );
}

function lastLine(text: string): string {
  const lines = text.trimEnd().split("\n");
  return (lines.at(-1) ?? "")
    .replace(/[*_`#>]+/g, "")
    .trim()
    .slice(-140);
}
