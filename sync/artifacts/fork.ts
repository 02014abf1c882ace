/**
 * One artifact that goes on from another: with the history up to some heads, the names of versions in it, and who vouches for its changes.
 * The two are apart from then on. A signature names the artifact that it was made in, so the new one says where its history began: in a root
 * map "forkedFrom" of its doc, id → 1, the ids of those before it among them. What waited as a proposal stays behind.
 */
import type { Doc, Heads } from "@automerge/automerge-repo/slim";
import { bytesToHex, utf8ToBytes } from "#crypto/bytes.ts";
import { hash128 } from "#crypto/hash.ts";
import { idToBytes, parseDocId, type DocId } from "#crypto/ids.ts";
import { Map as YMap, type Doc as YDoc } from "yjs";
import { forkedFromMax } from "../limits.ts";
import { chunkName, chunksOf } from "./chunkStore.ts";
import type { ArtifactContent, Engine } from "./engine.ts";

export interface Fork {
  readonly history: Uint8Array;
  readonly signers: ReadonlyMap<string, Uint8Array>;
  readonly names: ReadonlyMap<string, string>;
  readonly from: readonly DocId[];
}

export function readForkedFrom(doc: YDoc): readonly DocId[] {
  const ids = [...doc.getMap<unknown>("forkedFrom").keys()].flatMap((id) => parseDocId(id) ?? []);
  return ids.slice(0, forkedFromMax);
}

export function readFork(
  A: Engine["A"],
  source: {
    readonly id: DocId;
    readonly doc: YDoc;
    readonly current: Doc<ArtifactContent>;
    readonly heads: Heads;
  },
): Fork {
  const past = A.getBackend(source.current).fork(undefined, [...source.heads]);
  try {
    const history = past.save();
    const held = A.load<ArtifactContent>(history);
    const actors = new Set(A.getChangesMetaSince(held, []).map(({ actor }) => actor));
    const signers = new Map(
      [...everySigner(source.doc)].filter(([key]) => key.length !== actorChars || actors.has(key)),
    );
    const names = new Map(
      [...source.doc.getMap<unknown>("names")].filter(
        (entry): entry is [string, string] => typeof entry[1] === "string" && A.hasHeads(held, entry[0].split(",")),
      ),
    );
    return { history, signers, names, from: [source.id, ...readForkedFrom(source.doc)].slice(0, forkedFromMax) };
  } finally {
    past.free();
  }
}

/** Before it is opened for the first time. */
export function writeFork(
  doc: YDoc,
  { id, engine, fork }: { readonly id: DocId; readonly engine: Engine; readonly fork: Fork },
): void {
  const documentId = engine.interpretAsDocumentId(idToBytes(id) as never);
  const place = bytesToHex(hash128("sovereign/artifact-fork/v1", utf8ToBytes(fork.from.join())));
  doc.transact(() => {
    chunksOf(doc).set(chunkName([documentId, "snapshot", place]), fork.history.slice());
    for (const [actor, signer] of fork.signers) doc.getMap("signers").set(actor, signer);
    for (const [heads, name] of fork.names) doc.getMap("names").set(heads, name);
    for (const from of fork.from) doc.getMap("forkedFrom").set(from, 1);
  });
}

/** Those of sittings that are not folded yet stand in them; sets of them have shorter keys. */
function* everySigner(doc: YDoc): Generator<[string, Uint8Array]> {
  for (const map of [doc.getMap<unknown>("signers"), ...doc.getMap<unknown>("sittings").values()]) {
    if (!(map instanceof YMap)) continue;
    const isSitting = map.parent !== null;
    for (const [key, signer] of map as YMap<unknown>)
      if (signer instanceof Uint8Array && (key.length === actorChars || !isSitting)) yield [key, signer];
  }
}

const actorChars = 32;
