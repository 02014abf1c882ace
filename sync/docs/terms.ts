/**
 * What a host is to hold to in a chat: a root map "terms", written by devices, each time one asks, from the chat's project. A host that is
 * lent a chat's key reads no other doc, and so finds here, signed by a device like every word of the chat:
 *
 *   instructions   the project's      isLocalOnly   only backends on the host's own machines may be asked
 *   isSourcesOnly  answers come from the question's sources and nothing else
 */
import type { Doc } from "yjs";
import { instructionsCharsMax } from "../limits.ts";
import { readFlag, readString } from "./fields.ts";

export interface Terms {
  readonly instructions: string;
  readonly isLocalOnly: boolean;
  readonly isSourcesOnly: boolean;
}

export const noTerms: Terms = { instructions: "", isLocalOnly: false, isSourcesOnly: false };

export function readTerms(doc: Doc): Terms {
  const map = doc.getMap<unknown>("terms");
  return {
    instructions: (readString(map, "instructions") ?? "").slice(0, instructionsCharsMax),
    isLocalOnly: readFlag(map, "isLocalOnly"),
    isSourcesOnly: readFlag(map, "isSourcesOnly"),
  };
}

/** Nothing is written where it stands so already: most chats are in no project. */
export function writeTerms(doc: Doc, terms: Terms): void {
  const now = readTerms(doc);
  const map = doc.getMap<unknown>("terms");
  doc.transact(() => {
    for (const key of ["instructions", "isLocalOnly", "isSourcesOnly"] as const)
      if (now[key] !== terms[key]) map.set(key, terms[key]);
  });
}
