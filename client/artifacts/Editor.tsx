/** The text, to be written in by hand. The editor is fetched with the first artifact that opens. */
import { createEffect, createSignal, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import type { AuthorId } from "#crypto/ids.ts";
import type { ArtifactEntry } from "#sync/docs/artifactList.ts";
import type { Vault } from "#sync/vault.ts";
import { createTouch, type ShownArtifact } from "../bridge/createArtifact.ts";
import { showToast } from "../ui/toasts.tsx";
import type { ArtifactEditor } from "./editor/createEditor.ts";
import { a } from "./words.ts";

export function Editor(props: {
  vault: Vault;
  shown: ShownArtifact;
  entry: ArtifactEntry;
  /** How often it was asked to be searched in. */
  searches: number;
  nameOf(device: AuthorId): string;
}): JSX.Element {
  const [place, setPlace] = createSignal<HTMLElement>();
  const [editor, setEditor] = createSignal<ArtifactEditor | null>(null);
  const [isAway, setIsAway] = createSignal(false);

  const start = async (host: HTMLElement, isGone: () => boolean): Promise<void> => {
    const { createEditor } = await import("./editor/createEditor.ts");
    if (isGone()) return;
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    const parent = document.createElement("div");
    parent.style.height = "100%";
    root.replaceChildren(parent);
    const { artifact, presence } = props.shown;
    const made = createEditor({
      text: artifact,
      parent,
      root,
      label: a.text,
      hint: a.tabHint,
      searchWords: a.search,
      onTyped: createTouch(props.vault, artifact.id),
      onCaret: presence.setCaret,
      onTooLong: () => showToast({ says: a.tooLong }),
    });
    setEditor(made);
  };

  onMount(() => {
    let isGone = false;
    const host = place();
    if (host === undefined) return;
    start(host, () => isGone).catch(() => setIsAway(true));
    onCleanup(() => {
      isGone = true;
      editor()?.close();
    });
  });
  onCleanup(() => props.shown.presence.setCaret(null));
  createEffect(
    on([editor, () => props.entry.kind, () => props.entry.language], ([made, kind, language]) =>
      made?.setKind(kind, language),
    ),
  );
  createEffect(
    on([editor, () => props.shown.presence.others()], ([made, others]) => made?.setTheirs(others, props.nameOf)),
  );

  createEffect(on([editor, () => props.searches], ([made, times]) => times > 0 && made?.search()));

  return (
    <>
      <Show when={isAway()}>
        <p class="artifact-note">{a.previewAway}</p>
      </Show>
      <div ref={setPlace} class="artifact-editor" dir={props.entry.kind === "code" ? "ltr" : undefined} />
    </>
  );
}
