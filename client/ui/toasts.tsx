/** One line at a time that says what was just done, and offers to take it back. */
import { createSignal, type JSX, onCleanup, onMount, Show } from "solid-js";
import { t } from "../app/strings.ts";
import { Icon } from "./Icon.tsx";
import { Sentence } from "./Sentence.tsx";

export interface Toast {
  readonly says: string;
  readonly action?: { readonly label: string; act(): void };
  /** Stays until it is dismissed. */
  readonly stays?: boolean;
}

/** Long enough to read a line twice and reach for Undo. */
const toastMs = 8000;

const [toast, setToast] = createSignal<Toast | null>(null);

export function showToast(next: Toast): void {
  setToast(next);
}

/** What was done last is about to be something else: its Undo would be taken for that of what comes. */
export function hideToast(): void {
  if (toast()?.stays !== true) setToast(null);
}

export function Toasts(): JSX.Element {
  return (
    <div class="toasts" aria-live="polite">
      <Show when={toast()} keyed>
        {(shown) => <ToastLine toast={shown} leave={() => setToast(null)} />}
      </Show>
    </div>
  );
}

function ToastLine(props: { toast: Toast; leave(): void }): JSX.Element {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (): void => {
    clearTimeout(timer);
    if (props.toast.stays !== true) timer = setTimeout(() => props.leave(), toastMs);
  };
  // It does not leave while someone reads it under the pointer or holds the focus in it.
  const hold = (): void => clearTimeout(timer);
  onMount(wait);
  onCleanup(hold);
  return (
    <div class="toast" onPointerEnter={hold} onPointerLeave={wait} onFocusIn={hold} onFocusOut={wait}>
      <p>
        <Sentence says={props.toast.says} />
      </p>
      <Show when={props.toast.action}>
        {(action) => (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              props.leave();
              action().act();
            }}
          >
            {action().label}
          </button>
        )}
      </Show>
      <button
        type="button"
        class="ghost icon-only"
        aria-label={t.dismiss}
        title={t.dismiss}
        onClick={() => props.leave()}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
