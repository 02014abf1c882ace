/** Runs by their state. Asked for at each change of a chat that may have thousands, so what a lane has ended is gone by without a look. */
import { parseRunId, type RunId } from "#crypto/ids.ts";
import type { Doc, Map as YMap } from "yjs";
import { readMap, readNumber } from "./fields.ts";
import { runRoots, type RunView } from "./run.ts";

/** What a lane wrote at its end, as it stands in `meta/<run>`; `null` until then. */
type End = unknown;

export const isOpen = (end: End): boolean => end === null;

/** Oldest first. */
export type RunSearch = (mayBe: (end: End) => boolean, isWanted: (view: RunView) => boolean) => RunId[];

export function createRunSearch(doc: Doc, requests: YMap<unknown>, viewOf: (run: RunId) => RunView): RunSearch {
  const ids = new Map<string, RunId | null>();
  const ends = new Map<RunId, End>();

  const idOf = (key: string): RunId | null => {
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = parseRunId(key);
    ids.set(key, id);
    return id;
  };
  /** It is written once, so what was read stays true. */
  const endOf = (run: RunId): End => {
    const known = ends.get(run);
    if (known !== undefined) return known;
    const end = doc.getMap<unknown>(runRoots(run).meta).get("end") ?? null;
    if (end !== null) ends.set(run, end);
    return end;
  };

  return (mayBe, isWanted) => {
    const found: { readonly run: RunId; readonly at: number }[] = [];
    for (const key of requests.keys()) {
      const run = idOf(key);
      const request = run === null ? null : readMap(requests, run);
      if (run !== null && request !== null && mayBe(endOf(run)) && isWanted(viewOf(run)))
        found.push({ run, at: readNumber(request, "at") ?? 0 });
    }
    return found.sort((a, b) => a.at - b.at || (a.run < b.run ? -1 : 1)).map(({ run }) => run);
  };
}
