/** A name being typed in its own place: Enter keeps it, Escape does not, and leaving it keeps it. */
import { createSignal, type JSX } from "solid-js";

export function TitleField(props: {
  title: string;
  label: string;
  hint?: string;
  /** `null`: as it was. */
  done(title: string | null): void;
  /** What has the focus afterwards, where nothing else took it. */
  back?(): HTMLElement | null | undefined;
}): JSX.Element {
  const [isDone, setIsDone] = createSignal(false);
  const finish = (title: string | null): void => {
    if (isDone()) return;
    setIsDone(true);
    props.done(title === null || title.trim() === "" ? null : title.trim());
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) props.back?.()?.focus({ preventScroll: true });
    });
  };
  return (
    <input
      ref={(field) =>
        queueMicrotask(() => {
          field.focus();
          field.select();
        })
      }
      class="title-field"
      aria-label={props.label}
      placeholder={props.hint}
      value={props.title}
      maxlength="200"
      readonly={isDone()}
      onBlur={(event) => finish(event.currentTarget.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") finish(event.currentTarget.value);
        if (event.key === "Escape") {
          event.preventDefault();
          finish(null);
        }
      }}
    />
  );
}
