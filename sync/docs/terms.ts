/**
 * What a host is to hold to in a chat: a root map "terms", written by devices, each time one asks, from the chat's project. A host that is
 * lent a chat's key reads no other doc, and so finds here, signed by a device like every word of the chat:
 *
 *   instructions   the project's      isLocalOnly   only backends on the host's own machines may be asked
 *   isSourcesOnly  answers come from the question's sources and nothing else
 *   memory         what the owner wants remembered, a line for each      proposesMemory   models may propose more
 */
import type { Doc } from "yjs";
import { instructionsCharsMax, memoryCharsMax } from "../limits.ts";
import { readFlag, readString } from "./fields.ts";

export interface Terms {
  readonly instructions: string;
  readonly isLocalOnly: boolean;
  readonly isSourcesOnly: boolean;
  readonly memory: string;
  readonly proposesMemory: boolean;
}

export const noTerms: Terms = {
  instructions: "",
  isLocalOnly: false,
  isSourcesOnly: false,
  memory: "",
  proposesMemory: false,
};

export function readTerms(doc: Doc): Terms {
  const map = doc.getMap<unknown>("terms");
  return {
    instructions: (readString(map, "instructions") ?? "").slice(0, instructionsCharsMax),
    isLocalOnly: readFlag(map, "isLocalOnly"),
    isSourcesOnly: readFlag(map, "isSourcesOnly"),
    memory: (readString(map, "memory") ?? "").slice(0, memoryCharsMax),
    proposesMemory: readFlag(map, "proposesMemory"),
  };
}

/** Nothing is written where it stands so already: most chats are in no project. */
export function writeTerms(doc: Doc, terms: Terms): void {
  const now = readTerms(doc);
  const map = doc.getMap<unknown>("terms");
  doc.transact(() => {
    for (const key of ["instructions", "isLocalOnly", "isSourcesOnly", "memory", "proposesMemory"] as const)
      if (now[key] !== terms[key]) map.set(key, terms[key]);
  });
}
