/**
 * The files of a vault, of which a page without files loads nothing: what does the work is fetched when a file is kept or read, and a
 * while after the link came up, in case one is still on its way to the host.
 */
import { filesWakeMs } from "../limits.ts";
import type { RowStore } from "../rowStore.ts";
import type { Attachments, AttachmentsOptions } from "./attachments.ts";

export interface LazyAttachmentsOptions extends Omit<AttachmentsOptions, "rows"> {
  readonly rows: () => Promise<RowStore>;
}

const NONE: ReadonlySet<never> = new Set();

export function createLazyAttachments(options: LazyAttachmentsOptions): Attachments {
  let loading: Promise<Attachments> | null = null;
  let loaded: Attachments | null = null;
  let isWaking = false;
  let isClosed = false;

  const load = async (): Promise<Attachments> => {
    const { createAttachments } = await import("./attachments.ts");
    return createAttachments({ ...options, rows: await options.rows() });
  };
  // Once; again when it failed, as without a network.
  const get = (): Promise<Attachments> => {
    loading ??= load().then(
      (files) => {
        loaded = files;
        if (isClosed) files.close();
        return files;
      },
      (cause: unknown) => {
        loading = null;
        throw cause;
      },
    );
    return loading;
  };

  return {
    keep: async (...args) => (await get()).keep(...args),
    read: async (...args) => (await get()).read(...args),
    isHere: async (...args) => (await get()).isHere(...args),
    pending: () => loaded?.pending() ?? [],
    refused: () => loaded?.refused() ?? NONE,
    forget: async (files) => (await get()).forget(files),
    wake: () => {
      if (loaded !== null) return loaded.wake();
      if (isWaking) return;
      isWaking = true;
      options.clock.after(filesWakeMs, () => {
        isWaking = false;
        if (!isClosed)
          get().then(
            (files) => files.wake(),
            () => {},
          );
      });
    },
    close: () => {
      isClosed = true;
      loaded?.close();
    },
  };
}
