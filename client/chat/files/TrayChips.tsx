/** What goes with the next question. */
import { For, type JSX, Show } from "solid-js";
import { t } from "../../app/strings.ts";
import { l } from "../laterWords.ts";
import { r } from "../../reading/words.ts";
import { Icon } from "../../ui/Icon.tsx";
import { inBytes } from "../words.ts";
import type { TrayFile } from "./createFileTray.ts";

export function TrayChips(props: { files: readonly TrayFile[]; remove(file: TrayFile): void }): JSX.Element {
  return (
    <ul class="files" aria-label={l.filesToSend}>
      <For each={props.files}>
        {(held) => (
          <li class="file">
            <Icon name="clip" />
            <span class="file-name" title={held.file.name}>
              {held.file.name}
            </span>
            <span class="file-says">{held.isReading() ? r.reading : inBytes(held.file.size)}</span>
            <Show
              when={held.progress() === null}
              fallback={<progress aria-label={l.sealingFile(held.file.name)} value={held.progress() ?? 0} max="1" />}
            >
              <button
                type="button"
                class="ghost icon-only"
                aria-label={t.removeFile(held.file.name)}
                title={t.removeFile(held.file.name)}
                onClick={() => props.remove(held)}
              >
                <Icon name="close" />
              </button>
            </Show>
          </li>
        )}
      </For>
    </ul>
  );
}
