/** A file open at a place: what an answer cites, with what stands around it. A PDF is shown as its pages look, or, as all else is, as it was read. */
import { createResource, createSignal, For, type JSX, onCleanup, Show } from "solid-js";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { Attachments } from "#sync/attachments/attachments.ts";
import type { Source } from "#sync/docs/sources.ts";
import { t } from "../app/strings.ts";
import { saveFile } from "../platform/saveFile.ts";
import { Icon } from "../ui/Icon.tsx";
import { Sheet } from "../settings/Sheet.tsx";
import { createPreference } from "../platform/preferences.ts";
import { showToast } from "../ui/toasts.tsx";
import { isPaged, readText } from "./library.ts";
import { leafAt, toLeaves } from "./leaves.ts";
import { SourcePage } from "./SourcePage.tsx";
import { type Drawing, startDrawing } from "./startDrawing.ts";
import { r } from "./words.ts";
import "./reading.css";

const looks = ["page", "text"] as const;
const look = createPreference("sovereign.source", looks, "page");

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
  const leaf = () => leaves()?.[place()];
  /** Where in this leaf the passage stands; `null`: not in this one. */
  const passage = (): { readonly from: number; readonly to: number } | null => {
    const [here, source] = [leaf(), props.source];
    const from = here === undefined || source === null ? -1 : source.at - here.start;
    if (here === undefined || source === null || from < 0 || from >= here.text.length) return null;
    return { from, to: Math.min(here.text.length, from + source.text.length) };
  };
  /** Before the passage, the passage, after it. */
  const parts = (): readonly [string, string, string] => {
    const [here, at] = [leaf(), passage()];
    if (here === undefined) return ["", props.source?.text ?? "", ""];
    if (at === null) return [here.text, "", ""];
    return [here.text.slice(0, at.from), here.text.slice(at.from, at.to), here.text.slice(at.to)];
  };
  const [isRefused, setRefused] = createSignal(false);
  let isGone = false;
  let drawing: Drawing | null = null;
  /** Begun when the page is first wanted; the file is fetched and parsed once. */
  const [drawn] = createResource(
    () => (isPagedFile() && look.now() === "page" ? opened()?.file : null),
    // eslint-disable-next-line solid/reactivity -- reason: a resource's fetcher runs when its source changes.
    async (file) => {
      const bytes = await props.vault.read(file).catch(() => null);
      if (bytes === null || isGone) setRefused(true);
      else drawing ??= startDrawing(bytes.slice());
      return drawing;
    },
  );
  onCleanup(() => {
    isGone = true;
    drawing?.close();
  });
  const isDrawn = (): boolean => isPagedFile() && look.now() === "page" && !isRefused();
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
        <Show when={isPagedFile()}>
          <div class="themes source-look" role="radiogroup" aria-label={r.sourceLook}>
            <For each={looks}>
              {(each) => (
                <label>
                  <input
                    type="radio"
                    name="source-look"
                    checked={look.now() === each}
                    onChange={() => look.choose(each)}
                  />
                  {r.looks[each]}
                </label>
              )}
            </For>
          </div>
        </Show>
        <Show when={isRefused() && look.now() === "page"}>
          <p class="project-note" role="status">
            {r.notDrawn}
          </p>
        </Show>
        <Show when={isDrawn() && leaf()}>
          {(here) => (
            <Show when={drawn()} fallback={<p class="project-note">{r.drawing}</p>}>
              {(pages) => (
                <SourcePage
                  drawing={pages()}
                  leaf={here()}
                  page={place() + 1}
                  of={leaves()?.length ?? 1}
                  from={passage()?.from ?? 0}
                  to={passage()?.to ?? 0}
                  refused={() => setRefused(true)}
                />
              )}
            </Show>
          )}
        </Show>
        <Show when={!isDrawn()}>
          <div class="source-text" role="region" aria-label={r.sourceText} dir="auto" tabindex="0">
            {parts()[0]}
            <Show when={parts()[1]} keyed>
              {(words) => <mark ref={showPassage}>{words}</mark>}
            </Show>
            {parts()[2]}
          </div>
        </Show>
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
