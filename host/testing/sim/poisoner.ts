/**
 * A member that went bad: a device's own keys in the hands of a program that writes into its docs what no app of ours would. It reads the log to go
 * on from its device's chain, so that what it sends is signed, in order, and stored.
 */
import * as Y from "yjs";
import { sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, parseEnvelope, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import type { DocId } from "#crypto/ids.ts";
import { applyRosterEntry, readRoster, type Roster } from "#crypto/roster.ts";
import { openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import { createConnection } from "#sync/connection.ts";
import type { Identity } from "#sync/identity.ts";
import type { Clock, OpenLink } from "#sync/ports.ts";
import { docKeysIn } from "./logKeys.ts";
import type { Prng } from "./prng.ts";
import { ROGUE_MARK } from "./rogueAgent.ts";

export const POISONS = [
  /** Bytes that are no update; an update of the other encoding; the beginning of one. */
  "garbage",
  "v2",
  "cut",
  /** More than is ever shown to Yjs. */
  "huge",
  /** Sealed under a key of its own; under a key that a removed member holds; in an epoch that nobody began. */
  "wrongKey",
  "oldEpoch",
  "noEpoch",
  /** Something in order and well-formed, by somebody who was removed meanwhile, in the roster of before. */
  "late",
] as const;
export type Poison = (typeof POISONS)[number];

/** These the relay refuses, or they wait for a key that never comes, or Yjs reads nothing in them: none harms the doc. */
export const POISONS_WITHOUT_EFFECT: readonly Poison[] = ["oldEpoch", "noEpoch", "v2", "late"];

export interface PoisonerOptions {
  readonly identity: Identity;
  readonly clock: Clock;
  readonly random: Prng;
  readonly openLink: OpenLink;
  readonly docs: readonly DocId[];
  readonly poison: Poison;
  /** The relay has it. */
  readonly onStored: (doc: DocId) => void;
}

const retryMs = 300;

export function startPoisoner(options: PoisonerOptions): void {
  const { identity, clock, random: prng, openLink, docs, poison, onStored } = options;
  const { keys } = identity;
  const random = (length: number): Uint8Array => prng.bytes(length);
  let entries = [...identity.entries];
  const connection = createConnection({
    clock,
    random,
    openLink,
    keys,
    vault: readRoster(entries).vault,
    isTrustedRelay: () => true,
    events: {
      onRoster: (_vault, from, news) => {
        entries = [...entries.slice(0, from), ...news.map((entry) => entry.slice())];
      },
      onState: ({ phase }) => {
        if (phase === "live") connection.getRoster(0);
      },
    },
  });
  for (const doc of docs) readToEnd(doc);

  function readToEnd(doc: DocId): void {
    const log: ParsedEnvelope[] = [];
    let isDone = false;
    const subscription = connection.subscribe(doc, {
      cursor: () => 0,
      onSent: () => {
        log.length = 0;
      },
      onEntries: (page, _head, more) => {
        if (isDone) return;
        for (const { envelope } of page) log.push(parseEnvelope(envelope.slice()));
        if (more) return;
        isDone = true;
        subscription.leave();
        void poisonDoc(doc, log);
      },
    });
  }

  async function poisonDoc(doc: DocId, log: readonly ParsedEnvelope[]): Promise<void> {
    const roster = entries.reduce<Roster | null>((before, entry) => applyRosterEntry(before, entry), null);
    const docKeys = docKeysIn(log, openRosterVaultKeys(entries, keys));
    const epochs = [...docKeys.keys()].sort((a, b) => a - b);
    const last = log.filter(({ author }) => author === keys.id).at(-1);
    const newest = epochs.at(-1);
    const epoch = poison === "noEpoch" ? (newest ?? 0) + 3 : poison === "oldEpoch" ? epochs[0] : newest;
    if (roster === null || epoch === undefined || newest === undefined) return;
    const [known] = docKeys.get(epoch) ?? [];
    const envelope = sealEnvelope({
      kind: "update",
      doc,
      epoch,
      author: keys.id,
      counter: (last?.counter ?? 0) + 1,
      prev: last === undefined ? NO_PREV : envelopeHash(last.bytes),
      ...namedRoster(roster),
      body: makeBody(),
      docKey: poison === "wrongKey" || known === undefined ? random(32) : known,
      signingKey: keys.sign,
      random,
    });
    for (;;) {
      const reply = await connection.append(envelope);
      if (reply.kind === "ack") return onStored(doc);
      if (reply.kind === "nack") return;
      await new Promise<void>((resolve) => void clock.after(retryMs, resolve));
    }
  }

  /** The newest that it knows, or the one with which it came here. */
  function namedRoster(newest: Roster): { readonly rosterSeq: number; readonly rosterHead: Uint8Array } {
    const { seq, head } = poison === "late" ? readRoster(identity.entries) : newest;
    return { rosterSeq: seq, rosterHead: head.slice(0, 8) };
  }

  function makeBody(): Uint8Array {
    const yDoc = new Y.Doc();
    yDoc.clientID = 1 + prng.below(1_000_000);
    yDoc.getText("draft").insert(0, poison === "late" ? `‹${ROGUE_MARK}-late›` : "poison");
    switch (poison) {
      case "garbage":
        return random(prng.between(1, 120)).fill(0xff, 0, 1);
      case "v2":
        // oxlint-disable-next-line sovereign/yjs-v1 -- reason: it is made here so that our decoder meets it, and never decoded.
        return Y.encodeStateAsUpdateV2(yDoc);
      case "cut":
        return Y.encodeStateAsUpdate(yDoc).slice(0, -3);
      case "huge":
        yDoc.getText("draft").insert(0, "x".repeat(60_000));
        return Y.encodeStateAsUpdate(yDoc);
      default:
        return Y.encodeStateAsUpdate(yDoc);
    }
  }
}
