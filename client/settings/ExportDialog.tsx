/** One chat, to be kept or read elsewhere. Fetched when somebody asks for it. */
import { createSignal, type JSX, onMount } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { Icon } from "../ui/Icon.tsx";
import { ExportForm } from "./ExportForm.tsx";
import { w } from "./words.ts";
import "./settings.css";

export function ExportDialog(props: { vault: Vault; chat: DocId; title: string; leave(): void }): JSX.Element {
  const [dialog, setDialog] = createSignal<HTMLDialogElement>();
  const name = (): string => w.exportOneTitle(props.title === "" ? t.untitledChat : props.title);
  onMount(() => dialog()?.showModal());
  return (
    <dialog
      ref={setDialog}
      class="settings small"
      aria-label={name()}
      on:keydown={(event) => event.stopPropagation()}
      on:close={() => props.leave()}
      onClick={(event) => {
        if (event.target === event.currentTarget) event.currentTarget.close();
      }}
    >
      <div class="settings-sheet">
        <header class="settings-head">
          <h2>{name()}</h2>
          <button
            type="button"
            class="ghost icon-only"
            aria-label={t.cancel}
            title={`${t.cancel} (Esc)`}
            onClick={() => dialog()?.close()}
          >
            <Icon name="close" />
          </button>
        </header>
        <div class="settings-body" tabindex="-1">
          <ExportForm vault={props.vault} chat={props.chat} />
        </div>
      </div>
    </dialog>
  );
}
