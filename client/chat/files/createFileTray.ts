/**
 * Files that were chosen and not sent yet, for each chat, in memory: a reload forgets them. They are sealed when the question is sent
 * and not before: what is taken out before that was never stored anywhere.
 */
import { loadPartsForOffline } from "../../app/partsForOffline.ts";
import { type Accessor, createSignal } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { Attachments } from "#sync/attachments/attachments.ts";
import { VaultError } from "#sync/errors.ts";
import { attachmentBytesMax, attachmentsMax } from "#sync/limits.ts";
import { sayVaultError } from "../../app/sayVault.ts";
import { t } from "../../app/strings.ts";
import type { ReadingOutcome } from "../../reading/outcome.ts";
import { showToast } from "../../ui/toasts.tsx";

export interface TrayFile {
  readonly file: File;
  /** How much of it is sealed, from 0 to 1; `null` while it waits. */
  readonly progress: Accessor<number | null>;
  /** It is being read. */
  readonly isReading: Accessor<boolean>;
}

export interface FileTray {
  /** Those of the chat that is shown. */
  readonly files: Accessor<readonly TrayFile[]>;
  add(files: readonly File[]): void;
  remove(file: TrayFile): void;
  /** What was chosen before there was a chat belongs to the one that was made. */
  adopt(chat: DocId): void;
  /** Seals what lies in a chat's tray now. `settle` takes it out, once the question is kept. */
  seal(chat: DocId): Promise<{ readonly files: readonly Attachment[]; settle(): void }>;
}

interface Held extends TrayFile {
  setProgress(progress: number | null): void;
  /** What it says, read while the question is being written; `null`: it is a picture, or the reader could not be fetched. */
  readonly outcome: Promise<ReadingOutcome | null>;
  readonly stop: AbortController;
  /** From a try whose question was not kept: it is not sealed twice. */
  kept: Attachment | null;
}

type Place = DocId | null;

export function createFileTray(options: {
  readonly vault: Attachments;
  readonly chat: Accessor<Place>;
  /** Why the chat that is shown takes no files; `null`: it does. */
  readonly refusal: () => string | null;
}): FileTray {
  const [places, setPlaces] = createSignal<ReadonlyMap<Place, readonly Held[]>>(new Map());
  const at = (place: Place): readonly Held[] => places().get(place) ?? [];
  const put = (place: Place, files: readonly Held[]): void => {
    setPlaces(new Map([...places(), [place, files] as const]));
  };
  const letGo = (gone: ReadonlySet<TrayFile>): void => {
    setPlaces(new Map([...places()].map(([place, files]) => [place, files.filter((held) => !gone.has(held))])));
  };

  const keep = async (held: Held): Promise<Attachment> => {
    if (held.kept !== null) return held.kept;
    held.setProgress(0);
    try {
      const { name, type } = held.file;
      const outcome = await held.outcome;
      const bytes = await readBytes(held.file);
      const tell = (done: number, count: number): void => held.setProgress(done / count);
      const file = { name, type, bytes };
      held.kept =
        outcome === null
          ? await options.vault.keep(file, tell)
          : await (await loadReader()).keepRead(options.vault, file, outcome, tell);
      return held.kept;
    } catch (error) {
      held.setProgress(null);
      throw error;
    }
  };

  return {
    files: () => at(options.chat()),
    add: (files) => {
      loadPartsForOffline();
      const refusal = options.refusal();
      if (refusal !== null) return void showToast({ says: refusal });
      const before = at(options.chat());
      const fitting = files.filter(({ size }) => size <= attachmentBytesMax);
      const room = attachmentsMax - before.length;
      if (fitting.length < files.length) refuse(new VaultError("too-large", "chosen"));
      else if (fitting.length > room) refuse(new VaultError("too-many-files", "chosen"));
      put(options.chat(), [...before, ...fitting.slice(0, room).map(hold)]);
    },
    remove: (file) => {
      at(options.chat())
        .find((held) => held === file)
        ?.stop.abort();
      letGo(new Set([file]));
    },
    adopt: (chat) => {
      const waiting = at(null);
      if (waiting.length === 0) return;
      setPlaces(new Map([...places(), [null, []] as const, [chat, [...at(chat), ...waiting]] as const]));
    },
    seal: async (chat) => {
      const taken = at(chat);
      const files: Attachment[] = [];
      try {
        for (const held of taken) files.push(await keep(held));
      } catch (error) {
        for (const held of taken) held.setProgress(null);
        throw error;
      }
      return { files, settle: () => letGo(new Set(taken)) };
    },
  };
}

function hold(file: File): Held {
  const [progress, setProgress] = createSignal<number | null>(null);
  const [isReading, setIsReading] = createSignal(true);
  const stop = new AbortController();
  const outcome = read(file, stop.signal).finally(() => setIsReading(false));
  return { file, progress, setProgress, isReading, outcome, stop, kept: null };
}

const loadReader = (): Promise<typeof import("../../reading/forTray.ts")> => import("../../reading/forTray.ts");

/** Begun at once, so that it is done when the question is. */
async function read(file: File, signal: AbortSignal): Promise<ReadingOutcome | null> {
  if (file.type.startsWith("image/") && file.type !== "image/svg+xml") return null;
  try {
    return await (await loadReader()).readForTray(file, { signal });
  } catch {
    // reason: taken out again, or without the reader: the file goes as it is.
    return null;
  }
}

function refuse(error: VaultError): void {
  showToast({ says: sayVaultError(error) ?? t.actionFailed });
}

/** It may have been moved, changed or taken away since it was chosen. */
async function readBytes(file: File): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw Object.assign(new Error("a chosen file cannot be read", { cause }), {
      ownerSentence: t.fileUnreadable(file.name),
    });
  }
}
