/** A doc on this device, as those see it who open it: openDocs, vault and granter. What it does is in replica.ts. */
import type { LivePiece } from "./livePiece.ts";
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import type { DeviceKeys } from "#crypto/device.ts";
import type { EpochDocKey } from "#crypto/docKeys.ts";
import type { AuthorId, DocId, RunId } from "#crypto/ids.ts";
import type { LocalKey } from "#crypto/localSeal.ts";
import type { Roster } from "#crypto/roster.ts";
import type { VaultKey } from "#crypto/vaultKeys.ts";
import type { Connection } from "./connection.ts";
import type { DirectHub } from "./direct/directHub.ts";
import type { LogMark } from "./frame.ts";
import type { JournalStore } from "./journalStore.ts";
import type { Lifeboat } from "./lifeboat.ts";
import type { SnapshotPace } from "./limits.ts";
import type { Clock, Pause, Random } from "./ports.ts";
import type { OpenGrant } from "./rekey.ts";
import type { Lane } from "./roomState.ts";
import type { DocStatus } from "./status.ts";

/** What all docs of a vault share on this device; roster and keys may grow. */
export interface ReplicaContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: DeviceKeys;
  readonly localKey: LocalKey;
  readonly journals: JournalStore;
  readonly lifeboat: Lifeboat | null;
  readonly connection: Connection;
  readonly direct: DirectHub;
  readonly roster: () => Roster;
  readonly vaultKeys: () => ReadonlyMap<number, VaultKey>;
  readonly wantRoster: () => void;
  /** Resolves when that roster is on this device's disk; rejects when it cannot be written now. */
  readonly keepRoster: () => Promise<void>;
  /** The storage takes nothing more: what can be made again goes. */
  readonly makeRoom?: () => void;
  readonly snapshotPace: SnapshotPace;
  readonly pause: Pause;
  /** Resolves when nothing else has the doc's journal open. */
  readonly whenFree?: (doc: DocId) => Promise<void>;
}

export interface ReplicaEvents {
  onStatus(): void;
  /** A host took a run; also for each one found in the journal. */
  onAccepted(run: RunId): void;
  /** What is held of devices' chains is strictly committed up to `heldOf`. */
  onCommitted?(): void;
  /** Another device says something to all: `what` is receipts.ts's or direct/signalClear.ts's byte. */
  onTold?(by: AuthorId, body: Uint8Array, what: number): void;
}

export interface Slip {
  readonly found: Uint8Array | null;
  put(slip: Uint8Array | null): void;
}

export interface Replica {
  readonly doc: DocId;
  readonly yDoc: Y.Doc;
  readonly awareness: Awareness;
  status(): DocStatus;
  /** Who answers a run, as far as this device knows. */
  laneOf(run: RunId): Lane | null;
  /** A frame of live text; `null` when it is not of a lane that writes here now, or not under a key that is good now. */
  openLive(lane: string, counter: number, sealed: Uint8Array): LivePiece | null;
  /** What to lend now, after a REKEY if one was due; `null` when this doc cannot be written. */
  keyToLend(): EpochDocKey | null;
  /** Runs for which an agent holds a key, as the log says. */
  openGrants(): ReadonlyMap<RunId, OpenGrant>;
  /** Its key belongs to an older generation than the roster's: who was lent it needs a newer one. */
  isEpochOutdated(epoch: number): boolean;
  readonly isWritable: boolean;
  /** The seq up to which this device has read, and what the log was up to there. */
  readonly cursor: number;
  readonly mark: LogMark | null;
  /** Seals an envelope that is not a change of the Y.Doc; what was typed before it goes first. */
  write(kind: "grant" | "grantEnd", clear: Uint8Array, body: Uint8Array): void;
  /** Devices' chains as far as they are strictly committed here. */
  heldOf(): ReadonlyMap<AuthorId, number>;
  /** Another device holds this device's chain up to `counter`. */
  takeReceipt(device: AuthorId, counter: number): void;
  /** Active devices of the roster that have not said so yet, and this device's newest counter. */
  unconfirmed(): { readonly counter: number; readonly by: readonly AuthorId[] };
  /** To whoever is there now, sealed, not stored. `false`: nobody could be told. */
  tell(clear: Uint8Array, body: Uint8Array): boolean;
  /** The owner's decision on what a removed device wrote too late: taken over as this device's own words, or let go. */
  decideSetAside(author: AuthorId, decision: "take" | "discard"): void;
  /** Resolves when all that was typed is strictly committed. Rejects with `VaultError`. */
  flush(): Promise<void>;
  /** What was typed and is no change yet, as this device's disk had it when the doc was opened; in the journal within this turn when it is put. */
  readonly slip: Slip;
  /** What `flush` would wait for, sealed: for the lifeboat. */
  uncommitted(): readonly [journal: string, update: Uint8Array] | null;
  /** This device's own changes that the host has not acknowledged, as Yjs updates. */
  unsent(): readonly Uint8Array[];
  /** The roster grew. */
  refreshRoster(): void;
  close(): Promise<void>;
}

export interface ReplicaOptions {
  readonly doc: DocId;
  /** This device begins the doc: it makes the first REKEY. Never for a doc that may exist elsewhere. */
  readonly isNew: boolean;
  readonly context: ReplicaContext;
  readonly events: ReplicaEvents;
}
