/** Opens the system's own way to choose files; on a phone, its camera too. */
import { createSignal, type JSX } from "solid-js";
import { t } from "../../app/strings.ts";
import { Icon } from "../../ui/Icon.tsx";

export function AttachButton(props: { add(files: readonly File[]): void }): JSX.Element {
  const [input, setInput] = createSignal<HTMLInputElement>();
  // A phone asks for "camera or files" when pictures are named first; a computer would then show pictures only.
  const accept = matchMedia("(pointer: coarse)").matches ? "image/*,*/*" : undefined;
  return (
    <>
      <input
        ref={setInput}
        type="file"
        multiple
        hidden
        accept={accept}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          // The same file may be chosen again after it was taken out.
          event.currentTarget.value = "";
          if (files.length > 0) props.add(files);
        }}
      />
      <button
        type="button"
        class="ghost icon-only attach"
        aria-label={t.attach}
        title={t.attach}
        onClick={() => input()?.click()}
      >
        <Icon name="clip" />
      </button>
    </>
  );
}
