/** An agent for tests of the device's side: real grants, real lanes, canned answers. The product's own is host/agent. */
import { createAnnouncement } from "#crypto/announcement.ts";
import { boxKeyFromSeed, createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, parseEnvelope, type EnvelopeKind } from "#crypto/envelopeHeader.ts";
import { parseGrantClear, WAITING_BOOT } from "#crypto/grantHeader.ts";
import { openGrant, decodeRequest, type Grant } from "#crypto/grant.ts";
import { openEnvelope } from "#crypto/envelope.ts";
import { bootIdFromBytes, type BootId, type RunId } from "#crypto/ids.ts";
import { createLane } from "#crypto/lane.ts";
import { finalClear } from "#crypto/laneHeader.ts";
import { liveTextKey, sealLiveText, type LiveText } from "#crypto/liveText.ts";
import { systemRandom } from "#crypto/random.ts";
import { applyRosterEntry, type Roster } from "#crypto/roster.ts";
import * as Y from "yjs";
import { createConnection, type Connection } from "../connection.ts";
import { runRoots } from "../docs/run.ts";
import { liveTagOf } from "../frame.ts";
import type { Clock } from "../ports.ts";
import type { MemoryRelay } from "./memoryRelay.ts";

export interface TestAgent {
  readonly host: DeviceKeys;
  readonly boot: BootId;
  /** Runs taken so far, in order. */
  readonly taken: readonly RunId[];
  readonly connection: Connection;
  /** Says again that it is there, by a clock that is this far ahead. */
  announce(aheadMs: number): void;
  stop(): void;
}

export interface TestLane {
  readonly run: RunId;
  readonly grant: Grant;
  /** Writes into the lane's own replica and sends what changed. */
  write(change: (doc: Y.Doc) => void): Promise<void>;
  /** Sends any bytes as an update of the lane. */
  send(kind: EnvelopeKind, clear: Uint8Array, body: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  /** Live text, numbered as it comes unless told otherwise. */
  say(piece: LiveText, changes?: { readonly counter?: number; readonly docKey?: Uint8Array }): void;
}

export interface TestAgentOptions {
  readonly clock: Clock;
  readonly host?: DeviceKeys;
  /** What it does with a run it took; left out, it answers with two words. */
  readonly answer?: (lane: TestLane) => Promise<void>;
  /** How far its clock is ahead. */
  readonly aheadMs?: number;
  /** Whether it takes an offer at all. */
  readonly accepts?: () => boolean;
}

export function startTestAgent(relay: MemoryRelay, options: TestAgentOptions): TestAgent {
  const host = options.host ?? createDeviceKeys(systemRandom);
  const boot = bootIdFromBytes(systemRandom(16));
  const bootBox = boxKeyFromSeed(systemRandom(32));
  const taken: RunId[] = [];
  let roster: Roster | null = null;

  const connection = createConnection({
    clock: options.clock,
    random: systemRandom,
    openLink: relay.openLink,
    keys: host,
    vault: null,
    isTrustedRelay: () => true,
    events: {
      onRoster: (_vault, from, entries) => {
        if (from === 0) roster = null;
        for (const entry of entries) roster = applyRosterEntry(roster, entry.slice());
      },
      onOffer: (_doc, _seq, envelope) => void take(envelope.slice()),
    },
  });
  const info = { kind: "guide" as const, label: "Guide, not a model", models: ["guide"], defaultModel: "guide" };
  const announce = (aheadMs: number): void =>
    connection.announce(createAnnouncement({ host, boot, bootBox, time: options.clock.now() + aheadMs, info }));
  announce(options.aheadMs ?? 0);

  async function take(envelope: Uint8Array): Promise<void> {
    const parsed = parseEnvelope(envelope);
    const isWaiting = parseGrantClear(parsed.clear).boot === WAITING_BOOT;
    const grant = openGrant(parsed.clear, isWaiting ? host.box : bootBox);
    if (grant === null || options.accepts?.() === false || taken.includes(grant.run)) return;
    decodeRequest(openEnvelope(parsed, grant.docKey));
    taken.push(grant.run);
    const lane = await openLane(grant);
    await (options.answer ?? answerTwoWords)(lane);
  }

  async function openLane(grant: Grant): Promise<TestLane> {
    const { run, doc, epoch, docKey } = grant;
    const lane = createLane({ run, doc, host, boot, random: systemRandom });
    const laneDoc = new Y.Doc();
    laneDoc.clientID = lane.clientId;
    let counter = 0;
    let prev = NO_PREV;
    const send = async (kind: EnvelopeKind, clear: Uint8Array, body: Uint8Array): Promise<void> => {
      if (roster === null) throw new Error("no roster");
      counter += 1;
      const place = {
        doc,
        epoch,
        author: lane.id,
        counter,
        prev,
        rosterSeq: roster.seq,
        rosterHead: roster.head.slice(0, 8),
      };
      const envelope = sealEnvelope({
        ...place,
        kind,
        clear,
        body,
        docKey,
        signingKey: lane.signingKey,
        random: systemRandom,
      });
      prev = envelopeHash(envelope);
      await connection.append(envelope);
    };
    await send("accept", lane.acceptClear, new Uint8Array(0));
    let said = 0;
    return {
      run,
      grant,
      send,
      say: (piece, changes = {}) => {
        said = changes.counter ?? said + 1;
        const key = liveTextKey(changes.docKey ?? docKey, lane.id);
        connection.sendLive(liveTagOf(lane.id), said, sealLiveText(piece, said, key));
      },
      write: async (change) => {
        const before = Y.encodeStateVector(laneDoc);
        laneDoc.transact(() => change(laneDoc));
        await send("update", new Uint8Array(0), Y.encodeStateAsUpdate(laneDoc, before));
      },
      finish: async () => {
        laneDoc.getMap(runRoots(run).meta).set("end", "done");
        await send("final", finalClear(2, counter), Y.encodeStateAsUpdate(laneDoc));
      },
    };
  }

  return { host, boot, taken, connection, announce, stop: () => connection.close() };
}

async function answerTwoWords(lane: TestLane): Promise<void> {
  const roots = runRoots(lane.run);
  await lane.write((doc) => doc.getMap(roots.meta).set("acceptedAt", 1));
  await lane.write((doc) => doc.getText(roots.text).insert(0, "Hello "));
  await lane.write((doc) => doc.getText(roots.text).insert(6, "there"));
  await lane.finish();
}
