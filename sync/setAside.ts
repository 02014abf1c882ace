/** What a removed device wrote too late, kept until the owner decides: how much there is, and how it is taken over (RM3). */
import type * as Y from "yjs";
import { openRekey, type DocKey } from "#crypto/docKeys.ts";
import { openEnvelope } from "#crypto/envelope.ts";
import { parseEnvelope, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import type { AuthorId } from "#crypto/ids.ts";
import { applyUpdate } from "./docs/applyUpdate.ts";
import { bodyBytesMax } from "./limits.ts";
import { keysOfEpoch, type KeyState } from "./rekey.ts";
import type { RoomState } from "./roomState.ts";
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
export function takeOver(
  yDoc: Y.Doc,
  keys: Pick<KeyState, "epochKeys"> & Pick<RoomState, "vaultKeys">,
  envelopes: readonly Uint8Array[],
): void {
  const inOrder = envelopes.map((bytes) => parseEnvelope(bytes)).toSorted((a, b) => a.counter - b.counter);
  // Who writes after an answer begins an epoch, so what it wrote may be sealed under a key that is set aside with it.
  const begun = inOrder.filter(({ kind }) => kind === "rekey").flatMap((parsed) => openBegun(parsed, keys.vaultKeys));
  for (const parsed of inOrder) {
    if (parsed.kind !== "update") continue;
    const own = begun.filter(({ epoch }) => epoch === parsed.epoch);
    for (const { docKey } of [...keysOfEpoch(keys, parsed.epoch), ...own]) {
      try {
        const body = openEnvelope(parsed, docKey);
        if (body.length <= bodyBytesMax) applyUpdate(yDoc, body);
      } catch {
        // reason: not this key, or no update; there is nothing in it to take over.
      }
    }
  }
}

function openBegun(
  parsed: ParsedEnvelope,
  vaultKeys: RoomState["vaultKeys"],
): readonly { epoch: number; docKey: DocKey }[] {
  try {
    return [openRekey(parsed, vaultKeys)];
  } catch {
    // reason: under a vault key that was never ours, or none; what is sealed under it cannot be taken over.
    return [];
  }
}
