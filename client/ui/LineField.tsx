/** One line of words that can be put differently where it stands. It takes as many rows as it needs: on a phone, nothing of it is cut. */
import { createEffect, createSignal, type JSX, on } from "solid-js";
import { fitField } from "./fitField.ts";

export function LineField(props: {
  label: string;
  text: string;
  charsMax: number;
  /** Asked once it is left, or Enter was pressed; what is shown is `text` again. */
  change(text: string): void;
}): JSX.Element {
  const [field, setField] = createSignal<HTMLTextAreaElement>();
  const fit = (): void => {
    const area = field();
    if (area?.isConnected === true) fitField(area);
  };
  createEffect(
    on(
      () => props.text,
      () => queueMicrotask(fit),
    ),
  );
  return (
    <textarea
      ref={setField}
      class="memory-text"
      rows="1"
      aria-label={props.label}
      value={props.text}
      maxlength={props.charsMax}
      autocomplete="off"
      enterkeyhint="done"
      onInput={fit}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        event.currentTarget.blur();
      }}
      onChange={(event) => {
        props.change(event.currentTarget.value);
        event.currentTarget.value = props.text;
        fit();
      }}
    />
  );
}
