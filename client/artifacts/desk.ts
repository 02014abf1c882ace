/** What the parts of a conversation need to open artifacts beside it. Without one, as in a temporary chat, they offer none. */
import { createContext } from "solid-js";
import type { DocId, RunId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";

export interface ArtifactDesk {
  readonly vault: Vault;
  /** That is on the page; `null`: one that nothing may be kept of. */
  chat(): DocId | null;
  /** An artifact of what stands in an answer; `info`: the words after the fence. */
  keep(text: string, info: string): void;
  /** What an old answer has of artifacts. */
  file(run: RunId): void;
}

export const Desk = createContext<ArtifactDesk | null>(null);
