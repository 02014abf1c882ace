/** Chats out of the vault as files, and back into it. */
import { createSignal, type JSX } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { exportAll, importFile } from "../data/files.ts";

export function DataSection(props: { vault: Vault }): JSX.Element {
  const [says, setSays] = createSignal("");
  const [isBusy, setIsBusy] = createSignal(false);
  const [input, setInput] = createSignal<HTMLInputElement>();

  const progress = (done: number, of: number): void => void setSays(t.dataProgress(done, of));
  const tellEnd = async (work: Promise<string>): Promise<void> => {
    setIsBusy(true);
    setSays(t.dataBusy);
    try {
      setSays(await work);
    } catch {
      setSays(t.actionFailed);
    } finally {
      setIsBusy(false);
    }
  };
  const start = (kind: "json" | "markdown"): void => {
    if (!isBusy()) void tellEnd(exportAll(props.vault, kind, progress));
  };

  return (
    <section>
      <h3>{t.data}</h3>
      <p class="settings-note">{t.dataNote}</p>
      <div class="settings-buttons">
        <button type="button" class="plain" aria-disabled={isBusy()} onClick={() => start("json")}>
          {t.exportJson}
        </button>
        <button type="button" class="plain" aria-disabled={isBusy()} onClick={() => start("markdown")}>
          {t.exportMarkdown}
        </button>
        <button type="button" class="plain" aria-disabled={isBusy()} onClick={() => isBusy() || input()?.click()}>
          {t.importJson}
        </button>
        <input
          ref={setInput}
          type="file"
          hidden
          accept="application/json,.json"
          aria-label={t.importJson}
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            event.currentTarget.value = "";
            if (file !== undefined) void tellEnd(importFile(props.vault, file, progress));
          }}
        />
      </div>
      <p class="settings-note" role="status">
        {says()}
      </p>
    </section>
  );
}
