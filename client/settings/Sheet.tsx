/** The frame of the settings' sheets: over the page, the whole page on a phone. Esc, the cross and a press beside it close it. */
import { createSignal, type JSX, onMount, Show } from "solid-js";
import { Icon } from "../ui/Icon.tsx";
import { SheetParts } from "./SheetParts.tsx";
import "./settings.css";

export function Sheet(props: {
  title: string;
  closeLabel: string;
  isSmall?: boolean;
  /** It is long: its parts are found by their headings. */
  hasParts?: boolean;
  leave(): void;
  /** It is on the screen. */
  shown?(dialog: HTMLDialogElement): void;
  children: JSX.Element;
}): JSX.Element {
  const [dialog, setDialog] = createSignal<HTMLDialogElement>();
  const [body, setBody] = createSignal<HTMLElement>();
  onMount(() => {
    const open = dialog();
    open?.showModal();
    if (open !== undefined) props.shown?.(open);
  });
  return (
    <dialog
      ref={setDialog}
      class="settings"
      classList={{ small: props.isSmall === true, parted: props.hasParts === true }}
      aria-label={props.title}
      on:keydown={(event) => event.stopPropagation()}
      on:close={() => props.leave()}
      onClick={(event) => {
        if (event.target === event.currentTarget) event.currentTarget.close();
      }}
    >
      <div class="settings-sheet">
        <header class="settings-head">
          <h2>{props.title}</h2>
          <button
            type="button"
            class="ghost icon-only"
            aria-label={props.closeLabel}
            title={`${props.closeLabel} (Esc)`}
            onClick={() => dialog()?.close()}
          >
            <Icon name="close" />
          </button>
        </header>
        <Show when={props.hasParts === true && body()}>
          {(shown) => <SheetParts label={props.title} body={shown()} />}
        </Show>
        {/* What has the focus first: the arrows move it at once, and no button looks as if it were meant. */}
        <div class="settings-body" tabindex="-1" autofocus ref={setBody}>
          {props.children}
        </div>
      </div>
    </dialog>
  );
}
