/** A message, opened to be put differently. What is saved stands beside it as another version. */
import { createSignal, type JSX } from "solid-js";
import { t } from "../app/strings.ts";
import { fitField } from "../ui/fitField.ts";
import { l } from "./laterWords.ts";

export function MessageEditor(props: {
  text: string;
  /** What saving does. */
  hint: string;
  /** Rejects when it was not kept; the words stay here then. */
  save(text: string): Promise<void>;
  leave(): void;
}): JSX.Element {
  // eslint-disable-next-line solid/reactivity -- reason: the words it begins with; from then on they are the person's.
  const [text, setText] = createSignal(props.text);
  const [isSaving, setIsSaving] = createSignal(false);
  const canSave = (): boolean => text().trim() !== "" && !isSaving();

  const save = async (): Promise<void> => {
    if (!canSave()) return;
    if (text().trim() === props.text.trim()) return props.leave();
    setIsSaving(true);
    await props.save(text().trim()).catch(() => undefined);
    setIsSaving(false);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      // It closes this and stops nothing.
      event.preventDefault();
      event.stopPropagation();
      props.leave();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void save();
    }
  };

  return (
    <form
      class="editor sheet"
      on:keydown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <textarea
        ref={(field) =>
          queueMicrotask(() => {
            fitField(field);
            field.focus();
            field.setSelectionRange(field.value.length, field.value.length);
          })
        }
        rows="2"
        aria-label={l.editMessage}
        autocomplete="off"
        value={text()}
        onInput={(event) => {
          setText(event.currentTarget.value);
          fitField(event.currentTarget);
        }}
      />
      <div class="editor-foot">
        <p class="hint">{props.hint}</p>
        <button type="button" class="plain" title={`${t.cancel} (Esc)`} onClick={() => props.leave()}>
          {t.cancel}
        </button>
        <button type="submit" class="primary" title={`${t.save} (Ctrl+Enter)`} aria-disabled={!canSave()}>
          {t.save}
        </button>
      </div>
    </form>
  );
}
