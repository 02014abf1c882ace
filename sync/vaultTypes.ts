/** What a face sees of a vault, and what a vault needs of the world. What it does is wired in vault.ts. */
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import type { AuthorId, DocId, RunId, VaultId } from "#crypto/ids.ts";
import type { LockSlot } from "#crypto/lockForm.ts";
import type { SlotKey } from "#crypto/lockSlots.ts";
import type { JoinRequest } from "#crypto/pairing.ts";
import type { AddedChat } from "./addedChats.ts";
import type { Artifact } from "./artifacts/artifact.ts";
import type { Fork } from "./artifacts/fork.ts";
import type { ModelHand } from "./artifacts/signers.ts";
import type { Attachment } from "./attachments/attachment.ts";
import type { Attachments } from "./attachments/attachments.ts";
import type { PushKey } from "./connection.ts";
import type { DeviceCache } from "./deviceCache.ts";
import type { DeviceInfo } from "./deviceList.ts";
import type { NewArtifact } from "./docs/artifactList.ts";
import type { Catalog } from "./docs/catalog.ts";
import type { Chat } from "./docs/chat.ts";
import type { Looked } from "./docs/looked.ts";
import type { Project } from "./docs/project.ts";
import type { Effort } from "./docs/run.ts";
import type { Source } from "./docs/sources.ts";
import type { ProjectColour } from "./docs/projectList.ts";
import type { DeviceKind } from "./docs/devices.ts";
import type { JournalStore } from "./journalStore.ts";
import type { PushSubscription } from "./frame.ts";
import type { LedgerReading } from "./ledgerReading.ts";
import type { Lifeboat } from "./lifeboat.ts";
import type { SnapshotPace } from "./limits.ts";
import type { PairingOffer } from "./pairingOffer.ts";
import type { OpenPeer } from "./direct/peerPort.ts";
import type { Clock, IdentityStore, OpenLink, Pause, Random } from "./ports.ts";
import type { RowStore } from "./rowStore.ts";
import type { DocStatus, VaultStatus } from "./status.ts";
import type { CallView } from "./docs/toolSteps.ts";
import type { CallWord, OpenToolPolicy } from "./toolActions.ts";
import type { TemporaryChats } from "./temporaryChats.ts";
import type { VaultLock } from "./vaultLock.ts";
import type { VaultRecovery } from "./vaultRecovery.ts";

export interface VaultPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly openLink: OpenLink;
  readonly identity: IdentityStore;
  /** Where journals lie; left out, in the browser's IndexedDB. */
  readonly journals?: JournalStore;
  /** What sort of machine this is, for the list of devices. */
  readonly kind?: DeviceKind;
  /** Where the platform aborts what a page was storing when it went. */
  readonly lifeboat?: Lifeboat;
  /** Where files of messages lie, sealed; left out, this device attaches none and keeps none. */
  readonly fileRows?: () => Promise<RowStore>;
  /** How to reach other devices without the host; `null` where the platform cannot. Left out, there are no direct links. */
  readonly direct?: () => Promise<OpenPeer | null>;
  /** Where lies, sealed, what need not be made again; left out, it is made again each time. */
  readonly cacheRows?: () => Promise<RowStore>;
  /** Left out, the one of limits.ts. */
  readonly snapshotPace?: SnapshotPace;
  /** Looks something up for a model's call (docs/lookupTools.ts); left out, this device answers none. */
  readonly lookUp?: (vault: Vault, asked: LookupAsked) => Promise<Looked>;
  /** Left out, long work is done in one go. */
  readonly pause?: Pause;
}

/** A call that this device was found to be allowed to answer. */
export interface LookupAsked {
  /** The chat, and the call's id. */
  readonly doc: DocId;
  readonly call: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Who calls, as the host says; "": it does not. */
  readonly model: string;
}

/** A doc in memory. Close it when it leaves the screen; it stays in the journal, and open for as long as something is under way. */
export interface OpenDoc<T> {
  readonly value: T;
  readonly yDoc: Y.Doc;
  readonly awareness: Awareness;
  close(): void;
}

export interface Question {
  readonly text: string;
  /** Another program, which asks by this device: its words are a stranger's, and nobody sits there to be asked. Left out: the owner. */
  readonly by?: string;
  /** Some of its words came by a pipe: they count as words by others (docs/othersWords.ts). */
  readonly isPiped?: boolean;
  /** The message it follows; `null` opens the chat. */
  readonly parent: string | null;
  /** One of the host's models; left out, the project's, else the host's default. */
  readonly model?: string;
  /** How long a model that thinks is to think first; left out, as it likes. */
  readonly effort?: Effort;
  /** From `vault.files.keep`. */
  readonly files?: readonly Attachment[];
  /** Passages to answer from, best first, at most `sourcesMax`: a host keeps those that fit. */
  readonly sources?: readonly Source[];
  /** Those that the person has at hand: the model is shown them, beside those that were made in this chat. */
  readonly artifacts?: readonly DocId[];
}

export interface ArtifactToCreate extends NewArtifact {
  readonly text?: string;
  /** It goes on from another's history, instead of a text. */
  readonly fork?: Fork;
  /** Left out, a new one. One that is there already stays as it is. */
  readonly id?: DocId;
  /** A model wrote the text, in an answer. */
  readonly by?: ModelHand & { readonly at: number; readonly index: number };
}

/** Every promise rejects with `VaultError` when it cannot keep what it says. */
export interface Vault {
  readonly id: VaultId;
  readonly deviceId: AuthorId;
  readonly catalog: OpenDoc<Catalog>;
  readonly files: Attachments;
  readonly cache: DeviceCache;
  readonly temporary: TemporaryChats;
  readonly lock: VaultLock;
  readonly recovery: VaultRecovery;
  /** Resolves once the journal is loaded, with or without a host. */
  openChat(id: DocId): Promise<OpenDoc<Chat>>;
  createChat(): Promise<DocId>;
  createArtifact(artifact: ArtifactToCreate): Promise<DocId>;
  /** With its history: the first that opens fetches Automerge. */
  openArtifact(id: DocId): Promise<OpenDoc<Artifact>>;
  /** The id of an artifact that an answer makes, the same on every device. `index`: which of the answer's. */
  artifactOfAnswer(chat: DocId, run: RunId, index: number): DocId;
  /**
   * Makes what the answer has of artifacts: new ones, and proposals for those that its model was shown. It happens by itself; this is for an
   * old answer. `RunView.filed` then says what became of each. `run`: the answer's first.
   */
  fileAnswer(chat: DocId, run: RunId): Promise<void>;
  createProject(name: string, colour: ProjectColour): Promise<DocId>;
  openProject(id: DocId): Promise<OpenDoc<Project>>;
  /**
   * With its chats, artifacts and files, for good: no device and no host has a key of them afterwards, each as soon as it hears of it (`Catalog.destroyed`). Needs the
   * host. Resolves when nothing is left here. Artifacts that were made in its chats go unless they are in another project; a file that another chat uses, too, stays.
   */
  destroyProject(id: DocId): Promise<void>;
  /** Into a project, or out of all; a question that waits is answered under the new terms. */
  moveChat(chat: DocId, project: DocId | null): Promise<void>;
  /** A project's privacy label, for what waits in its chats, too. */
  setLocalOnly(project: DocId, isLocalOnly: boolean): Promise<void>;
  /** Resolves when the question is strictly committed on this device; it is answered whenever a host comes. */
  ask(chat: DocId, question: Question): Promise<{ readonly run: RunId; readonly question: string }>;
  /** Another answer to the same question, beside the first; by the same model, unless another is named (`null`: the host's default). */
  askAgain(chat: DocId, run: RunId, model?: string | null): Promise<RunId>;
  /** The same for a question whose answers were put there by a person. */
  answer(chat: DocId, question: string, model: string | null): Promise<RunId>;
  /** What a person put in the place of an answer, as another version of it. Resolves with its id. */
  putAnswer(chat: DocId, answer: { readonly text: string; readonly parent: string | null }): Promise<string>;
  /**
   * Chats with messages that were written elsewhere: in another chat, or in an export. `null`: this one was added before. Those that
   * could be added are, when it rejects for another.
   */
  addChats(added: readonly AddedChat[]): Promise<readonly (DocId | null)[]>;
  /**
   * Goes on with an answer that was interrupted or stopped, from where it ended. A host that cannot do that answers anew, beside
   * it. `null`: it is going on already.
   */
  continueRun(chat: DocId, run: RunId): Promise<RunId | null>;
  /** Other words for a question that waits. `false`: a host has begun to answer it. */
  editQuestion(chat: DocId, run: RunId, text: string): Promise<boolean>;
  /**
   * The owner's word on a tool call that asks for it, on exactly what `call` shows. "always": also every later call of this tool, in this
   * chat's project or, where it has none, in all chats without one. `answer`: what is put into the form that `call` shows, as JSON (`null`: nothing). Rejects when it asks no more.
   */
  answerCall(chat: DocId, call: CallView, choice: CallWord): Promise<void>;
  /** What tools may do in a project, or (`null`) in chats without one. Close it when it leaves the screen. */
  openToolPolicy(project: DocId | null): Promise<OpenToolPolicy>;
  /** What tools did at that host, checked entry by entry. Rejects with `VaultError("no-host")` when it does not answer. */
  readLedger(host: AuthorId, onProgress?: (read: number, total: number) => void): Promise<LedgerReading>;
  stop(chat: DocId, run: RunId): Promise<void>;
  /** Takes back a question that no host has begun to answer. */
  withdraw(chat: DocId, run: RunId): Promise<void>;
  /**
   * Shows a code to let a new device in; `origin` is where that one reaches the host, as in "http://localhost:4242". One at a time: another
   * one ends the first. Throws `VaultError("no-host")` when the host cannot be reached now.
   */
  pair(origin: string): Promise<PairingOffer>;
  /** Devices and hosts of the vault, this one marked. Read it again when `subscribeStatus` or the catalog's observer calls. */
  devices(): readonly DeviceInfo[];
  /** Also of one that was removed; `null` when nobody named it. */
  nameOf(id: AuthorId): string | null;
  /** For all devices to see. Resolves when it is strictly committed here. */
  renameDevice(id: AuthorId, name: string): Promise<void>;
  /** Lets a device in whose keys its owner has compared. Resolves when the roster lists it. */
  addDevice(request: JoinRequest): Promise<void>;
  /** It gets no key of what is written from now on, and nothing more of it is taken in. Resolves when the roster says so. */
  removeDevice(id: AuthorId): Promise<void>;
  /** What a removed device wrote too late (`DocStatus.setAside`): taken over as this device's own words, or let go. */
  decideSetAside(doc: DocId, author: AuthorId, decision: "take" | "discard"): Promise<void>;
  /**
   * What this device wrote into a chat that was destroyed while it was away (`VaultStatus.unkept`): put into a chat of its own, or let go, with what came with it (which
   * needs the host). Resolves with the new chats.
   */
  decideUnkept(decision: "take" | "discard"): Promise<readonly DocId[]>;
  status(): VaultStatus;
  subscribeStatus(listener: () => void): () => void;
  docStatus(doc: DocId): DocStatus;
  subscribeDocStatus(doc: DocId, listener: () => void): () => void;
  /** Resolves when everything typed so far is strictly committed on this device. */
  flush(): Promise<void>;
  /** Resolves with `true` in a turn in which nothing typed is anywhere but on this device's disk; with `false` where it does not get there now. */
  storeAll(): Promise<boolean>;
  /** For `pagehide`, after which nothing may run: hands over in this turn what `flush` would wait for. */
  leave(): void;
  /** By what key this device's push service would know the host, and what the host has for this device; `null` while no host answers. */
  askPush(): Promise<PushKey | null>;
  /** Where the host may tell this device that an answer is ready; `null`: nowhere. Resolves with `true` once the host has it. */
  setPush(subscription: PushSubscription | null): Promise<boolean>;
  /** When devices of this vault that are away are to be told that it is time for something; the host learns the times and nothing else. `false`: it keeps none. */
  setAlarms(times: readonly number[]): Promise<boolean>;
  /** Tries the host at once: the network is back, or the page is visible again. */
  wake(): void;
  /**
   * Flushes, then lets go of storage and link. What storage refuses even then was shown as unsaved, and is lost with the page. Another
   * tab may open the vault only after this has resolved.
   */
  close(): Promise<void>;
}

export type OpenVaultResult =
  | { readonly kind: "open"; readonly vault: Vault }
  | { readonly kind: "none" }
  | LockedVault;

/** The owner is to be asked for one of these. */
export interface LockedVault {
  readonly kind: "locked";
  readonly slots: readonly LockSlot[];
  /** Rejects with `VaultError("wrong-secret")`, after what a guess costs. */
  unlock(key: SlotKey): Promise<Vault>;
}
