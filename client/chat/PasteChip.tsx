/** A long paste as one line, which opens to be read. */
import { createSignal, createUniqueId, type JSX, Show } from "solid-js";
import { t } from "../app/strings.ts";
import { Icon } from "../ui/Icon.tsx";
import { countLines } from "./pastes.ts";
import { count } from "./words.ts";

/** More of it than this is not laid out: it is there to be recognised, and Copy has all of it. */
const shownCharsMax = 20_000;

export function PasteChip(props: { text: string; remove?: () => void }): JSX.Element {
  const [isOpen, setIsOpen] = createSignal(false);
  const id = createUniqueId();
  return (
    <div class="paste">
      <button
        type="button"
        class="quiet"
        aria-expanded={isOpen()}
        aria-controls={isOpen() ? id : undefined}
        onClick={() => setIsOpen(!isOpen())}
      >
        <Icon name="chevron" />
        {t.pasted(count(countLines(props.text)))}
      </button>
      <Show when={props.remove}>
        {(remove) => (
          <button
            type="button"
            class="ghost icon-only"
            aria-label={t.removePaste}
            title={t.removePaste}
            onClick={() => remove()()}
          >
            <Icon name="close" />
          </button>
        )}
      </Show>
      <Show when={isOpen()}>
        <pre id={id} tabindex="0">
          {props.text.slice(0, shownCharsMax)}
          {props.text.length > shownCharsMax ? "\n…" : ""}
        </pre>
      </Show>
    </div>
  );
}
