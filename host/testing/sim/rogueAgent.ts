/**
 * An agent that was talked into something, or taken over: it has the host's keys, takes real grants, certifies real lanes, and then writes what a
 * lane may not. Whatever it writes that must never be shown has a mark of its own.
 */
import * as Y from "yjs";
import { createAnnouncement } from "#crypto/announcement.ts";
import { boxKeyFromSeed, type DeviceKeys } from "#crypto/device.ts";
import { sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, parseEnvelope, type EnvelopeKind } from "#crypto/envelopeHeader.ts";
import { openGrant, type Grant } from "#crypto/grant.ts";
import { bootIdFromBytes, runIdFromBytes } from "#crypto/ids.ts";
import { createLane } from "#crypto/lane.ts";
import { finalClear } from "#crypto/laneHeader.ts";
import { applyRosterEntry, type Roster } from "#crypto/roster.ts";
import { createConnection } from "#sync/connection.ts";
import { runRoots } from "#sync/docs/run.ts";
import type { Clock, OpenLink } from "#sync/ports.ts";
import type { Attempt } from "./agentNode.ts";
import { openWith } from "./logKeys.ts";
import type { Prng } from "./prng.ts";

export const ROGUERIES = [
  /** Words in the draft, a message, a note; in the answer to another question. */
  "draft",
  "messages",
  "notes",
  "otherRun",
  /** Somebody's words, taken out. */
  "erase",
  /** Before its own words. */
  "prepend",
  "format",
  /** A FINAL that says something else than the stream did. */
  "forgeFinal",
  /** After it said that it was done. */
  "afterEnd",
  "afterFinal",
  /** What is no update at all, and what is too much for one. */
  "garbage",
  "huge",
] as const;
export type Roguery = (typeof ROGUERIES)[number];

/** In whatever it writes where it must not show. */
export const ROGUE_MARK = "ROGUE";

export interface RogueOptions {
  readonly keys: DeviceKeys;
  readonly clock: Clock;
  readonly random: Prng;
  readonly openLink: OpenLink;
  readonly roguery: Roguery;
  readonly beginAttempt: () => Attempt;
}

/** Lives for as long as its node does. */
export function startRogue({ keys, clock, random: prng, openLink, roguery, beginAttempt }: RogueOptions): void {
  const random = (length: number): Uint8Array => prng.bytes(length);
  const boot = bootIdFromBytes(random(16));
  const bootBox = boxKeyFromSeed(random(32));
  const taken = new Set<string>();
  let roster: Roster | null = null;
  const connection = createConnection({
    clock,
    random,
    openLink,
    keys,
    vault: null,
    isTrustedRelay: () => true,
    events: {
      onRoster: (_vault, from, entries) => {
        if (from === 0) roster = null;
        for (const entry of entries) roster = applyRosterEntry(roster, entry.slice());
      },
      onOffer: (_doc, _seq, envelope) => {
        const grant = openGrant(parseEnvelope(envelope.slice()).clear, bootBox);
        if (grant === null || taken.has(grant.run)) return;
        taken.add(grant.run);
        void answer(grant);
      },
    },
  });
  const info = { kind: "model" as const, label: "Rogue", models: ["sim"], defaultModel: "sim" };
  connection.announce(createAnnouncement({ host: keys, boot, bootBox, time: clock.now(), info }));

  async function answer(grant: Grant): Promise<void> {
    const { run, doc } = grant;
    const lane = createLane({ run, doc, host: keys, boot, random });
    const laneDoc = new Y.Doc();
    laneDoc.clientID = lane.clientId;
    const roots = runRoots(run);
    const attempt = beginAttempt();
    let counter = 0;
    let prev = NO_PREV;
    const send = async (kind: EnvelopeKind, clear: Uint8Array, body: Uint8Array): Promise<void> => {
      if (roster === null) return;
      counter += 1;
      const { seq: rosterSeq, head } = roster;
      const { epoch, docKey } = grant;
      const place = { doc, epoch, author: lane.id, counter, prev, rosterSeq, rosterHead: head.slice(0, 8) };
      const envelope = sealEnvelope({ ...place, kind, clear, body, docKey, signingKey: lane.signingKey, random });
      prev = envelopeHash(envelope);
      await connection.append(envelope);
    };
    const write = async (change: () => void): Promise<void> => {
      const before = Y.encodeStateVector(laneDoc);
      laneDoc.transact(change);
      await send("update", NOTHING, Y.encodeStateAsUpdate(laneDoc, before));
    };
    const text = laneDoc.getText(roots.text);
    const say = (words: string): Promise<void> => {
      attempt.sent += words;
      return write(() => text.insert(text.length, words));
    };
    const evil = `‹${ROGUE_MARK}-${attempt.name}›`;
    await send("accept", lane.acceptClear, NOTHING);
    await write(() => laneDoc.getMap(roots.meta).set("acceptedAt", clock.now()));
    for (let words = prng.between(1, 4); words > 0; words--) await say(`${attempt.name}.${words} `);
    switch (roguery) {
      case "draft":
        return write(() => laneDoc.getText("draft").insert(0, evil));
      case "messages":
      case "notes":
        return write(() => laneDoc.getMap(roguery).set(evil, evil));
      case "otherRun":
        return write(() => laneDoc.getText(runRoots(runIdFromBytes(random(16))).text).insert(0, evil));
      case "erase": {
        for (const body of await readLog(grant)) applyQuietly(laneDoc, body);
        const draft = laneDoc.getText("draft");
        return write(() => draft.delete(0, draft.length));
      }
      case "prepend":
        return write(() => text.insert(0, evil));
      case "format":
        return write(() => text.format(0, 1, { bold: evil }));
      case "forgeFinal": {
        attempt.forged = { doc, text: evil };
        const forged = new Y.Doc();
        forged.clientID = lane.clientId;
        forged.getText(roots.text).insert(0, evil);
        forged.getMap(roots.meta).set("end", "done");
        return send("final", finalClear(2, counter), Y.encodeStateAsUpdate(forged));
      }
      case "afterEnd":
      case "afterFinal":
        attempt.isWhole = true;
        await write(() => laneDoc.getMap(roots.meta).set("end", "done"));
        if (roguery === "afterFinal") await send("final", finalClear(2, counter), Y.encodeStateAsUpdate(laneDoc));
        return write(() => text.insert(text.length, evil));
      case "garbage":
        return send("update", NOTHING, random(prng.between(1, 80)));
      case "huge":
        return write(() => text.insert(text.length, evil.padEnd(70_000, "x")));
    }
  }

  /** What the key that was lent opens of the log. */
  function readLog({ doc, docKey }: Grant): Promise<readonly Uint8Array[]> {
    const bodies: Uint8Array[] = [];
    return new Promise((resolve) => {
      const subscription = connection.subscribe(doc, {
        cursor: () => 0,
        onEntries: (entries, _head, more) => {
          for (const { envelope } of entries) {
            const body = openWith(parseEnvelope(envelope.slice()), [docKey]);
            if (body !== null) bodies.push(body);
          }
          if (more) return;
          subscription.leave();
          resolve(bodies);
        },
      });
    });
  }
}

const NOTHING = new Uint8Array(0);

function applyQuietly(doc: Y.Doc, body: Uint8Array): void {
  try {
    Y.applyUpdate(doc, body);
  } catch {
    // reason: a request or a receipt is no update.
  }
}
