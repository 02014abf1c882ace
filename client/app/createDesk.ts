/** What a conversation needs to make artifacts of what stands in it; of a temporary chat nothing is kept. */
import type { Accessor } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import type { ArtifactDesk } from "../artifacts/desk.ts";
import { tell } from "./createChatActions.ts";

export function createDesk(vault: Vault, chat: Accessor<DocId | null>): ArtifactDesk {
  return {
    vault,
    chat,
    file: (run) => {
      const here = chat();
      if (here !== null) tell(() => vault.fileAnswer(here, run));
    },
    keep: (text, info) =>
      tell(async () =>
        (await import("../artifacts/artifactActions.ts")).keepFromAnswer(vault, { chat: chat(), text, info }),
      ),
  };
}
