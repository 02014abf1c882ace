import type { Doc } from "@automerge/automerge-repo/slim";
import { isWholeName } from "./chunkStore.ts";
import type { ArtifactContent, Engine } from "./engine.ts";

/**
 * Names of chunks that do not read, each told once. automerge-repo loads all chunks as one, and stops without a word at the first that does
 * not read. Small ones are read once more to be sure; the one large one only when what came out of it is missing.
 */
export function findDamaged(
  A: Engine["A"],
  held: Doc<ArtifactContent>,
  all: readonly (readonly [string, unknown])[],
  onDamaged: (chunk: string) => void,
): ReadonlySet<string> {
  const isLarge = ([name]: readonly [string, unknown]): boolean => isWholeName(name) && !name.endsWith("/beginning");
  const isSuspect =
    A.getMissingDeps(held, []).length > 0 ||
    A.getChangesMetaSince(held, []).length <= 1 ||
    all.filter(isLarge).length > 1;
  const isRead = (bytes: unknown): boolean => {
    try {
      return bytes instanceof Uint8Array && A.loadIncremental(A.init(), bytes) !== null;
    } catch {
      // reason: this is the question.
      return false;
    }
  };
  const damaged = all.filter((entry) => (isSuspect || !isLarge(entry)) && !isRead(entry[1])).map(([name]) => name);
  for (const name of damaged) onDamaged(name);
  return new Set(damaged);
}
