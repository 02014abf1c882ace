/** What a removed device wrote too late, kept until the owner decides: how much there is, and how it is taken over (RM3). */
import type * as Y from "yjs";
import { openEnvelope } from "#crypto/envelope.ts";
import { parseEnvelope } from "#crypto/envelopeHeader.ts";
import type { AuthorId } from "#crypto/ids.ts";
import { applyUpdate } from "./docs/applyUpdate.ts";
import { bodyBytesMax } from "./limits.ts";
import { keysOfEpoch, type KeyState } from "./rekey.ts";
import type { SetAside } from "./status.ts";

export function countAside(envelopes: readonly Uint8Array[]): readonly SetAside[] {
  const counts = new Map<AuthorId, number>();
  for (const envelope of envelopes) {
    const { author } = parseEnvelope(envelope);
    counts.set(author, (counts.get(author) ?? 0) + 1);
  }
  return [...counts].map(([author, count]) => ({ author, envelopes: count }));
}

/** Applied like something typed here, so it is sealed anew, by this device and under today's key. */
export function takeOver(yDoc: Y.Doc, keys: Pick<KeyState, "epochKeys">, envelopes: readonly Uint8Array[]): void {
  const inOrder = envelopes.map((bytes) => parseEnvelope(bytes)).toSorted((a, b) => a.counter - b.counter);
  for (const parsed of inOrder) {
    if (parsed.kind !== "update") continue;
    for (const { docKey } of keysOfEpoch(keys, parsed.epoch)) {
      try {
        const body = openEnvelope(parsed, docKey);
        if (body.length <= bodyBytesMax) applyUpdate(yDoc, body);
      } catch {
        // reason: not this key, or no update; there is nothing in it to take over.
      }
    }
  }
}
