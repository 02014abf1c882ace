/** What a chat says of itself to whoever answers in it. */
import type { DocId } from "#crypto/ids.ts";
import { readTerms, setOwnArtifacts } from "#sync/docs/terms.ts";
import type { Vault } from "#sync/vault.ts";

/** Whether its models are told how artifacts are made: the other way than now. Resolves with what holds from then on. */
export async function turnArtifacts(vault: Vault, chat: DocId): Promise<boolean> {
  const open = await vault.openChat(chat);
  try {
    const wants = !readTerms(open.yDoc).wantsArtifacts;
    setOwnArtifacts(open.yDoc, wants);
    return wants;
  } finally {
    open.close();
  }
}
