/**
 * Feeds every decoder of crypto/ and sync/ with bytes that a stranger might send: real ones with bits flipped, cut, grown and spliced, and plain noise; each
 * whole and cut off byte by byte. A decoder may refuse with its folder's own error and in no other way, and it may not take long.
 *
 *   node sync/testing/fuzz.ts --seconds 60 [--seed 1]
 */
import { parseArgs } from "node:util";
import * as Y from "yjs";
import { createAnnouncement, openAnnouncement } from "#crypto/announcement.ts";
import { bytesToUtf8, utf8ToBytes } from "#crypto/bytes.ts";
import { claimLinkFragment, createClaim, parseClaimLink } from "#crypto/claim.ts";
import { createDeviceKeys, decodeDeviceKeys, encodeDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { createDocKey, sealRekey } from "#crypto/docKeys.ts";
import { openEnvelope, sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, parseEnvelope, ROSTER_HEAD_BYTES } from "#crypto/envelopeHeader.ts";
import { CryptoError } from "#crypto/errors.ts";
import { decodeRequest, encodeRequest, openGrant, sealGrant } from "#crypto/grant.ts";
import { parseGrantClear } from "#crypto/grantHeader.ts";
import { authorIdFromBytes, bootIdFromBytes, docIdFromBytes, runIdFromBytes } from "#crypto/ids.ts";
import { createLane } from "#crypto/lane.ts";
import { finalClear, laneClientId, parseAccept, parseFinalClear } from "#crypto/laneHeader.ts";
import { parseRekeyClear } from "#crypto/rekeyHeader.ts";
import { applyRosterEntry, parseRosterEntry, readRoster } from "#crypto/roster.ts";
import { createAddHost, createGenesis, createRotate } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createVaultKey } from "#crypto/vaultKeys.ts";
import { VaultError } from "../errors.ts";
import { decodeFrame, encodeFrame } from "../frame.ts";
import { decodeIdentity, encodeIdentity } from "../identity.ts";
import { createKnownState } from "../knownState.ts";
import { step } from "../room.ts";
import { decodeBase, decodePlace, encodeBase, encodePlace } from "../roomBase.ts";
import { createRoomState } from "../roomState.ts";
import { mergeRoster, createRosterCopy } from "../rosterCopy.ts";
import { createScope } from "../scope.ts";
import { runRoots } from "../docs/run.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, seed: { type: "string", default: "1" } },
});
const slowMsMax = 250;
/** Each decoder is fed for this long before it is the next one's turn. */
const turnMs = 200;

interface Target {
  readonly name: string;
  /** Bytes that it takes. */
  readonly good: readonly Uint8Array[];
  readonly feed: (bytes: Uint8Array) => void;
}

/** mulberry32: small, and the same everywhere. */
function createRandom(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const below = createRandom(Number(values.seed));
const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256));

/** One small harm, of the kinds that parsers fall for. */
function harm(bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const copy = bytes.slice();
  const at = below(Math.max(1, copy.length));
  switch (below(8)) {
    case 0:
      copy[at] = (copy[at] ?? 0) ^ (1 << below(8));
      return copy;
    case 1:
      copy[at] = [0, 1, 0x7f, 0x80, 0xff][below(5)] ?? 0;
      return copy;
    case 2:
      return copy.subarray(0, at);
    case 3:
      return Uint8Array.from([...copy, ...noise(1 + below(40))]);
    case 4: {
      // A length that promises too much.
      for (let index = at; index < Math.min(at + 4, copy.length); index++) copy[index] = 0xff;
      return copy;
    }
    case 5: {
      const other = others[below(others.length)] ?? copy;
      return Uint8Array.from([...copy.subarray(0, at), ...other.subarray(below(other.length + 1))]);
    }
    case 6:
      copy.copyWithin(at, below(Math.max(1, copy.length)), below(copy.length + 1));
      return copy;
    default:
      return Uint8Array.from([...copy.subarray(0, at), ...noise(1 + below(8)), ...copy.subarray(at)]);
  }
}

function createTargets(): readonly Target[] {
  const device = createDeviceKeys(noise);
  const host = createDeviceKeys(noise);
  const vaultKey = createVaultKey(noise);
  const genesis = createGenesis({ device, name: "Laptop", vaultKey, random: noise });
  const first = readRoster([genesis]);
  const relayKey = createDeviceKeys(noise).sign.publicKey;
  const hostCard = { signKey: host.sign.publicKey, boxKey: host.box.publicKey, relayKey };
  const addHost = createAddHost({ roster: first, by: device, host: hostCard, name: "Host", vaultKey, random: noise });
  const roster = readRoster([genesis, addHost]);
  const rotate = createRotate({ roster, by: device, vaultKey, newVaultKey: createVaultKey(noise), random: noise });
  const doc = docIdFromBytes(noise(16));
  const run = runIdFromBytes(noise(16));
  const boot = bootIdFromBytes(noise(16));
  const bootBox = createDeviceKeys(noise).box;
  const docKey = createDocKey(noise);
  const place = {
    doc,
    epoch: 1,
    author: device.id,
    rosterSeq: roster.seq,
    rosterHead: roster.head.slice(0, ROSTER_HEAD_BYTES),
    docKey,
    signingKey: device.sign,
    random: noise,
  };
  const rekey = sealRekey({ ...place, generation: 1, vaultKey, previousDocKey: null, counter: 1, prev: NO_PREV });
  const yDoc = new Y.Doc();
  yDoc.getText("draft").insert(0, "Good morning");
  yDoc.getMap("messages").set("a", new Y.Map([["text", new Y.Text("words")]]));
  const update = sealEnvelope({
    ...place,
    kind: "update",
    counter: 2,
    prev: envelopeHash(rekey),
    body: Y.encodeStateAsUpdate(yDoc),
  });
  const grantClear = sealGrant({
    grant: { run, doc, epoch: 1, docKey, notAfter: 9, maxBytes: 9 },
    host: host.id,
    boot,
    bootBoxKey: bootBox.publicKey,
  });
  const request = encodeRequest({ run, model: "m", parent: "ab", maxBytes: 9 });
  const grant = sealEnvelope({
    ...place,
    kind: "grant",
    clear: grantClear,
    counter: 3,
    prev: envelopeHash(update),
    body: request,
  });
  const lane = createLane({ run, doc, host, boot, random: noise });
  const accept = sealEnvelope({
    ...place,
    author: lane.id,
    signingKey: lane.signingKey,
    kind: "accept",
    clear: lane.acceptClear,
    counter: 1,
    prev: NO_PREV,
    body: new Uint8Array(0),
  });
  const laneDoc = new Y.Doc();
  laneDoc.clientID = laneClientId(run, lane.id);
  laneDoc.getText(runRoots(run).text).insert(0, "An answer");
  laneDoc.getMap(runRoots(run).meta).set("end", "done");
  const laneUpdate = Y.encodeStateAsUpdate(laneDoc);
  const vaultKeys = new Map([[1, vaultKey]]);
  const beginning = { doc, device: device.id, roster, vaultKeys };
  const [state] = step(createRoomState(beginning), { type: "journal", envelopes: [rekey, update] });
  const announcement = createAnnouncement({
    host,
    boot,
    bootBox,
    time: 5,
    info: { kind: "model", label: "M", models: ["m"], defaultModel: "m" },
  });
  const identity = {
    keys: device,
    localKey: noise(32),
    entries: [genesis, addHost],
    founding: { seed: noise(32), fingerprint: noise(16) },
  };
  const frames = [
    encodeFrame({ type: "hello", version: 1, vault: roster.vault, publicKey: device.sign.publicKey, nonce: noise(32) }),
    encodeFrame({
      type: "ok",
      vault: roster.vault,
      rosterSeq: 2,
      rosterHead: roster.head,
      standing: "device",
      claimable: false,
    }),
    encodeFrame({ type: "roster", vault: roster.vault, from: 0, entries: [genesis, addHost], claim: noise(64) }),
    encodeFrame({
      type: "entries",
      doc,
      entries: [
        { seq: 1, envelope: rekey },
        { seq: 2, envelope: update },
      ],
      head: 2,
      more: false,
      marks: { from: null, to: { seq: 2, hash: noise(16) } },
    }),
    encodeFrame({ type: "append", request: 1, envelope: update }),
    encodeFrame({ type: "nack", request: 1, code: "conflict", expected: 3 }),
    encodeFrame({ type: "host", host: host.id, announcement }),
    encodeFrame({ type: "error", code: "removed", says: "Gone." }),
  ];
  const scopeOf = () => createScope({ run, clientId: laneDoc.clientID, bytesMax: 1_000_000 });
  const openWith = (keys: DeviceKeys) => (bytes: Uint8Array) => void openGrant(bytes, keys.box);

  return [
    { name: "frame", good: frames, feed: (bytes) => void decodeFrame(bytes) },
    {
      name: "envelope",
      good: [rekey, update, grant, accept],
      feed: (bytes) => void openEnvelope(parseEnvelope(bytes), docKey),
    },
    { name: "rekey part", good: [rekey], feed: (bytes) => void parseRekeyClear(parseEnvelope(bytes)) },
    { name: "roster entry", good: [genesis, addHost, rotate], feed: (bytes) => void parseRosterEntry(bytes) },
    { name: "roster step", good: [rotate], feed: (bytes) => void applyRosterEntry(roster, bytes) },
    {
      name: "roster copy",
      good: [rotate],
      feed: (bytes) => void mergeRoster(createRosterCopy([genesis, addHost]), 2, [bytes]),
    },
    { name: "grant part", good: [grantClear], feed: (bytes) => void parseGrantClear(bytes) },
    { name: "grant box", good: [grantClear], feed: openWith(device) },
    { name: "request", good: [request], feed: (bytes) => void decodeRequest(bytes) },
    { name: "accept part", good: [lane.acceptClear], feed: (bytes) => void parseAccept(bytes) },
    { name: "final part", good: [finalClear(2, 9)], feed: (bytes) => void parseFinalClear(bytes) },
    { name: "announcement", good: [announcement], feed: (bytes) => void openAnnouncement(bytes) },
    {
      name: "claim link",
      good: [utf8ToBytes(claimLinkFragment({ seed: createClaim(noise).seed, fingerprint: noise(16) }))],
      feed: (bytes) => void parseClaimLink(bytesToText(bytes)),
    },
    { name: "device keys", good: [encodeDeviceKeys(device)], feed: (bytes) => void decodeDeviceKeys(bytes) },
    { name: "identity", good: [encodeIdentity(identity)], feed: (bytes) => void decodeIdentity(bytes) },
    {
      name: "journal base",
      good: [encodeBase(state, Y.encodeStateAsUpdate(yDoc))],
      feed: (bytes) => void decodeBase(bytes, beginning),
    },
    {
      name: "journal place",
      good: [
        encodePlace({
          cursor: 5,
          acked: 3,
          readRosterSeq: 1,
          receipts: new Map([[device.id, 2]]),
          mark: { seq: 5, hash: new Uint8Array(16) },
          logged: 3,
        }),
      ],
      feed: (bytes) => void decodePlace(bytes),
    },
    { name: "scope", good: [laneUpdate], feed: (bytes) => void scopeOf().check(bytes) },
    { name: "scope of a final", good: [laneUpdate], feed: (bytes) => void scopeOf().checkFinal(bytes) },
    // A room takes whatever a relay sends, and refuses nothing aloud.
    {
      name: "room",
      good: [update, grant, accept],
      feed: (bytes) =>
        void step(state, { type: "entries", entries: [{ seq: 3, envelope: bytes }], head: 3, more: false }),
    },
    {
      name: "room's presence",
      good: [update],
      feed: (bytes) => void step(state, { type: "ephemeral", envelope: bytes }),
    },
    { name: "author of an id", good: [noise(16)], feed: (bytes) => void authorIdFromBytes(bytes) },
    {
      name: "known state",
      good: [Y.encodeStateAsUpdate(yDoc)],
      feed: (bytes) => void tolerateYjs(() => createKnownState().isNews(bytes)),
    },
  ];
}

/** Any text, also one that is not well formed. */
function bytesToText(bytes: Uint8Array): string {
  try {
    return bytesToUtf8(bytes);
  } catch {
    return String.fromCharCode(...bytes.subarray(0, 1_000));
  }
}

/** Yjs throws what it likes; whoever calls it there says so and catches everything. What counts is that it ends. */
function tolerateYjs(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (error instanceof RangeError && error.message.includes("memory")) throw error;
  }
}

await sodiumReady;
const targets = createTargets();
const counts = new Map<string, { fed: number; refused: number; slowestMs: number; crash: string | null }>();

function feed({ name, feed: work }: Target, bytes: Uint8Array): void {
  const count = counts.get(name) ?? { fed: 0, refused: 0, slowestMs: 0, crash: null };
  counts.set(name, count);
  count.fed += 1;
  let tookMs = Infinity;
  // A machine that was busy with something else is asked again: what is slow by itself stays slow.
  for (let tries = 0; tries < 3 && tookMs > slowMsMax; tries++) {
    const begun = performance.now();
    try {
      work(bytes);
    } catch (error) {
      if (tries > 0) continue;
      if (error instanceof CryptoError || error instanceof VaultError) count.refused += 1;
      else count.crash ??= `${String(error)} on ${Buffer.from(bytes).toString("hex").slice(0, 400)}`;
    } finally {
      tookMs = Math.min(tookMs, performance.now() - begun);
    }
  }
  count.slowestMs = Math.max(count.slowestMs, tookMs);
}

for (const target of targets) {
  for (const good of target.good) {
    const cuts = good.length > 600 ? Array.from({ length: 600 }, () => below(good.length)) : Array.from(good.keys());
    for (const length of cuts) feed(target, good.slice(0, length));
  }
}
const everything = targets.flatMap(({ good }) => good);
const end = performance.now() + Number(values.seconds) * 1_000;
for (let turn = 0; performance.now() < end; turn++) {
  const target = targets[turn % targets.length];
  if (target === undefined) break;
  for (const turnEnd = performance.now() + turnMs; performance.now() < turnEnd;) {
    let bytes = target.good[below(target.good.length)] ?? noise(50);
    for (let harms = 1 + below(3); harms > 0; harms--) bytes = harm(bytes, everything);
    feed(target, bytes);
    if (below(10) === 0) feed(target, noise(below(400)));
  }
}

let isBad = false;
for (const [name, { fed, refused, slowestMs, crash }] of counts) {
  const isSlow = slowestMs > slowMsMax;
  isBad ||= crash !== null || isSlow;
  console.log(
    `${name.padEnd(18)} ${String(fed).padStart(9)} fed ${String(refused).padStart(9)} refused  slowest ${slowestMs.toFixed(1).padStart(6)} ms${isSlow ? "  TOO SLOW" : ""}${crash === null ? "" : `  CRASH ${crash}`}`,
  );
}
process.exitCode = isBad ? 1 : 0;
