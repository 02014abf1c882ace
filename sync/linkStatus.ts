/** How a vault stands with its host, as a person may be told. */
import type { ConnectionState } from "./connection.ts";
import { VaultError, type VaultErrorCode } from "./errors.ts";
import type { VaultStatus } from "./status.ts";

/** `failure`: why the vault could not be founded. */
export function linkStatus(
  state: ConnectionState,
  isFounding: boolean,
  failure: VaultErrorCode | null,
): Pick<VaultStatus, "link" | "refusal"> {
  if (failure !== null) return { link: "refused", refusal: new VaultError(failure, "founding").ownerSentence };
  if (state.phase === "refused") return { link: "refused", refusal: state.says };
  if (state.phase !== "live") return { link: state.phase, refusal: null };
  if (state.standing === "device") return { link: "live", refusal: null };
  return isFounding
    ? { link: "connecting", refusal: null }
    : {
        link: "refused",
        refusal:
          "This host does not know your vault any more. Restore the host from a backup; your chats stay on this device.",
      };
}
