/**
 * One artifact, open: a text with all its history, edited here, on other devices, and by models that propose. Automerge keeps the text
 * (through unmodified automerge-repo, over the chunks of a doc); names of versions, proposals and who vouches for what stand beside it in
 * the same doc. Nothing here knows of keys, logs or links: the doc is sealed and travels as every other does.
 */
import type { Doc, Heads, Patch, Repo, StorageAdapterInterface, StorageKey } from "@automerge/automerge-repo/slim";
import { bytesToHex, concatBytes, utf8ToBytes } from "#crypto/bytes.ts";
import type { DeviceKeys } from "#crypto/device.ts";
import { hash128 } from "#crypto/hash.ts";
import { idToBytes, type AuthorId, type DocId } from "#crypto/ids.ts";
import type { Doc as YDoc } from "yjs";
import { VaultError } from "../errors.ts";
import { artifactCharsMax, artifactHeadsMax, hunksApartMax } from "../limits.ts";
import type { Clock } from "../ports.ts";
import { chunkName, chunksOf, createChunkStore } from "./chunkStore.ts";
import { createBranches } from "./branches.ts";
import { planEdit, spliceBetween, type Edit } from "./edits.ts";
import type { ArtifactContent, Engine, Handle } from "./engine.ts";
import { readVersions, type Version } from "./history.ts";
import { hunksBetween, type Hunk } from "./hunks.ts";
import { findDamaged } from "./damaged.ts";
import { createProposalMap, type Choice, type KeptProposal } from "./proposals.ts";
import { createSittings } from "./sittings.ts";
import { createSigners, type ModelHand } from "./signers.ts";
import { createVersionNames } from "./versionNames.ts";

export interface Proposal {
  readonly id: string;
  readonly at: number;
  readonly by: ModelHand;
  readonly base: Heads;
  /** "accepted" also when only the history says so. */
  readonly choice: Choice | null;
}

export interface ProposalView {
  readonly before: string;
  readonly after: string;
  readonly hunks: readonly Hunk[];
}

export type FiledEdit =
  | { readonly kind: "filed"; readonly id: string }
  | { readonly kind: "unfit"; readonly says: string };

export interface Artifact {
  readonly id: DocId;
  text(): string;
  /** Where it is now: with its id, an address that any device can view. */
  heads(): Heads;
  textAt(heads: Heads): string;
  /** Everything up to there has come. */
  knows(heads: Heads): boolean;
  /** Characters, as `String.prototype.slice` counts them. */
  splice(at: number, del: number, text: string): void;
  /** Another text in the place of this one, written as the smallest change between them. */
  rewrite(text: string): void;
  versions(): readonly (Version & { readonly name: string | null })[];
  /** An empty name takes it away. */
  nameVersion(heads: Heads, name: string): void;
  /** The text as it was, as a new change: nothing after it is lost. */
  restore(heads: Heads): void;
  diff(from: Heads, to: Heads): readonly Patch[];
  /** A model's edit at the heads it saw. It changes nothing until it is accepted. */
  propose(edit: Edit, base: Heads, by: ModelHand & { readonly at: number; readonly index: number }): FiledEdit;
  proposals(): readonly Proposal[];
  view(proposal: string): ProposalView | null;
  /** All of it is merged; with `hunks`, only these. `false`: it is no longer open. */
  accept(proposal: string, hunks?: ReadonlySet<number>): boolean;
  reject(proposal: string): void;
  /** Takes a rejection back. */
  reopen(proposal: string): void;
  /** A place in the text that stays where it is while others write. */
  caretAt(at: number): string;
  placeOf(caret: string): number | null;
  /** The whole history, for another artifact or a file. */
  export(): Uint8Array;
  subscribe(listener: () => void): () => void;
  /** Hands what was typed to the doc, in this very turn. */
  settle(): void;
  close(): Promise<void>;
}

export interface ArtifactOptions {
  readonly id: DocId;
  /** Loaded. */
  readonly doc: YDoc;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly keys: DeviceKeys;
  readonly signKeyOf: (device: AuthorId) => Uint8Array | null;
  /** A chunk does not read: it is left out, and the rest is shown. */
  readonly onDamaged: (chunk: string) => void;
}

/** What was saved since the last whole save may grow to this part of it before an artifact that closes is saved whole. */
const foldAt = 0.25;
/** A long sitting is folded now and then, too: so many small saves are a minute of writing. */
const savesPerFold = 400;

export async function openArtifact(options: ArtifactOptions): Promise<Artifact> {
  const { id, doc, engine, clock } = options;
  const { A } = engine;
  const origin = { artifact: id };
  const documentId = engine.interpretAsDocumentId(idToBytes(id) as never);
  const chunks = chunksOf(doc);
  const store = createChunkStore(doc, origin);
  const sittings = createSittings(doc, options.keys.id, origin);
  const keyOf = (piece: string): StorageKey => [documentId, "incremental", piece];
  const nameOf = (piece: string): string => chunkName(keyOf(piece));
  let damaged: ReadonlySet<string> = new Set();

  // The same first change on every device: what was typed before the rest arrived has the same text under it.
  const beginning = createBeginning(A);
  if (![...chunks.keys()].some((name) => name.startsWith(`${chunkName([documentId])}/`)))
    await store.save([documentId, "snapshot", "beginning"], beginning);

  const everyChunk = (): [string, unknown][] => [
    ...chunks.entries(),
    ...sittings.all().map(({ name, bytes }): [string, unknown] => [nameOf(name), bytes]),
  ];
  const loaded = new Set(everyChunk().map(([name]) => name));
  let handle: Handle | null = null;
  let isClosed = false;
  /** Everything up to here is in the doc. */
  let stored: Heads = [];
  const storage: StorageAdapterInterface = {
    ...store,
    loadRange: async (prefix) => {
      const pieces = prefix[0] === documentId && prefix[1] !== "snapshot" ? sittings.all() : [];
      const all = [
        ...(await store.loadRange(prefix)),
        ...pieces.map(({ name, bytes }) => ({ key: keyOf(name), data: bytes })),
      ];
      return all.filter(({ key }) => !damaged.has(chunkName(key)));
    },
    // automerge-repo says when, and `settle` what. By itself it would write anew what came from other devices; and where nothing is
    // written, as that lies in the doc already, it would all the same take away what it believes to be folded into it.
    save: () => {
      settle();
      return Promise.resolve();
    },
    remove: () => Promise.resolve(),
    removeRange: () => Promise.resolve(),
  };
  const putPiece = (bytes: Uint8Array): void => {
    loaded.add(nameOf(sittings.put(A.getActorId(current()), bytes).name));
  };
  const find = async (): Promise<[Repo, Handle]> => {
    const repo = new engine.Repo({ storage });
    return [repo, await repo.find<ArtifactContent>(documentId)];
  };
  let [repo, found] = await find();
  damaged = findDamaged(A, found.doc(), everyChunk(), options.onDamaged);
  if (damaged.size > 0) {
    await repo.shutdown();
    [repo, found] = await find();
  }
  handle = found;
  found.update((held) => A.loadIncremental(held, beginning));
  stored = A.getHeads(found.doc());

  const signers = createSigners({ id, doc, keys: options.keys, signKeyOf: options.signKeyOf, origin, sittings });
  const kept = createProposalMap(doc, origin);
  const names = createVersionNames(doc, origin);
  const listeners = new Set<() => void>();
  let vouched = "";
  let saves = 0;

  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const seconds = (ms: number): number => Math.floor(ms / 1000);
  const current = (): Doc<ArtifactContent> => found.doc();
  const branches = createBranches(A, current);
  const textOf = (held: Doc<ArtifactContent>): string => (typeof held.text === "string" ? held.text : "");
  const has = (heads: Heads): boolean =>
    heads.length > 0 && heads.length <= artifactHeadsMax && A.hasHeads(current(), [...heads]);

  /** The newest change of this sitting, once it is saved. */
  function vouch(): void {
    const change = A.getLastLocalChange(current());
    if (change === undefined) return;
    const { actor, hash, seq } = A.decodeChange(change);
    if (hash === null || hash === vouched) return;
    vouched = hash;
    signers.vouch(actor, { seq, change: hash }, null);
  }

  function write(work: (content: ArtifactContent) => void): void {
    if (isClosed) throw new VaultError("closed", "artifact");
    found.change(work, { time: seconds(clock.now()) });
  }

  function settle(): void {
    if (isClosed || handle === null) return;
    const held = current();
    const heads = A.getHeads(held);
    if (A.equals(heads, stored)) return;
    const bytes = A.saveSince(held, [...stored]);
    stored = heads;
    doc.transact(() => {
      vouch();
      putPiece(bytes);
    }, origin);
    saves += 1;
    if (saves % savesPerFold === 0) fold();
  }

  /** Others' chunks, as they come. */
  const onChunks = (event: {
    readonly keysChanged: ReadonlySet<string>;
    readonly transaction: { readonly origin: unknown };
  }): void => {
    if (event.transaction.origin === origin || isClosed) return;
    for (const name of event.keysChanged) take(name, chunks.get(name));
  };
  function take(name: string, bytes: unknown): void {
    if (!(bytes instanceof Uint8Array) || loaded.has(name) || isClosed) return;
    loaded.add(name);
    const wasStored = A.equals(A.getHeads(current()), stored);
    try {
      found.update((held) => A.loadIncremental(held, bytes));
    } catch {
      // reason: a member can write any bytes; the text without them is still the text.
      return options.onDamaged(name);
    }
    if (wasStored) stored = A.getHeads(current());
  }
  chunks.observe(onChunks);
  found.on("heads-changed", tell);
  const onPieces = sittings.observe((pieces) => {
    for (const { name, bytes } of pieces) take(nameOf(name), bytes);
  });
  const stops = [kept.observe(tell), names.observe(tell), onPieces];

  function contains(proposal: KeptProposal): boolean {
    const { hash } = A.decodeChange(proposal.changes);
    return hash !== null && A.hasHeads(current(), [hash]);
  }

  const describe = (proposal: KeptProposal): Proposal[] => {
    try {
      const { id: name, at, by, base } = proposal;
      return [{ id: name, at, by, base: [...base], choice: contains(proposal) ? "accepted" : proposal.choice }];
    } catch {
      // reason: a branch that does not read cannot be merged by anybody.
      return [];
    }
  };

  function openBranch(proposal: KeptProposal): ProposalView | null {
    if (!has([...proposal.base])) return null;
    try {
      const { before, after } = branches.compare([...proposal.base], proposal.changes);
      return { before, after, hunks: hunksBetween(before, after) };
    } catch {
      // reason: as above.
      return null;
    }
  }

  /** Merges hunks, each as a change by itself that follows from the proposal and the hunk alone. */
  function branchesOf({ id: name, base, at, by }: KeptProposal, hunks: readonly Hunk[]): void {
    merge(
      hunks.flatMap((hunk) => {
        const place = utf8ToBytes(`${name}/${hunk.at}/${hunk.before.length}`);
        const actor = bytesToHex(hash128("sovereign/artifact-hunk/v1", place));
        const branch = branches.commit([...base], actor, at, [spliceBetween(hunk.at, hunk.before, hunk.after)]);
        if (branch === null) return [];
        signers.vouch(actor, { seq: 1, change: branch.head }, by);
        return [branch.changes];
      }),
    );
  }

  function merge(changes: readonly Uint8Array[]): void {
    // At once: what it costs to find out what has changed is the same for one and for all.
    found.update((held) => A.loadIncremental(held, concatBytes(...changes)));
    settle();
  }

  const artifact: Artifact = {
    id,
    text: () => textOf(current()),
    heads: () => A.getHeads(current()),
    knows: has,
    textAt: (heads) => (has(heads) ? textOf(A.view(current(), [...heads])) : ""),
    splice: (at, del, text) => {
      if (current().text.length - del + text.length > artifactCharsMax) throw new VaultError("too-long", "artifact");
      write((content) => A.splice(content, ["text"], at, del, text));
    },
    rewrite: (text) => {
      if (text.length > artifactCharsMax) throw new VaultError("too-long", "artifact");
      if (text !== artifact.text()) write((content) => A.updateText(content, ["text"], text));
    },
    versions: () => {
      settle();
      return readVersions(A, current(), signers).map((version) => ({ ...version, name: names.nameOf(version.heads) }));
    },
    nameVersion: names.name,
    restore: (heads) => {
      if (has(heads)) artifact.rewrite(artifact.textAt(heads));
    },
    diff: (from, to) => (has(from) && has(to) ? A.diff(current(), [...from], [...to]) : []),
    propose: (edit, base, { at, index, ...by }) => {
      if (!has(base)) return { kind: "unfit", says: "This version of the text is not there. Read the artifact again." };
      const planned = planEdit(textOf(A.view(current(), [...base])), edit);
      if (planned.kind === "unfit") return planned;
      if (planned.text.length > artifactCharsMax)
        return { kind: "unfit", says: "The text is too long for one artifact. Split it." };
      const name = [by.run, String(index), planned.text].map((part) => utf8ToBytes(part));
      const lengths = new Uint8Array(new Uint32Array(name.map((part) => part.length)).buffer);
      const proposal = bytesToHex(hash128("sovereign/artifact-proposal/v1", lengths, ...name));
      const branch = branches.commit(base, proposal, at, planned.splices);
      if (branch === null) return { kind: "unfit", says: "The edit changes nothing: the text is so already." };
      kept.add(proposal, { at, actor: proposal, by, base, changes: branch.changes });
      signers.vouch(proposal, { seq: 1, change: branch.head }, by);
      return { kind: "filed", id: proposal };
    },
    proposals: () => kept.all().flatMap(describe),
    view: (name) => {
      const proposal = kept.get(name);
      return proposal === null ? null : openBranch(proposal);
    },
    accept: (name, chosen) => {
      const proposal = kept.get(name);
      const view = proposal === null ? null : openBranch(proposal);
      if (proposal === null || view === null || proposal.choice === "accepted" || proposal.choice === "part")
        return false;
      const isAll = chosen === undefined || view.hunks.every((_, index) => chosen.has(index));
      // One change for each hunk, the same whoever takes it: two who take some of the same at once end with each once.
      if (isAll && view.hunks.length > hunksApartMax) merge([proposal.changes]);
      else branchesOf(proposal, isAll ? view.hunks : view.hunks.filter((_, index) => chosen.has(index)));
      kept.choose(name, isAll ? "accepted" : chosen.size === 0 ? "rejected" : "part");
      return true;
    },
    reject: (name) => {
      if (kept.get(name)?.choice === null) kept.choose(name, "rejected");
    },
    reopen: (name) => {
      if (kept.get(name)?.choice === "rejected") kept.choose(name, null);
    },
    caretAt: (at) => A.getCursor(current(), ["text"], at),
    placeOf: (caret) => {
      try {
        return A.getCursorPosition(current(), ["text"], caret);
      } catch {
        // reason: a caret of another device may lie in words that have not come yet.
        return null;
      }
    },
    export: () => A.save(current()),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    settle,
    close: async () => {
      if (isClosed) return;
      settle();
      fold();
      chunks.unobserve(onChunks);
      for (const stop of stops) stop();
      isClosed = true;
      branches.close();
      await repo.shutdown();
    },
  };

  /** One whole save in the place of many small ones. What is not loaded here, or another device's sitting, is left where it is. */
  function fold(): void {
    const flat = [...loaded].filter((name) => chunks.get(name) instanceof Uint8Array);
    const whole = flat.filter((name) => name.includes("/snapshot/"));
    const sizeOf = (names: readonly string[]): number =>
      names.reduce((sum, name) => sum + (chunks.get(name) as Uint8Array).length, 0);
    const pieces = [...loaded].map((name) => name.slice(nameOf("").length));
    const own = sittings.own(new Set(pieces));
    const rest = sizeOf(flat) - sizeOf(whole) + own.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (flat.length + own.length < 2 || rest <= sizeOf(whole) * foldAt) return;
    const heads = A.getHeads(current());
    const key = chunkName([
      documentId,
      "snapshot",
      bytesToHex(hash128("sovereign/artifact-save/v1", utf8ToBytes([...heads].sort().join()))),
    ]);
    doc.transact(() => {
      for (const name of flat) if (name !== key) chunks.delete(name);
      loaded.add(key);
      chunks.set(key, A.save(current()).slice());
      signers.keep(sittings.fold(new Set(pieces)));
    }, origin);
  }

  return artifact;
}

function createBeginning(A: Engine["A"]): Uint8Array {
  const empty = A.init<ArtifactContent>({ actor: "00".repeat(16) });
  return A.save(A.change(empty, { time: 0 }, (content) => void (content.text = "")));
}
