/** As what, and then it is done: for one chat, or for all. */
import { createSignal, For, type JSX, onCleanup, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { exportAll, type ExportKind, exportOne, type ExportReport } from "../data/exportChats.ts";
import { w } from "./words.ts";

const kinds: readonly ExportKind[] = ["json", "markdown", "html"];

export function ExportForm(props: { vault: Vault; chat: DocId | null }): JSX.Element {
  const [kind, setKind] = createSignal<ExportKind>("json");
  const [lines, setLines] = createSignal<readonly string[]>([]);
  const [work, setWork] = createSignal<AbortController | null>(null);
  onCleanup(() => work()?.abort());

  const run = async (stop: AbortController): Promise<readonly string[]> => {
    const onProgress = (done: number, of: number): void => void setLines([w.exporting(done, of)]);
    const report =
      props.chat === null
        ? await exportAll(props.vault, kind(), { onProgress, signal: stop.signal })
        : await exportOne(props.vault, props.chat, kind());
    return report === null ? [t.actionFailed] : linesOf(report);
  };
  const start = async (): Promise<void> => {
    if (work() !== null) return;
    const stop = new AbortController();
    setWork(stop);
    try {
      setLines(await run(stop));
    } catch {
      setLines(stop.signal.aborted ? [] : [t.actionFailed]);
    } finally {
      setWork(null);
    }
  };

  return (
    <div class="data-form">
      <p class="settings-note">{w.exportNote}</p>
      <fieldset class="choices">
        <legend class="unseen">{w.exportTitle}</legend>
        <div class="themes">
          <For each={kinds}>
            {(choice) => (
              <label>
                <input
                  type="radio"
                  name={props.chat ?? "all"}
                  value={choice}
                  checked={kind() === choice}
                  onChange={() => setKind(choice)}
                />
                <span>{w.exportKinds[choice]}</span>
              </label>
            )}
          </For>
        </div>
      </fieldset>
      <p class="settings-note">{w.exportKindNotes[kind()]}</p>
      <div class="settings-buttons">
        <button type="button" class="plain" aria-disabled={work() !== null} onClick={() => void start()}>
          {w.exportDo}
        </button>
        <Show when={work()}>
          {(stop) => (
            <button type="button" class="plain" onClick={() => stop().abort()}>
              {t.cancel}
            </button>
          )}
        </Show>
      </div>
      <div class="data-report" role="status">
        <For each={lines()}>{(line) => <p>{line}</p>}</For>
      </div>
    </div>
  );
}

function linesOf({ chats, missing, files, missingFiles }: ExportReport): readonly string[] {
  return [
    w.exported(chats, files),
    ...(missing === 0 ? [] : [w.exportMissing(missing)]),
    ...(missingFiles === 0 ? [] : [w.exportMissingFiles(missingFiles)]),
  ];
}
