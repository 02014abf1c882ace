/** A simulated device, as the rest of the simulator meets it. */
import type * as Y from "yjs";
import type { ClaimLink } from "#crypto/claim.ts";
import type { DeviceKeys } from "#crypto/device.ts";
import type { DocId, RunId, VaultId } from "#crypto/ids.ts";
import type { Artifact } from "#sync/artifacts/artifact.ts";
import type { Chat } from "#sync/docs/chat.ts";
import type { Identity } from "#sync/identity.ts";
import type { IdentityRecord } from "#sync/ports.ts";
import type { DocStatus } from "#sync/status.ts";
import type { Vault } from "#sync/vault.ts";
import type { DiskImage, SimDisk } from "./disk.ts";
import type { SimNode } from "./world.ts";

export const CATALOG = "catalog";
export const chatMark = (id: string): string => `‹chat ${id}›`;
export const artifactMark = (id: string): string => `‹artifact ${id}›`;

export interface DeviceNode {
  readonly node: SimNode;
  readonly disk: SimDisk;
  /** Loaded and usable. */
  readonly vault: Vault | null;
  readonly isRemoved: boolean;
  /** Its chain was forked, as by a clone: what it writes may be set aside. */
  isCloned: boolean;
  /** It reads its own work from the host again, so it cannot show it at once. */
  hasLostJournal: boolean;
  found(claim: ClaimLink): Promise<void>;
  start(): void;
  crash(isPowerLost: boolean): void;
  /** Another tab takes over: the one before closes first. */
  changeTab(): void;
  /** Becomes a member: keys of its own, and the roster as it stands. */
  join(entries: readonly Uint8Array[], keys: DeviceKeys): Promise<void>;
  markRemoved(): void;
  /** What it keeps of its vault: keys, and the roster as it knows it. */
  identity(): Promise<Identity | null>;
  /** Its keys are in other hands from now on; the app does not run any more. */
  giveUp(): Promise<Identity | null>;
  /** Keys and storage, as a disk image holds them. */
  image(): DeviceImage;
  load(image: DeviceImage): void;
  /** Has its vault let another device in; resolves with the roster that lists it, or with `null` when nobody knows whether it does. */
  letIn(name: string, keys: DeviceKeys, sign: (vault: VaultId) => Uint8Array): Promise<readonly Uint8Array[] | null>;
  newKeys(): DeviceKeys;
  /** Docs it knows of: the catalog, its chats, and its artifacts. */
  docs(): readonly string[];
  chats(): readonly DocId[];
  artifacts(): readonly DocId[];
  open(doc: DocId): Promise<void>;
  close(doc: DocId): void;
  /** All that is shown of a doc, as one string; `null` when it is not open. */
  shown(doc: string): string | null;
  yDoc(doc: string): Y.Doc | null;
  chat(doc: string): Chat | null;
  artifact(doc: string): Artifact | null;
  status(doc: string): DocStatus | null;
  /** Somebody writes in it: until it was seen to be saved, it may be lost with the page. */
  noteTyped(doc: string): void;
  /** Runs that this device has heard of. */
  runs(doc: string): readonly RunId[];
}

export interface DeviceImage {
  readonly record: IdentityRecord | null;
  readonly disk: DiskImage;
  /** The marks of the chats that its catalog has. */
  readonly chats: readonly string[];
}
