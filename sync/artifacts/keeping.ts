/**
 * An artifact's history between Automerge and the doc: it is loaded from the doc's chunks and sittings through unmodified automerge-repo, what is
 * new here is saved into this opening's sitting, what comes from elsewhere is taken in, and many small saves are folded into a whole one.
 */
import type { Chunk, Doc, Heads, Repo, StorageAdapterInterface, StorageKey } from "@automerge/automerge-repo/slim";
import { concatBytes, utf8ToBytes } from "#crypto/bytes.ts";
import { hash128 } from "#crypto/hash.ts";
import { idToBytes, type DocId } from "#crypto/ids.ts";
import type { Doc as YDoc } from "yjs";
import { chunkName, chunksOf, createChunkStore, isShortName, isWholeName, wholeName } from "./chunkStore.ts";
import { findDamaged } from "./damaged.ts";
import type { ArtifactContent, Engine, Handle } from "./engine.ts";
import type { Signers } from "./signers.ts";
import type { Piece, Sittings } from "./sittings.ts";

export interface Keeping {
  current(): Doc<ArtifactContent>;
  change(work: (content: ArtifactContent) => void, atMs: number): void;
  merge(changes: readonly Uint8Array[]): void;
  /** Hands what is new to the doc, in this very turn. */
  settle(): void;
  /** One whole save in the place of many small ones. What is not loaded here, or another device's sitting, is left where it is. */
  fold(): void;
  close(): Promise<void>;
}

export interface KeepingOptions {
  readonly id: DocId;
  readonly doc: YDoc;
  readonly engine: Engine;
  readonly origin: object;
  readonly sittings: Sittings;
  readonly signers: Signers;
  /** A chunk does not read: it is left out, and the rest is shown. */
  readonly onDamaged: (chunk: string) => void;
  /** Something comes from elsewhere: what waits here is written before it, where it was typed. */
  readonly beforeOthers: () => void;
  readonly onChanged: () => void;
}

/** What was saved since the last whole save may grow to this part of it before an artifact that closes is saved whole. */
const foldAt = 0.1;
/** A change says when it was made to the minute: nobody reads it closer, and seconds would cost a byte or so for each of tens of thousands. */
const timeStepS = 60;
/** A long sitting is folded now and then, too: so many small saves are ten minutes of writing. Each fold leaves the name of the save before. */
const savesPerFold = 1_200;

export async function openKeeping(options: KeepingOptions): Promise<Keeping> {
  const { id, doc, engine, origin, sittings, signers, onDamaged } = options;
  const { A } = engine;
  const documentId = engine.interpretAsDocumentId(idToBytes(id) as never);
  const chunks = chunksOf(doc);
  const store = createChunkStore(doc, origin);
  const keyOf = (piece: string): StorageKey => [documentId, "incremental", piece];
  const nameOf = (piece: string): string => chunkName(keyOf(piece));
  let damaged: ReadonlySet<string> = new Set();
  let isClosed = false;

  // The same first change on every device: what was typed before the rest arrived has the same text under it.
  const beginning = createBeginning(A);
  if (![...chunks.keys()].some((name) => isShortName(name) || name.startsWith(`${chunkName([documentId])}/`)))
    await store.save([documentId, "snapshot", "beginning"], beginning);

  const everyChunk = (): [string, unknown][] => [
    ...chunks.entries(),
    ...sittings.all().map(({ name, bytes }): [string, unknown] => [nameOf(name), bytes]),
  ];
  const wholeSaves = (): Chunk[] =>
    [...chunks.entries()].flatMap(([name, bytes]) =>
      isShortName(name) && !damaged.has(name) && bytes instanceof Uint8Array
        ? [{ key: [documentId, "snapshot", name], data: bytes }]
        : [],
    );
  const loaded = new Set(everyChunk().map(([name]) => name));
  let handle: Handle | null = null;
  const storage: StorageAdapterInterface = {
    ...store,
    loadRange: async (prefix) => {
      const pieces = prefix[0] === documentId && prefix[1] !== "snapshot" ? sittings.all() : [];
      const whole = prefix[0] === documentId && prefix[1] !== "incremental" ? wholeSaves() : [];
      const all = [
        ...(await store.loadRange(prefix)),
        ...whole,
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
  const find = async (): Promise<[Repo, Handle]> => {
    const opened = new engine.Repo({ storage });
    return [opened, await opened.find<ArtifactContent>(documentId)];
  };
  let [repo, found] = await find();
  damaged = findDamaged(A, found.doc(), everyChunk(), onDamaged);
  if (damaged.size > 0) {
    await repo.shutdown();
    [repo, found] = await find();
  }
  handle = found;
  found.update((held) => A.loadIncremental(held, beginning));
  /** Everything up to here is in the doc. */
  let stored: Heads = A.getHeads(found.doc());
  const opening = sittings.begin(A.getActorId(found.doc()));
  let vouched = "";
  let saves = 0;
  const current = (): Doc<ArtifactContent> => found.doc();

  /** The newest change of this sitting, once it is saved. */
  function vouch(): void {
    const change = A.getLastLocalChange(current());
    if (change === undefined) return;
    const { actor, hash, seq } = A.decodeChange(change);
    if (hash === null || hash === vouched) return;
    vouched = hash;
    signers.vouch(actor, { seq, change: hash }, null);
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
      loaded.add(nameOf(sittings.put(bytes).name));
    }, origin);
    saves += 1;
    if (saves % savesPerFold === 0) fold();
  }

  /** Others' chunks, as they come: all at once where they read, since finding out what has changed costs the same for one and for many. */
  function take(all: readonly Piece[]): void {
    const fresh = all.filter(({ name }) => !loaded.has(name));
    if (fresh.length === 0 || isClosed) return;
    options.beforeOthers();
    const wasStored = A.equals(A.getHeads(current()), stored);
    for (const { name } of fresh) loaded.add(name);
    try {
      merge(fresh.map(({ bytes }) => bytes));
    } catch {
      // reason: a member can write any bytes; the text without them is still the text.
      for (const piece of fresh) takeAlone(piece);
    }
    if (wasStored) stored = A.getHeads(current());
  }
  function takeAlone({ name, bytes }: Piece): void {
    try {
      merge([bytes]);
    } catch {
      // reason: as above.
      onDamaged(name);
    }
  }
  function merge(changes: readonly Uint8Array[]): void {
    found.update((held) => A.loadIncremental(held, concatBytes(...changes)));
  }
  const onChunks = (event: {
    readonly keysChanged: ReadonlySet<string>;
    readonly transaction: { readonly origin: unknown };
  }): void => {
    if (event.transaction.origin === origin) return;
    take(
      [...event.keysChanged].flatMap((name) => {
        const bytes = chunks.get(name);
        return bytes instanceof Uint8Array ? [{ name, bytes }] : [];
      }),
    );
  };
  chunks.observe(onChunks);
  const leaveSittings = sittings.observe((pieces) =>
    take(pieces.map(({ name, bytes }) => ({ name: nameOf(name), bytes }))),
  );
  found.on("heads-changed", options.onChanged);

  function fold(): void {
    const flat = [...loaded].filter((name) => chunks.get(name) instanceof Uint8Array);
    const whole = flat.filter(isWholeName);
    const sizeOf = (names: readonly string[]): number =>
      names.reduce((sum, name) => sum + (chunks.get(name) as Uint8Array).length, 0);
    const pieces = new Set([...loaded].map((name) => name.slice(nameOf("").length)));
    const own = sittings.own(pieces);
    const rest = sizeOf(flat) - sizeOf(whole) + own.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (flat.length + own.length < 2 || rest <= sizeOf(whole) * foldAt) return;
    const heads = A.getHeads(current());
    const key = wholeName(hash128("sovereign/artifact-save/v1", utf8ToBytes([...heads].sort().join())));
    doc.transact(() => {
      for (const name of flat) if (name !== key) chunks.delete(name);
      loaded.add(key);
      chunks.set(key, A.save(current()).slice());
      signers.keep(opening, sittings.fold(pieces));
    }, origin);
  }

  return {
    current,
    change: (work, atMs) => found.change(work, { time: Math.floor(atMs / 1000 / timeStepS) * timeStepS }),
    merge,
    settle,
    fold,
    close: async () => {
      chunks.unobserve(onChunks);
      leaveSittings();
      isClosed = true;
      await repo.shutdown();
    },
  };
}

function createBeginning(A: Engine["A"]): Uint8Array {
  const empty = A.init<ArtifactContent>({ actor: "00".repeat(16) });
  return A.save(A.change(empty, { time: 0 }, (content) => void (content.text = "")));
}
