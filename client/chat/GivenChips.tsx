/** What goes with the next question by its name: artifacts, and files that the project has. */
import { For, type JSX } from "solid-js";
import type { Given } from "../app/createMentions.ts";
import { t } from "../app/strings.ts";
import { Icon } from "../ui/Icon.tsx";

export function GivenChips(props: { given: readonly Given[]; remove(given: Given): void }): JSX.Element {
  return (
    <ul class="files" aria-label={t.goesAlong}>
      <For each={props.given}>
        {(given) => (
          <li class="file">
            <Icon name={"artifact" in given.what ? "sheet" : "clip"} />
            <span class="file-name" title={given.name}>
              {given.name}
            </span>
            <span class="file-says">{"artifact" in given.what ? t.artifact : t.projectFile}</span>
            <button
              type="button"
              class="ghost icon-only"
              aria-label={t.removeFile(given.name)}
              title={t.removeFile(given.name)}
              onClick={() => props.remove(given)}
            >
              <Icon name="close" />
            </button>
          </li>
        )}
      </For>
    </ul>
  );
}
