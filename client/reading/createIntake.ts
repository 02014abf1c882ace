/** Files on their way into a project: read, sealed and listed one after the other, each to be stopped, and each failure said in a sentence. */
import { type Accessor, createSignal } from "solid-js";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { Attachments } from "#sync/attachments/attachments.ts";
import { VaultError } from "#sync/errors.ts";
import { attachmentBytesMax } from "#sync/limits.ts";
import { sayVaultError } from "../app/sayVault.ts";
import { t } from "../app/strings.ts";
import { keepRead } from "./keepRead.ts";
import type { ReadingOutcome } from "./outcome.ts";
import type { ReadingOptions } from "./startReading.ts";
import { r } from "./words.ts";

export type ComingState =
  | { readonly kind: "waiting" }
  | { readonly kind: "reading" | "sealing"; readonly share: number }
  | { readonly kind: "failed"; readonly says: string };

export interface ComingFile {
  readonly name: string;
  readonly state: Accessor<ComingState>;
}

export interface Intake {
  /** Those not in the project yet, and those that could not be taken in. */
  readonly coming: Accessor<readonly ComingFile[]>;
  /** Resolves when the last of them is there or has failed. */
  add(files: readonly File[]): Promise<void>;
  /** Stops it, or takes its sentence away. */
  cancel(file: ComingFile): void;
}

interface Held extends ComingFile {
  readonly file: File;
  readonly stop: AbortController;
  setState(state: ComingState): void;
}

export function createIntake(options: {
  readonly vault: Pick<Attachments, "keep">;
  readonly read: (file: File, options: ReadingOptions) => Promise<ReadingOutcome>;
  /** Lists it. `false`: there is no room. */
  readonly list: (file: Attachment) => boolean;
}): Intake {
  const [coming, setComing] = createSignal<readonly Held[]>([]);
  let last: Promise<void> = Promise.resolve();

  const leave = (held: Held): void => void setComing((all) => all.filter((other) => other !== held));

  const take = async (held: Held): Promise<void> => {
    const { file, stop, setState } = held;
    try {
      if (file.size > attachmentBytesMax) throw new VaultError("too-large", "chosen");
      setState({ kind: "reading", share: 0 });
      const outcome = await options.read(file, {
        signal: stop.signal,
        onProgress: (share) => setState({ kind: "reading", share }),
      });
      if (outcome.kind === "refused") return setState({ kind: "failed", says: r.refusals[outcome.why](file.name) });
      setState({ kind: "sealing", share: 0 });
      const bytes = new Uint8Array(await file.arrayBuffer());
      const kept = await keepRead(
        options.vault,
        { name: file.name, type: file.type, bytes },
        outcome,
        (done, count) => {
          stop.signal.throwIfAborted();
          setState({ kind: "sealing", share: done / count });
        },
      );
      stop.signal.throwIfAborted();
      if (!options.list(kept)) return setState({ kind: "failed", says: r.projectFull });
      if (outcome.kind === "text" && outcome.isCut) return setState({ kind: "failed", says: r.readInPart(file.name) });
      leave(held);
    } catch (error) {
      if (stop.signal.aborted) return leave(held);
      const isGone = error instanceof DOMException && error.name === "NotReadableError";
      setState({
        kind: "failed",
        says: sayVaultError(error) ?? (isGone ? t.fileUnreadable(file.name) : t.actionFailed),
      });
    }
  };

  return {
    coming,
    add: (files) => {
      const fresh = files.map((file): Held => {
        const [state, setState] = createSignal<ComingState>({ kind: "waiting" });
        return { file, name: file.name, state, setState: (next) => void setState(next), stop: new AbortController() };
      });
      setComing((all) => [...all, ...fresh]);
      for (const held of fresh) last = last.then(() => (held.stop.signal.aborted ? undefined : take(held)));
      return last;
    },
    cancel: (file) => {
      const held = coming().find((other) => other === file);
      if (held === undefined) return;
      held.stop.abort();
      leave(held);
    },
  };
}
