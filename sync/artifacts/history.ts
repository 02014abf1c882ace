/** An artifact's versions: its changes in order, those of one hand in one sitting taken together. */
import type { Doc, Heads } from "@automerge/automerge-repo/slim";
import { sittingGapMs } from "../limits.ts";
import type { ArtifactContent, Engine } from "./engine.ts";
import type { ModelHand, Signer, Signers } from "./signers.ts";
import type { AuthorId } from "#crypto/ids.ts";

/** `null`: nobody vouches for it. */
export type Hand = { readonly device: AuthorId; readonly by: ModelHand | null } | null;

export interface Version {
  /** Where to view it: with everything that had come by then. */
  readonly heads: Heads;
  readonly hand: Hand;
  /** Of its first and its last change, milliseconds since 1970. */
  readonly from: number;
  readonly at: number;
  readonly changes: number;
}

/** Oldest first; the empty beginning is none. */
export function readVersions(A: Engine["A"], doc: Doc<ArtifactContent>, signers: Signers): readonly Version[] {
  const versions: Version[] = [];
  const places = new Map<string, { readonly actor: string; readonly seq: number }>();
  const changes = A.getChangesMetaSince(doc, []);
  for (const { hash, actor, seq } of changes) places.set(hash, { actor, seq });
  const known = new Map<string, Signer | null>();
  const signerOf = (actor: string): Signer | null => {
    const signer = known.has(actor) ? (known.get(actor) ?? null) : signers.signerOf(actor);
    known.set(actor, signer);
    return signer;
  };
  const handOf = (actor: string, seq: number): Hand => {
    const signer = signerOf(actor);
    if (signer === null || signer.seq < seq) return null;
    // The change that was signed must be this actor's, at that place, in this very history.
    const signed = places.get(signer.change);
    const isIts = signed !== undefined && signed.actor === actor && signed.seq === signer.seq;
    return isIts ? { device: signer.device, by: signer.by } : null;
  };
  const frontier = new Set<string>();
  for (const { hash, actor, seq, time, deps } of changes) {
    for (const dep of deps) frontier.delete(dep);
    frontier.add(hash);
    if (deps.length === 0) continue;
    const at = time * 1000;
    const [hand, last] = [handOf(actor, seq), versions.at(-1)];
    const isSame = last !== undefined && isSameHand(last.hand, hand) && at - last.at <= sittingGapMs;
    const version = {
      heads: [...frontier],
      hand,
      from: isSame ? last.from : at,
      at: Math.max(at, isSame ? last.at : 0),
    };
    if (isSame) versions[versions.length - 1] = { ...version, changes: last.changes + 1 };
    else versions.push({ ...version, changes: 1 });
  }
  return versions;
}

const isSameHand = (a: Hand, b: Hand): boolean => a?.device === b?.device && a?.by?.run === b?.by?.run;
