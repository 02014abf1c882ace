/** I5: whoever was removed opens nothing that was written by somebody who knew of it, with all that it ever had and all that the relay stores. */
import type { ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { readRoster } from "#crypto/roster.ts";
import { openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import type { DeviceNode } from "./device.ts";
import { docKeysIn, openWith } from "./logKeys.ts";
import type { Stage } from "./stage.ts";

export async function checkRemoved(stage: Stage, active: readonly DeviceNode[]): Promise<void> {
  const { devices, relay, fail } = stage;
  if (devices.every(({ isRemoved }) => !isRemoved)) return;
  const rosters = await Promise.all(active.map((device) => device.identity()));
  const entries = rosters.map((identity) => identity?.entries ?? []).toSorted((a, b) => b.length - a.length)[0] ?? [];
  if (entries.length === 0) return;
  const { members } = readRoster(entries);
  const logs = relay.logs();
  for (const device of devices) {
    const identity = await device.identity();
    const removedSeq = identity === null ? null : (members.get(identity.keys.id)?.removedSeq ?? null);
    if (identity === null || removedSeq === null) continue;
    const vaultKeys = openRosterVaultKeys(entries, identity.keys);
    for (const log of logs.values()) {
      const docKeys = [...docKeysIn(log, vaultKeys).values()].flat();
      const opened = log.find((parsed) => wasWrittenSince(parsed, removedSeq) && openWith(parsed, docKeys) !== null);
      if (opened !== undefined)
        fail("I5", `${device.node.name} was removed and opens ${opened.kind} ${opened.counter} of ${opened.author}`);
    }
  }
}

function wasWrittenSince({ kind, rosterSeq }: ParsedEnvelope, seq: number): boolean {
  return kind !== "rekey" && rosterSeq >= seq;
}
