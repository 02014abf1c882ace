/** What came with a question: pictures to be seen, everything else to be downloaded. Nothing of it is ever opened in the app's own place. */
import { createEffect, createSignal, For, type JSX, on, onCleanup, onMount, Show } from "solid-js";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { Attachments } from "#sync/attachments/attachments.ts";
import type { VaultStatus } from "#sync/status.ts";
import { sayVaultError } from "../../app/sayVault.ts";
import { t } from "../../app/strings.ts";
import { l } from "../laterWords.ts";
import { saveFile } from "../../platform/saveFile.ts";
import { Icon } from "../../ui/Icon.tsx";
import { showToast } from "../../ui/toasts.tsx";
import { inBytes } from "../words.ts";
import { pictureBytesMax, picturePixelsMax, pictureTypes, readPictureHead } from "./pictureHead.ts";

interface Picture {
  readonly url: string;
  readonly width: number;
  readonly height: number;
}

export function MessageFiles(props: {
  files: readonly Attachment[];
  vault: Attachments;
  status: VaultStatus;
}): JSX.Element {
  const wayOf = ({ id }: Attachment): string | null => {
    // Files on their way are no signal: the vault's status changes with them.
    void props.status;
    if (props.vault.refused().has(id)) return l.fileRefused;
    return props.vault.pending().includes(id) ? l.fileWaiting : null;
  };
  return (
    <ul class="files" aria-label={t.files}>
      <For each={props.files}>
        {(file) => (
          <MessageFile file={file} vault={props.vault} way={wayOf(file)} isLinked={props.status.link === "live"} />
        )}
      </For>
    </ul>
  );
}

function MessageFile(props: {
  file: Attachment;
  vault: Attachments;
  way: string | null;
  isLinked: boolean;
}): JSX.Element {
  const [item, setItem] = createSignal<HTMLElement>();
  const [picture, setPicture] = createSignal<Picture | null>(null);
  const [isComing, setIsComing] = createSignal(false);
  const [trouble, setTrouble] = createSignal<string | null>(null);
  const gone = new AbortController();
  onCleanup(() => {
    gone.abort();
    const shown = picture();
    if (shown !== null) URL.revokeObjectURL(shown.url);
  });

  /** `null`: the person has been told why. */
  const read = async (): Promise<Uint8Array<ArrayBuffer> | null> => {
    setIsComing(true);
    try {
      const bytes = await props.vault.read(props.file, undefined, gone.signal);
      setTrouble(null);
      return bytes as Uint8Array<ArrayBuffer>;
    } catch (error) {
      setTrouble(sayVaultError(error) ?? t.actionFailed);
      return null;
    } finally {
      setIsComing(false);
    }
  };

  const show = async (): Promise<void> => {
    const bytes = await read();
    const head = bytes === null ? null : readPictureHead(bytes);
    if (bytes === null || head === null || head.width * head.height > picturePixelsMax || gone.signal.aborted) return;
    const { type, width, height } = head;
    setPicture({ url: URL.createObjectURL(new Blob([bytes], { type })), width, height });
  };

  const download = async (): Promise<void> => {
    if (isComing()) return;
    const bytes = await read();
    // As what it is called, it might be opened by the browser; as this, it is only ever kept.
    if (bytes !== null) saveFile(props.file.name, "application/octet-stream", bytes);
    else showToast({ says: trouble() ?? t.actionFailed });
  };

  const isShown = (): boolean => pictureTypes.includes(props.file.type) && props.file.bytes <= pictureBytesMax;
  // Looked for while the host was away: it may be there now.
  createEffect(
    on(
      () => props.isLinked,
      (isLinked) => {
        if (isLinked && isShown() && trouble() !== null && !isComing()) void show();
      },
      { defer: true },
    ),
  );
  onMount(() => {
    const element = item();
    if (element === undefined || !isShown()) return;
    // A chat may hold hundreds, and those far off are not fetched.
    const watch = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        watch.disconnect();
        void show();
      },
      { rootMargin: "400px" },
    );
    watch.observe(element);
    onCleanup(() => watch.disconnect());
  });

  const says = (): string | null => trouble() ?? (isComing() ? l.fileComing : props.way);
  return (
    <li ref={setItem} class="file-item" classList={{ pictured: picture() !== null }}>
      <button
        type="button"
        class="file"
        aria-label={l.downloadFile(props.file.name)}
        title={l.downloadFile(props.file.name)}
        onClick={() => void download()}
      >
        <Show
          when={picture()}
          fallback={
            <>
              <Icon name="clip" />
              <span class="file-name">{props.file.name}</span>
              <span class="file-says">{inBytes(props.file.bytes)}</span>
            </>
          }
        >
          {(shown) => (
            <img
              src={shown().url}
              alt={props.file.name}
              width={shown().width}
              height={shown().height}
              draggable={false}
              decoding="async"
              onError={() => setPicture(null)}
            />
          )}
        </Show>
      </button>
      <Show when={says()}>{(words) => <p class="file-says">{words()}</p>}</Show>
    </li>
  );
}
