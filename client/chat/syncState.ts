/** The seal and the words for where something is. Nothing is said here that the vault does not know. */
import type { Alarm, DocStatus, VaultStatus } from "#sync/status.ts";
import { sayAlarm, sayRefusal } from "../app/sayVault.ts";
import { t } from "../app/strings.ts";
import type { SealState } from "../ui/Seal.tsx";

export interface SyncState {
  readonly seal: SealState;
  readonly words: string;
  /** What happened and what to do, where something needs the owner. */
  readonly trouble?: string;
  /** True of each message, too: of a temporary chat nothing is anywhere. */
  readonly isForAll?: boolean;
}

/** Of the chat on the screen, or of the vault as a whole when `doc` is `null`. */
export function syncStateOf(vault: VaultStatus, doc: DocStatus | null): SyncState {
  // A disk that is full is full for all: also for the chat that the first letter is about to make, and of which nothing is shown yet.
  const isOfAll = ({ doc, code }: Alarm): boolean => doc === null || code === "UNSTORED";
  const alarm = doc?.alarm ?? vault.alarms.find(isOfAll) ?? null;
  if (alarm !== null) return { seal: "broken", words: t.syncNeedsYou, trouble: sayAlarm(alarm) };
  if (vault.link === "refused")
    return {
      seal: "broken",
      words: t.syncNeedsYou,
      trouble: vault.refusal === null ? t.hostRefused : sayRefusal(vault.refusal),
    };
  const pending = Math.max(doc?.pending ?? 0, vault.pending);
  if (vault.link === "live") {
    if (pending > 0) return { seal: "travelling", words: t.syncSending };
    if (doc?.phase === "catchingUp") return { seal: "travelling", words: t.syncReceiving };
    return { seal: "host", words: vault.direct.length > 0 ? t.syncAlsoDirect : t.syncOnHost };
  }
  // What is not stored here yet is nowhere else either.
  if (vault.direct.length > 0 && (doc?.unsaved ?? 0) === 0)
    return { seal: pending > 0 ? "device" : "host", words: t.syncDirect };
  if (pending > 0 || (doc?.unsaved ?? 0) > 0) {
    return { seal: "device", words: vault.link === "connecting" ? t.syncConnecting : t.syncOnDevice };
  }
  return { seal: "host", words: t.syncAway };
}

/** Of a chat in the list. A chat that is not open has only its catalog entry to go by. */
export function chatSealOf(vault: VaultStatus, doc: DocStatus | null, waiting: number): SyncState {
  const alarm = doc?.alarm ?? null;
  if (alarm !== null) return { seal: "broken", words: t.sealBroken };
  const isLive = vault.link === "live";
  if ((doc?.pending ?? 0) > 0)
    return isLive ? { seal: "travelling", words: t.sealTravelling } : { seal: "device", words: t.sealOpen };
  if (waiting > 0) return isLive ? { seal: "host", words: t.waiting } : { seal: "device", words: t.waiting };
  return { seal: "host", words: t.sealHalf };
}
