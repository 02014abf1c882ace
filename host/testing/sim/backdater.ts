/**
 * A removed member and a relay that helps it: once a REKEY says where its chain in a doc ends, an envelope that goes on from there, sealed under the last
 * key that it had and naming the roster of before, turns up in that doc's log, now here and now there, for whoever reads it (RM7).
 */
import * as Y from "yjs";
import { sealEnvelope } from "#crypto/envelope.ts";
import { NO_PREV, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { parseRekeyClear } from "#crypto/rekeyHeader.ts";
import { readRoster } from "#crypto/roster.ts";
import { openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import type { Covered } from "#crypto/snapshotHeader.ts";
import type { Identity } from "#sync/identity.ts";
import type { DeviceNode } from "./device.ts";
import { docKeysIn } from "./logKeys.ts";
import { removeDevice } from "./mishaps.ts";
import type { Prng } from "./prng.ts";
import { ROGUE_MARK } from "./rogueAgent.ts";
import type { Stage } from "./stage.ts";

/** How often the two look whether a doc is ripe. */
const lookEveryMs = 100;

export function backdate(stage: Stage, by: DeviceNode | undefined, device: DeviceNode | undefined): void {
  if (by === undefined || device === undefined || by.vault === null || device.vault === null || device.isRemoved)
    return;
  const { world, oracle, relay, wire } = stage;
  oracle.excuse("its device went bad", device.node.name, null, false);
  removeDevice(stage, by, device);
  const bad = world.createNode("backdater");
  bad.life += 1;
  bad.isUp = true;
  void device.giveUp().then((identity) => {
    if (identity === null) return;
    const done = new Set<string>();
    const look = (): void => {
      const removedSeq = relay.node.isUp ? relay.removedSeqOf(identity.keys.id) : null;
      if (removedSeq !== null) {
        for (const [doc, log] of relay.logs()) {
          const envelope = done.has(doc) ? null : forge(identity, log, bad.random);
          if (envelope === null) continue;
          done.add(doc);
          wire.slipIn(doc, envelope, removedSeq);
        }
      }
      world.after(bad, lookEveryMs, "look", look);
    };
    world.after(bad, lookEveryMs, "look", look);
  });
}

/** `null`: nobody has said yet where its chain ends. */
function forge({ keys, entries }: Identity, log: readonly ParsedEnvelope[], prng: Prng): Uint8Array | null {
  const end = endIn(log, keys.id);
  const docKeys = docKeysIn(log, openRosterVaultKeys(entries, keys));
  const epoch = Math.max(...docKeys.keys());
  const [docKey] = docKeys.get(epoch) ?? [];
  const [first] = log;
  if (end === null || docKey === undefined || first === undefined) return null;
  const { seq, head } = readRoster(entries);
  const yDoc = new Y.Doc();
  yDoc.clientID = 1 + prng.below(1_000_000);
  yDoc.getText("draft").insert(0, `‹${ROGUE_MARK}-late›`);
  // Behind the end, or another one in its very place.
  const atEnd = log.find(({ author, counter }) => author === keys.id && counter === end.counter);
  const isInPlace = atEnd !== undefined && prng.chance(0.3);
  return sealEnvelope({
    kind: "update",
    doc: first.doc,
    epoch,
    author: keys.id,
    counter: isInPlace ? end.counter : end.counter + 1,
    prev: isInPlace ? atEnd.prev : end.counter === 0 ? NO_PREV : end.hash,
    rosterSeq: seq,
    rosterHead: head.slice(0, 8),
    clear: new Uint8Array(0),
    body: Y.encodeStateAsUpdate(yDoc),
    docKey,
    signingKey: keys.sign,
    random: (length) => prng.bytes(length),
  });
}

/** The furthest that anybody else said. */
function endIn(log: readonly ParsedEnvelope[], member: string): Covered | null {
  const ends = log
    .filter(({ kind, author }) => kind === "rekey" && author !== member)
    .flatMap((parsed) => parseRekeyClear(parsed).ends)
    .filter(({ author }) => author === member);
  return ends.toSorted((a, b) => b.counter - a.counter)[0] ?? null;
}
