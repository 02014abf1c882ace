/**
 * What a host is to hold to in a chat: a root map "terms", written by devices, each time one asks, from the chat's project. A host that is
 * lent a chat's key reads no other doc, and so finds here, signed by a device like every word of the chat:
 *
 *   instructions     the project's      isLocalOnly    only backends on the host's own machines may be asked
 *   isSourcesOnly    answers come from the question's sources and nothing else
 *   wantsArtifacts   the project's: models are told how artifacts are written     ownArtifacts   the same, of this chat alone, before it
 *   redaction        what is taken out before a backend elsewhere sees it (redactionRules.ts), as JSON; "" as the host does
 *   tools            what tools may do here (toolPolicy.ts), as JSON of that map; "" for the default
 *   hasFiles         the project's: a device would find something in its files (lookupTools.ts)
 *   takesTasks       tasks can be added here: a project's in its chats, elsewhere the vault's own      hasTasks  there are some (tasks.ts)
 *   memory           what the owner wants remembered, a line for each      proposesMemory   models may propose more
 */
import type { Doc } from "yjs";
import { instructionsCharsMax, memoryCharsMax, redactionTermsCharsMax, toolTermsCharsMax } from "../limits.ts";
import { readFlag, readString } from "./fields.ts";
import { sayToolPolicy } from "./toolPolicy.ts";

export interface Terms {
  readonly instructions: string;
  readonly isLocalOnly: boolean;
  readonly isSourcesOnly: boolean;
  readonly wantsArtifacts: boolean;
  readonly hasFiles: boolean;
  readonly takesTasks: boolean;
  readonly hasTasks: boolean;
  readonly memory: string;
  readonly proposesMemory: boolean;
  readonly tools: string;
  readonly redaction: string;
}

export const noTerms: Terms = {
  instructions: "",
  isLocalOnly: false,
  isSourcesOnly: false,
  wantsArtifacts: false,
  hasFiles: false,
  takesTasks: false,
  hasTasks: false,
  memory: "",
  proposesMemory: false,
  tools: "",
  redaction: "",
};

export function readTerms(doc: Doc): Terms {
  const map = doc.getMap<unknown>("terms");
  const own = map.get("ownArtifacts");
  return {
    instructions: (readString(map, "instructions") ?? "").slice(0, instructionsCharsMax),
    isLocalOnly: readFlag(map, "isLocalOnly"),
    isSourcesOnly: readFlag(map, "isSourcesOnly"),
    wantsArtifacts: typeof own === "boolean" ? own : readFlag(map, "wantsArtifacts"),
    hasFiles: readFlag(map, "hasFiles"),
    takesTasks: readFlag(map, "takesTasks"),
    hasTasks: readFlag(map, "hasTasks"),
    memory: (readString(map, "memory") ?? "").slice(0, memoryCharsMax),
    proposesMemory: readFlag(map, "proposesMemory"),
    tools: (readString(map, "tools") ?? "").slice(0, toolTermsCharsMax),
    redaction: (readString(map, "redaction") ?? "").slice(0, redactionTermsCharsMax),
  };
}

/** For `Terms.tools`, of a doc that holds rules. */
export function sayToolRules(doc: Doc): string {
  return sayToolPolicy(doc.getMap<unknown>("tools").toJSON());
}

export function setOwnArtifacts(doc: Doc, wants: boolean | null): void {
  const map = doc.getMap<unknown>("terms");
  if (wants === null) map.delete("ownArtifacts");
  else if (map.get("ownArtifacts") !== wants) map.set("ownArtifacts", wants);
}

/** Nothing is written where it stands so already: most chats are in no project. */
export function writeTerms(doc: Doc, terms: Terms): void {
  const map = doc.getMap<unknown>("terms");
  const now: Terms = { ...readTerms(doc), wantsArtifacts: readFlag(map, "wantsArtifacts") };
  const keys = [
    "instructions",
    "isLocalOnly",
    "isSourcesOnly",
    "wantsArtifacts",
    "hasFiles",
    "takesTasks",
    "hasTasks",
    "memory",
    "proposesMemory",
    "tools",
    "redaction",
  ] as const;
  const changed = keys.filter((key) => now[key] !== terms[key]);
  if (changed.length === 0) return;
  doc.transact(() => {
    for (const key of changed) map.set(key, terms[key]);
  });
}
