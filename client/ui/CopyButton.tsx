/** Copies, and says so in its own words for a moment. */
import { createSignal, type JSX, onCleanup } from "solid-js";
import { t } from "../app/strings.ts";

export function CopyButton(props: { label: string; read(): string }): JSX.Element {
  const [isDone, setIsDone] = createSignal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => clearTimeout(timer));
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(props.read());
    setIsDone(true);
    clearTimeout(timer);
    timer = setTimeout(() => setIsDone(false), 1600);
  };
  return (
    <button type="button" class="quiet" aria-label={isDone() ? t.copied : props.label} onClick={() => void copy()}>
      {isDone() ? t.copied : t.copy}
    </button>
  );
}
