/** An export is chosen or let go here, read, and what came of it is told. */
import { createSignal, For, type JSX, Match, onCleanup, Show, Switch } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { namesShownMax } from "../data/limits.ts";
import { type ImportOutcome, type ImportProgress, runImport } from "../data/runImport.ts";
import type { SkippedChat } from "../data/sources/readChat.ts";
import { w } from "./words.ts";

export function ImportForm(props: { vault: Vault }): JSX.Element {
  const [input, setInput] = createSignal<HTMLInputElement>();
  const [lines, setLines] = createSignal<readonly string[]>([]);
  const [progress, setProgress] = createSignal<ImportProgress | null>(null);
  const [name, setName] = createSignal("");
  const [isOver, setIsOver] = createSignal(false);
  let stop: AbortController | null = null;
  onCleanup(() => stop?.abort());

  const start = async (files: readonly File[]): Promise<void> => {
    if (stop !== null) return;
    stop = new AbortController();
    setLines([]);
    setName(files.length === 1 ? (files[0]?.name ?? "") : w.importFiles(files.length));
    setProgress({ kind: "reading", bytes: 0, ofBytes: files.reduce((bytes, { size }) => bytes + size, 0) });
    try {
      setLines(linesOf(await runImport(props.vault, files, { onProgress: setProgress, signal: stop.signal })));
    } catch {
      setLines([t.actionFailed]);
    } finally {
      stop = null;
      setProgress(null);
    }
  };
  const take = (list: FileList | null | undefined): void => {
    const files = [...(list ?? [])];
    if (files.length > 0) void start(files);
  };
  const drag = (event: DragEvent, isIn: boolean): void => {
    // The page behind would take it for a file to send.
    event.preventDefault();
    event.stopPropagation();
    setIsOver(isIn);
  };

  return (
    <div class="data-form">
      <p class="settings-note">{w.importNote}</p>
      <div
        class="import-place"
        classList={{ over: isOver() }}
        on:dragenter={(event) => drag(event, true)}
        on:dragover={(event) => drag(event, true)}
        on:dragleave={(event) => drag(event, false)}
        on:drop={(event) => {
          drag(event, false);
          take(event.dataTransfer?.files);
        }}
      >
        <Show
          when={progress()}
          fallback={
            <>
              <button type="button" class="plain" onClick={() => input()?.click()}>
                {w.importChoose}
              </button>
              <span class="import-drop">{w.importDrop}</span>
            </>
          }
        >
          {(now) => (
            <>
              <ProgressLine progress={now()} name={name()} />
              <button type="button" class="plain" onClick={() => stop?.abort()}>
                {w.importCancel}
              </button>
            </>
          )}
        </Show>
      </div>
      <input
        ref={setInput}
        type="file"
        multiple
        hidden
        accept=".zip,.json,application/zip,application/json"
        aria-label={w.importTitle}
        onChange={(event) => {
          take(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
      />
      <div class="data-report" role="status">
        <For each={lines()}>{(line) => <p>{line}</p>}</For>
      </div>
    </div>
  );
}

function ProgressLine(props: { progress: ImportProgress; name: string }): JSX.Element {
  const reading = (): Extract<ImportProgress, { kind: "reading" }> | null =>
    props.progress.kind === "reading" ? props.progress : null;
  const adding = (): Extract<ImportProgress, { kind: "adding" }> | null =>
    props.progress.kind === "adding" ? props.progress : null;
  return (
    <label class="import-progress">
      <Switch>
        <Match when={reading()}>
          {(now) => (
            <>
              <span>{w.importReading(props.name)}</span>
              <progress max={Math.max(1, now().ofBytes)} value={now().bytes} />
            </>
          )}
        </Match>
        <Match when={adding()}>
          {(now) => (
            <>
              <span>{w.importAdding(now().done, now().of)}</span>
              <progress max={Math.max(1, now().of)} value={now().done} />
            </>
          )}
        </Match>
      </Switch>
    </label>
  );
}

function linesOf(outcome: ImportOutcome): readonly string[] {
  if (outcome.kind === "refused") return [w.importRefused[outcome.why]];
  const { source, added, known, skipped, files, missingFiles, steps, ended } = outcome.report;
  const whyNot = (["unreadable", "empty", "tooLong"] as const satisfies readonly SkippedChat[]).flatMap((why) => {
    const some = skipped.filter((chat) => chat.why === why);
    const names = some.flatMap(({ title }) => (title === "" ? [] : [`“${title.slice(0, 80)}”`]));
    const shown = names.slice(0, namesShownMax).join(", ");
    if (some.length === 0) return [];
    const says = w.importSkipped[why](some.length);
    return [
      shown === "" ? says : `${says} ${w.importNames(shown, names.length - Math.min(names.length, namesShownMax))}`,
    ];
  });
  return [
    w.imported(added, w.importSources[source]),
    ...(files === 0 ? [] : [w.importedFiles(files)]),
    ...(known === 0 ? [] : [w.importKnown(known)]),
    ...whyNot,
    ...(missingFiles === 0 ? [] : [w.importMissingFiles(missingFiles)]),
    ...(steps === 0 ? [] : [w.importSteps(steps)]),
    ...(ended === null ? [] : [ended.kind === "cancelled" ? w.importCancelled : w.importFailed]),
    ...(ended?.kind === "failed" && ended.says !== null ? [ended.says] : []),
  ];
}
