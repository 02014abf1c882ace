/** The last door in front of the Y.Doc: what a lane writes goes through its scope, and what Yjs does not take is its author's violation. */
import type * as Y from "yjs";
import type { AuthorId } from "#crypto/ids.ts";
import { laneClientId } from "#crypto/laneHeader.ts";
import { runBytesMax } from "./limits.ts";
import type { Lane, RoomEffect } from "./roomState.ts";
import { createScope, type Scope } from "./scope.ts";

export interface LaneScopes {
  /** A lane begins, or goes on from what the doc holds of it. */
  begin(author: AuthorId, lane: Lane, resumeFrom: Y.Doc | null): void;
  /** `false`: a violation; nothing was written. */
  write(effect: Extract<RoomEffect, { type: "write" }>): boolean;
}

/** `deliver` throws on bytes that are no update. */
export function createLaneScopes(deliver: (update: Uint8Array) => void): LaneScopes {
  const scopes = new Map<AuthorId, Scope>();
  return {
    begin: (author, lane, resumeFrom) => {
      const options = { run: lane.run, clientId: laneClientId(lane.run, author), bytesMax: runBytesMax };
      scopes.set(author, createScope(resumeFrom === null ? options : { ...options, resumeFrom }));
    },
    write: ({ author, update, lane, isFinal }) => {
      if (lane !== null) {
        const scope = scopes.get(author);
        const violation = scope === undefined ? "no lane" : isFinal ? scope.checkFinal(update) : scope.check(update);
        if (isFinal || violation !== null) scopes.delete(author);
        if (violation !== null) return false;
      }
      try {
        deliver(update);
        return true;
      } catch {
        // reason: whatever Yjs throws on bytes that are no update, its author is to blame.
        return false;
      }
    },
  };
}
