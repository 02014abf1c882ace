/** The one temporary chat that may be open: on no disk, in no list, gone when it is closed or the page is. */
import { type Accessor, createSignal } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import type { Shelf } from "../bridge/createShelf.ts";

export interface Temporary {
  /** `null`: there is none. */
  readonly id: Accessor<DocId | null>;
  /** Goes to it, and begins it before that if there is none. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** Makes a chat of it that lasts; then it is closed. */
  keep(): Promise<void>;
}

export function createTemporary(options: {
  readonly vault: Vault;
  readonly shelf: Shelf;
  goTo(id: DocId | null): void;
}): Temporary {
  const { vault, shelf, goTo } = options;
  const [id, setId] = createSignal<DocId | null>(null);
  let beginning: Promise<DocId> | null = null;

  const end = async (next: DocId | null): Promise<void> => {
    const ended = id();
    if (ended === null) return;
    setId(null);
    goTo(next);
    shelf.forget(ended);
    await vault.temporary.close(ended);
  };

  return {
    id,
    open: async () => {
      // Two presses begin one.
      beginning ??= vault.temporary.begin().finally(() => (beginning = null));
      const open = id() ?? (await beginning);
      setId(open);
      goTo(open);
    },
    close: () => end(null),
    keep: async () => {
      const kept = id();
      if (kept === null) return;
      const { keepChat } = await import("../bridge/keepChat.ts");
      await end(await keepChat(vault, kept));
    },
  };
}
