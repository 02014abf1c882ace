/**
 * What a host is to hold to in a chat: a root map "terms", written by devices, each time one asks, from the chat's project. A host that is
 * lent a chat's key reads no other doc, and so finds here, signed by a device like every word of the chat:
 *
 *   instructions   the project's      isLocalOnly   only backends on the host's own machines may be asked
 */
import type { Doc } from "yjs";
import { instructionsCharsMax } from "../limits.ts";
import { readFlag, readString } from "./fields.ts";

export interface Terms {
  readonly instructions: string;
  readonly isLocalOnly: boolean;
}

export const noTerms: Terms = { instructions: "", isLocalOnly: false };

export function readTerms(doc: Doc): Terms {
  const map = doc.getMap<unknown>("terms");
  return {
    instructions: (readString(map, "instructions") ?? "").slice(0, instructionsCharsMax),
    isLocalOnly: readFlag(map, "isLocalOnly"),
  };
}

/** Nothing is written where it stands so already: most chats are in no project. */
export function writeTerms(doc: Doc, terms: Terms): void {
  const now = readTerms(doc);
  if (now.instructions === terms.instructions && now.isLocalOnly === terms.isLocalOnly) return;
  const map = doc.getMap<unknown>("terms");
  doc.transact(() => {
    if (now.instructions !== terms.instructions) map.set("instructions", terms.instructions);
    if (now.isLocalOnly !== terms.isLocalOnly) map.set("isLocalOnly", terms.isLocalOnly);
  });
}
