/** What stands of artifacts beside an answer: which of them its model was shown, and what became of those that it wrote. */
import { parseDocId, type DocId } from "#crypto/ids.ts";
import { artifactHeadsMax, artifactsShownMax, filedPartsMax, filedSaysCharsMax } from "../limits.ts";

/** The root map of a chat that holds what models are shown (shownArtifacts.ts). */
export const artifactsRoot = "artifacts";

export interface SeenArtifact {
  readonly id: DocId;
  readonly heads: readonly string[];
}

/** What a lane puts into `steps/<run>` when the model was told how artifacts are written. */
export interface ArtifactsStep {
  readonly kind: "artifacts";
  readonly seen: readonly SeenArtifact[];
}

/** `index`: which of the answer's parts that are no words (artifacts/answerParts.ts). */
export type FiledPart =
  | { readonly kind: "made"; readonly index: number; readonly artifact: DocId }
  | { readonly kind: "proposed"; readonly index: number; readonly artifact: DocId; readonly proposal: string }
  /** `says`: what is wrong with it, for the model. */
  | { readonly kind: "unfit"; readonly index: number; readonly says: string };

/** `null`: the model was told nothing of artifacts, and what looks like one is words. */
export function readSeen(steps: readonly unknown[]): readonly SeenArtifact[] | null {
  for (const step of steps) {
    const { kind, seen } = fieldsOf(step);
    if (kind !== "artifacts" || !Array.isArray(seen)) continue;
    return (seen as unknown[]).slice(0, artifactsShownMax).flatMap((each) => {
      const { id, heads } = fieldsOf(each);
      const known = typeof id === "string" ? parseDocId(id) : null;
      const at = readHeads(heads);
      return known === null || at.length === 0 ? [] : [{ id: known, heads: at }];
    });
  }
  return null;
}

/** `null`: nobody has done it yet. */
export function readFiled(value: unknown): readonly FiledPart[] | null {
  if (!Array.isArray(value)) return null;
  return (value as unknown[]).slice(0, filedPartsMax).flatMap((each): FiledPart[] => {
    const { kind, index, artifact, proposal, says } = fieldsOf(each);
    if (!Number.isSafeInteger(index) || Number(index) < 0) return [];
    const place = { index: Number(index) };
    if (kind === "unfit" && typeof says === "string")
      return [{ kind, ...place, says: says.slice(0, filedSaysCharsMax) }];
    const id = typeof artifact === "string" ? parseDocId(artifact) : null;
    if (id === null) return [];
    if (kind === "made") return [{ kind, ...place, artifact: id }];
    if (kind === "proposed" && typeof proposal === "string" && /^[0-9a-f]{32}$/.test(proposal))
      return [{ kind, ...place, artifact: id, proposal }];
    return [];
  });
}

/** Hashes of changes, as Automerge writes them; none where anything else stands. */
export function readHeads(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > artifactHeadsMax) return [];
  const heads: readonly unknown[] = value;
  return heads.every((head) => typeof head === "string" && /^[0-9a-f]{64}$/.test(head)) ? (heads as string[]) : [];
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
