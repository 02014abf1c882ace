/** A file as it was read, open at a place: what an answer cites, with what stands around it. */
import { createResource, createSignal, type JSX, Show } from "solid-js";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { Attachments } from "#sync/attachments/attachments.ts";
import type { Source } from "#sync/docs/sources.ts";
import { t } from "../app/strings.ts";
import { saveFile } from "../platform/saveFile.ts";
import { Icon } from "../ui/Icon.tsx";
import { Sheet } from "../settings/Sheet.tsx";
import { showToast } from "../ui/toasts.tsx";
import { isPaged, readText } from "./library.ts";
import { leafAt, toLeaves } from "./leaves.ts";
import { r } from "./words.ts";
import "./reading.css";

export function SourceSheet(props: {
  vault: Attachments;
  name: string;
  /** What to show of it; `null`: from its beginning. */
  source: Source | null;
  /** `null`: it is nowhere any more. */
  find(): Promise<Attachment | null>;
  leave(): void;
}): JSX.Element {
  const [opened] = createResource(async () => {
    const file = await props.find();
    const text = file === null ? null : await readText(props.vault, file);
    return { file, leaves: text === null || file === null ? null : toLeaves(text, isPaged(file)) };
  });
  const leaves = () => opened()?.leaves ?? null;
  const [turned, setTurned] = createSignal<number | null>(null);
  const place = (): number => turned() ?? leafAt(leaves() ?? [], props.source?.at ?? 0);
  const isPagedFile = (): boolean => {
    const file = opened()?.file;
    return file !== undefined && file !== null && isPaged(file);
  };
  /** Before the passage, the passage, after it. */
  const parts = (): readonly [string, string, string] => {
    const leaf = leaves()?.[place()];
    const source = props.source;
    if (leaf === undefined) return ["", source?.text ?? "", ""];
    const from = source === null ? -1 : source.at - leaf.start;
    if (source === null || from < 0 || from >= leaf.text.length) return [leaf.text, "", ""];
    const to = from + source.text.length;
    return [leaf.text.slice(0, from), leaf.text.slice(from, to), leaf.text.slice(to)];
  };
  const showPassage = (mark: HTMLElement): void =>
    void requestAnimationFrame(() => mark.scrollIntoView({ block: "center" }));
  const download = async (file: Attachment): Promise<void> => {
    try {
      saveFile(file.name, "application/octet-stream", (await props.vault.read(file)) as Uint8Array<ArrayBuffer>);
    } catch {
      showToast({ says: t.actionFailed });
    }
  };
  const turn = (by: 1 | -1): void => {
    setTurned(Math.min(Math.max(0, place() + by), (leaves()?.length ?? 1) - 1));
  };

  return (
    <Sheet title={props.name} closeLabel={r.close} leave={() => props.leave()}>
      <div class="source-view">
        <Show when={(leaves()?.length ?? 0) > 1 ? leaves() : null}>
          {(all) => (
            <div class="source-turn">
              <button type="button" class="quiet" disabled={place() === 0} onClick={() => turn(-1)}>
                {r.previous}
              </button>
              <span class="source-place" role="status">
                {isPagedFile() ? r.pageOf(place() + 1, all().length) : r.partOf(place() + 1, all().length)}
              </span>
              <button type="button" class="quiet" disabled={place() === all().length - 1} onClick={() => turn(1)}>
                {r.next}
              </button>
            </div>
          )}
        </Show>
        <Show when={opened.loading}>
          <p class="project-note">{r.comingFile}</p>
        </Show>
        <Show when={!opened.loading && leaves() === null && props.source !== null}>
          <p class="project-note">{r.fileGone}</p>
        </Show>
        <div class="source-text" role="region" aria-label={r.sourceText} dir="auto" tabindex="0">
          {parts()[0]}
          <Show when={parts()[1]} keyed>
            {(passage) => <mark ref={showPassage}>{passage}</mark>}
          </Show>
          {parts()[2]}
        </div>
        <Show when={opened()?.file}>
          {(file) => (
            <button type="button" class="quiet" onClick={() => void download(file())}>
              <Icon name="down" />
              {r.download}
            </button>
          )}
        </Show>
      </div>
    </Sheet>
  );
}
