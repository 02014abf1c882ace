/** The frame of the settings' sheets: over the page, the whole page on a phone. Esc, the cross and a press beside it close it. */
import { createSignal, type JSX, onMount } from "solid-js";
import { Icon } from "../ui/Icon.tsx";
import "./settings.css";

export function Sheet(props: {
  title: string;
  closeLabel: string;
  isSmall?: boolean;
  leave(): void;
  /** It is on the screen. */
  shown?(dialog: HTMLDialogElement): void;
  children: JSX.Element;
}): JSX.Element {
  const [dialog, setDialog] = createSignal<HTMLDialogElement>();
  onMount(() => {
    const open = dialog();
    open?.showModal();
    if (open !== undefined) props.shown?.(open);
  });
  return (
    <dialog
      ref={setDialog}
      class={props.isSmall === true ? "settings small" : "settings"}
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
        <div class="settings-body" tabindex="-1">
          {props.children}
        </div>
      </div>
    </dialog>
  );
}
