/**
 * What a device found for a model's call (lookupTools.ts): a root map "looked", written by devices, read by the host that waits for it and by whoever shows the answer.
 *
 *   <run>/<call>  →  {says, isError, sources}      `sources` as in sources.ts; their numbers follow those of the question, in the order of the calls
 */
import type { RunId } from "#crypto/ids.ts";
import type { Doc } from "yjs";
import { lookedSaysCharsMax } from "../limits.ts";
import { noSources, readSources, type Source } from "./sources.ts";

export interface Looked {
  readonly says: string;
  readonly isError: boolean;
  readonly sources: readonly Source[];
}

const keyOf = (run: RunId, call: string): string => `${run}/${call}`;

/** `null`: no device has answered yet. */
export function readLooked(doc: Doc, run: RunId, call: string): Looked | null {
  const value = doc.getMap<unknown>("looked").get(keyOf(run, call));
  if (typeof value !== "object" || value === null) return null;
  const { says, isError, sources } = value as Record<string, unknown>;
  return {
    says: typeof says === "string" ? says.slice(0, lookedSaysCharsMax).toWellFormed() : "",
    isError: isError === true,
    sources: readSources(sources),
  };
}

export function writeLooked(doc: Doc, run: RunId, call: string, { says, isError, sources }: Looked): void {
  const map = doc.getMap<unknown>("looked");
  // The first device's word stands: a host may have told it to its model already.
  if (!map.has(keyOf(run, call))) map.set(keyOf(run, call), { says, isError, sources });
}

/** What a run's calls brought, in their order: of a call that came to nothing its model was told nothing. */
export function foundSources(doc: Doc, run: RunId, steps: readonly object[]): readonly Source[] {
  const found = steps.flatMap((step) => {
    const { kind, call, end } = step as Record<string, unknown>;
    if (kind !== "call-ends" || end !== "done" || typeof call !== "string") return noSources;
    return readLooked(doc, run, call)?.sources ?? noSources;
  });
  return found.length === 0 ? noSources : found;
}
