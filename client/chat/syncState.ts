/** The seal and the words for where something is. Nothing is said here that the vault does not know. */
import type { DocStatus, VaultStatus } from "#sync/status.ts";
import { t } from "../app/strings.ts";
import type { SealState } from "../ui/Seal.tsx";

export interface SyncState {
  readonly seal: SealState;
  readonly words: string;
  /** What happened and what to do, where something needs the owner. */
  readonly trouble?: string;
}

/** Of the chat on the screen, or of the vault as a whole when `doc` is `null`. */
export function syncStateOf(vault: VaultStatus, doc: DocStatus | null): SyncState {
  const alarm = doc?.alarm ?? vault.alarms.find((candidate) => candidate.doc === null) ?? null;
  if (alarm !== null) return { seal: "broken", words: t.syncNeedsYou, trouble: alarm.says };
  if (vault.link === "refused")
    return { seal: "broken", words: t.syncNeedsYou, trouble: vault.refusal ?? t.hostRefused };
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
