/** Rooms of several devices around one log with snapshots, each with the document that comes of it: no link, no storage, no time. */
import * as Y from "yjs";
import { hexToBytes } from "#crypto/bytes.ts";
import type { DeviceKeys } from "#crypto/device.ts";
import type { EnvelopeKind } from "#crypto/envelopeHeader.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster } from "#crypto/roster.ts";
import { openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import { encodeSnapshotClear } from "#crypto/snapshotHeader.ts";
import type { LogEntry } from "../frame.ts";
import { untilSnapshot } from "../log.ts";
import { step } from "../room.ts";
import { coverageOf } from "../roomSnapshot.ts";
import { createRoomState, type RoomEffect, type RoomEvent, type RoomState } from "../roomState.ts";
import { sealNext, sealRekeyNext } from "../sealer.ts";
import { digestOf, packSnapshot, unpackSnapshot } from "../snapshot.ts";
import { markOf, marksOf } from "./marks.ts";
import type { TestMembers } from "./testMembers.ts";

export interface Side {
  state: RoomState;
  readonly keys: DeviceKeys;
  effects: RoomEffect[];
  readonly doc: Y.Doc;
}

const NOTHING: Uint8Array = new Uint8Array(0);

export function createSide(members: TestMembers, keys: DeviceKeys, entries = members.entries): Side {
  const vaultKeys = openRosterVaultKeys(entries, keys);
  const state = createRoomState({ doc: members.doc, device: keys.id, roster: readRoster(entries), vaultKeys });
  return { state, keys, effects: [], doc: new Y.Doc() };
}

export function happen(side: Side, event: RoomEvent): void {
  const [next, effects] = step(side.state, event);
  side.state = next;
  side.effects.push(...effects);
  for (const effect of effects) if (effect.type === "write") Y.applyUpdate(side.doc, effect.update);
}

/** The roster as it stands by then. */
export function learn(side: Side, entries: readonly Uint8Array[]): void {
  const vaultKeys = openRosterVaultKeys(entries, side.keys);
  happen(side, { type: "roster", roster: readRoster(entries), vaultKeys });
}

/** By pages, as a relay cuts them. */
export function show(side: Side, entries: readonly LogEntry[], log: readonly LogEntry[], more = false): void {
  for (let left = entries; ;) {
    const page = untilSnapshot(left);
    left = left.slice(page.length);
    const marks = marksOf(page, log.length);
    happen(side, { type: "entries", entries: page, head: log.length, more: more || left.length > 0, marks });
    if (left.length === 0) return;
  }
}

/** What a replica does with a snapshot that is held. */
export async function readHeld(side: Side): Promise<void> {
  const held = side.effects.findLast((effect) => effect.type === "readSnapshot");
  if (held === undefined) throw new Error("nothing is held");
  const { lanes, grants, update } = await unpackSnapshot(held.body);
  Y.applyUpdate(side.doc, update);
  happen(side, { type: "snapshotRead", lanes, ...(grants === undefined ? {} : { grants }) });
  happen(side, { type: "folded" });
}

export function seal(side: Side, make: () => Uint8Array): Uint8Array {
  const envelope = make();
  happen(side, { type: "sealed", envelope });
  return envelope;
}

export const send = (side: Side, kind: EnvelopeKind, clear = NOTHING, body = NOTHING): Uint8Array =>
  seal(side, () => sealNext({ keys: side.keys, random: systemRandom }, side.state, kind, clear, body));

export const rekey = (side: Side): Uint8Array =>
  seal(side, () => sealRekeyNext({ keys: side.keys, random: systemRandom }, side.state));

export function write(side: Side, text: string): Uint8Array {
  const before = Y.encodeStateVector(side.doc);
  side.doc.getText("draft").insert(0, text);
  return send(side, "update", NOTHING, Y.encodeStateAsUpdate(side.doc, before));
}

/** Of all that this side knows; the log is as it stands. */
export async function snapshot(
  { state, doc }: Side,
  log: readonly LogEntry[],
): Promise<{ clear: Uint8Array; body: Uint8Array }> {
  const { lanes, openGrants, lentEpoch } = state;
  const update = Y.encodeStateAsUpdate(doc);
  const previous = hexToBytes(state.compaction.newest?.hash ?? "00".repeat(32)) ?? NOTHING;
  const { hash: mark } = markOf(log.length);
  return {
    clear: encodeSnapshotClear({ cursor: log.length, mark, previous, coverage: coverageOf(state) }),
    body: await packSnapshot({ digest: digestOf(doc), lanes, update, grants: { openGrants, lentEpoch } }),
  };
}

export const textOf = ({ doc }: Side): string => doc.getText("draft").toString();
