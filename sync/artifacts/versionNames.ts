/** Names that the owner gave to versions: in a root map "names", under a version's heads in order, with commas between them. */
import type { Heads } from "@automerge/automerge-repo/slim";
import type { Doc } from "yjs";
import { readString, tidyLine } from "../docs/fields.ts";
import { versionNameCharsMax } from "../limits.ts";

export interface VersionNames {
  nameOf(heads: Heads): string | null;
  name(heads: Heads, name: string): void;
  observe(listener: () => void): () => void;
}

export function createVersionNames(doc: Doc, origin: unknown): VersionNames {
  const root = doc.getMap<unknown>("names");
  const keyOf = (heads: Heads): string => [...heads].sort().join(",");
  return {
    nameOf: (heads) => readString(root, keyOf(heads)),
    name: (heads, name) =>
      doc.transact(() => {
        const line = tidyLine(name, versionNameCharsMax);
        if (line === "") root.delete(keyOf(heads));
        else root.set(keyOf(heads), line);
      }, origin),
    observe: (listener) => {
      root.observe(listener);
      return () => root.unobserve(listener);
    },
  };
}
