/** A project's files: chosen or let go here, read on this device, and from then on what its questions are answered from. */
import { createEffect, createMemo, createSignal, For, type JSX, on, onCleanup, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { ProjectFile } from "#sync/docs/projectFiles.ts";
import { projectFilesMax } from "#sync/limits.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { createOpenProject } from "../bridge/createOpenProject.ts";
import { inBytes } from "../chat/words.ts";
import { Icon } from "../ui/Icon.tsx";
import { showToast } from "../ui/toasts.tsx";
import { type ComingFile, createIntake } from "./createIntake.ts";
import { SourceSheet } from "./SourceSheet.tsx";
import { startReading } from "./startReading.ts";
import { r } from "./words.ts";
import "../chat/files/files.css";
import "./reading.css";

export function ProjectFiles(props: {
  vault: Vault;
  id: DocId;
  /** Given what takes files that are let go over the page; `null` when this goes. */
  onTake(take: ((files: readonly File[]) => void) | null): void;
}): JSX.Element {
  const open = createOpenProject(
    () => props.vault,
    () => props.id,
  );
  const [files, setFiles] = createSignal<readonly ProjectFile[]>([]);
  const [isSourcesOnly, setIsSourcesOnly] = createSignal(false);
  const [shown, setShown] = createSignal<ProjectFile | null>(null);
  const [input, setInput] = createSignal<HTMLInputElement>();

  createEffect(
    on(open, (doc) => {
      setFiles(doc?.value.files.list() ?? []);
      setIsSourcesOnly(doc?.value.isSourcesOnly ?? false);
      if (doc === null) return;
      const leaves = [
        doc.value.files.observe(() => setFiles(doc.value.files.list())),
        doc.value.observe(() => setIsSourcesOnly(doc.value.isSourcesOnly)),
      ];
      onCleanup(() => {
        for (const leave of leaves) leave();
      });
    }),
  );

  const intake = createIntake({
    // eslint-disable-next-line solid/reactivity -- reason: the vault is the same for as long as this page is.
    vault: props.vault.files,
    read: startReading,
    list: (file) => {
      const project = open()?.value;
      if (project === undefined || project.files.list().length >= projectFilesMax) return false;
      project.files.add(file, Date.now(), props.vault.deviceId);
      return true;
    },
  });
  const add = (given: readonly File[]): void => void intake.add(given);
  createEffect(() => props.onTake(open() === null ? null : add));
  onCleanup(() => props.onTake(null));

  const remove = (file: ProjectFile): void => {
    const list = open()?.value.files;
    if (list === undefined) return;
    list.remove(file.id, Date.now());
    showToast({ says: r.fileRemoved(file.name), action: { label: t.undo, act: () => list.restore(file.id) } });
  };
  const isEmpty = createMemo(() => files().length === 0 && intake.coming().length === 0);

  return (
    <section class="project-field" aria-label={r.files}>
      <div class="project-files-head">
        <h2 class="field-name">{r.files}</h2>
        <input
          ref={setInput}
          type="file"
          multiple
          hidden
          onChange={(event) => {
            const chosen = [...(event.currentTarget.files ?? [])];
            event.currentTarget.value = "";
            add(chosen);
          }}
        />
        <button type="button" class="quiet" disabled={open() === null} onClick={() => input()?.click()}>
          <Icon name="plus" />
          {r.addFiles}
        </button>
      </div>
      <Show when={!isEmpty()} fallback={<p class="project-files-drop">{r.noFiles}</p>}>
        <ul class="project-file-list">
          <For each={intake.coming()}>{(file) => <Coming file={file} cancel={() => intake.cancel(file)} />}</For>
          <For each={files()}>
            {(file) => (
              <li class="project-file">
                <Icon name={file.reading === undefined ? "picture" : "clip"} />
                <button
                  type="button"
                  class="project-file-open"
                  aria-label={r.openFile(file.name)}
                  onClick={() => setShown(file)}
                >
                  <span class="file-name" title={file.name}>
                    {file.name}
                  </span>
                  <span class="file-says">{file.reading === undefined ? r.picture : inBytes(file.bytes)}</span>
                </button>
                <button
                  type="button"
                  class="ghost icon-only"
                  aria-label={r.removeFile(file.name)}
                  title={r.removeFile(file.name)}
                  onClick={() => remove(file)}
                >
                  <Icon name="close" />
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <p class="project-note">{r.filesNote}</p>
      <Show when={files().length > 0}>
        <label class="reach">
          <input
            type="checkbox"
            checked={isSourcesOnly()}
            onChange={(event) => open()?.value.setSourcesOnly(event.currentTarget.checked)}
          />
          <span>
            <strong>{r.sourcesOnly}</strong>
            <span class="reach-note">{r.sourcesOnlyNote}</span>
          </span>
        </label>
      </Show>
      <Show when={shown()} keyed>
        {(file) => (
          <SourceSheet
            vault={props.vault.files}
            name={file.name}
            source={null}
            find={() => Promise.resolve(file)}
            leave={() => setShown(null)}
          />
        )}
      </Show>
    </section>
  );
}

function Coming(props: { file: ComingFile; cancel(): void }): JSX.Element {
  const failed = (): string | null => {
    const state = props.file.state();
    return state.kind === "failed" ? state.says : null;
  };
  const says = (): string => {
    const { kind } = props.file.state();
    return kind === "waiting" ? r.waiting : kind === "sealing" ? r.sealing : r.reading;
  };
  const share = (): number => {
    const state = props.file.state();
    return "share" in state ? state.share : 0;
  };
  const label = (): string => (failed() === null ? r.cancelFile(props.file.name) : r.dismissFile(props.file.name));
  return (
    <li class="project-file">
      <Icon name="clip" />
      <Show
        when={failed()}
        fallback={
          <>
            <span class="file-name coming">{props.file.name}</span>
            <span class="file-says">{says()}</span>
            <progress aria-label={`${says()}: ${props.file.name}`} value={share()} max="1" />
          </>
        }
      >
        {(why) => (
          <p class="project-file-trouble" role="alert">
            {why()}
          </p>
        )}
      </Show>
      <button type="button" class="ghost icon-only" aria-label={label()} title={label()} onClick={() => props.cancel()}>
        <Icon name="close" />
      </button>
    </li>
  );
}
