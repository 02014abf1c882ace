/** Texts of versions, the last few of them kept: going back through a history takes as long each time, and a version never changes. */
import type { Heads } from "@automerge/automerge-repo/slim";

export interface VersionTexts {
  at(heads: Heads): string;
}

export function createVersionTexts(kept: number, read: (heads: Heads) => string): VersionTexts {
  const texts = new Map<string, string>();
  return {
    at: (heads) => {
      const name = [...heads].sort().join();
      const text = texts.get(name) ?? read(heads);
      // A map lists in the order in which things were put: what was asked for last goes last.
      texts.delete(name);
      texts.set(name, text);
      for (const oldest of texts.keys()) {
        if (texts.size <= kept) break;
        texts.delete(oldest);
      }
      return text;
    },
  };
}
