/** Valid bytes of every form, made once: one vault with its device, its host and one answered question. */
import * as Y from "yjs";
import { createAnnouncement } from "#crypto/announcement.ts";
import { createDeviceKeys } from "#crypto/device.ts";
import { createDocKey, sealRekey } from "#crypto/docKeys.ts";
import { sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, ROSTER_HEAD_BYTES } from "#crypto/envelopeHeader.ts";
import { encodeRequest, sealGrant } from "#crypto/grant.ts";
import { bootIdFromBytes, docIdFromBytes, runIdFromBytes, type DocId, type RunId } from "#crypto/ids.ts";
import { createLane } from "#crypto/lane.ts";
import { laneClientId } from "#crypto/laneHeader.ts";
import { readRoster } from "#crypto/roster.ts";
import { createAddHost, createGenesis, createRotate } from "#crypto/rosterEntries.ts";
import { createVaultKey } from "#crypto/vaultKeys.ts";
import { createCatalog } from "../../docs/catalog.ts";
import { createChat } from "../../docs/chat.ts";
import { runRoots } from "../../docs/run.ts";
import { step } from "../../room.ts";
import { createRoomState } from "../../roomState.ts";

export type FuzzWorld = ReturnType<typeof createFuzzWorld>;

export function createFuzzWorld(noise: (length: number) => Uint8Array) {
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
  const chatUpdate = makeChatUpdate(run, device.id);
  const update = sealEnvelope({ ...place, kind: "update", counter: 2, prev: envelopeHash(rekey), body: chatUpdate });
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
  const presence = sealEnvelope({ ...place, kind: "ephemeral", counter: 0, prev: NO_PREV, body: noise(40) });
  const vaultKeys = new Map([[1, vaultKey]]);
  const beginning = { doc, device: device.id, roster, vaultKeys };
  const [room] = step(createRoomState(beginning), { type: "journal", envelopes: [rekey, update] });
  const announcement = createAnnouncement({
    host,
    boot,
    bootBox,
    time: 5,
    info: { kind: "model", label: "M", models: ["m"], defaultModel: "m" },
  });
  const clientId = laneClientId(run, lane.id);
  return {
    noise,
    device,
    host,
    vaultKey,
    genesis,
    addHost,
    rotate,
    roster,
    doc,
    run,
    boot,
    bootBox,
    docKey,
    rekey,
    update,
    grant,
    grantClear,
    request,
    lane,
    accept,
    presence,
    beginning,
    room,
    announcement,
    clientId,
    chatUpdate,
    catalogUpdate: makeCatalogUpdate(doc, run),
    laneUpdate: makeLaneUpdate(run, clientId),
  };
}

function makeChatUpdate(run: RunId, device: Parameters<ReturnType<typeof createChat>["ask"]>[0]["device"]): Uint8Array {
  const doc = new Y.Doc();
  doc.clientID = 7;
  const chat = createChat(doc);
  const asked = { question: "aa", answer: "ab", parent: null, text: "Good morning", model: null, device, at: 5 };
  chat.ask({ run, ...asked });
  chat.setDraft("and then");
  chat.stop(run, 6);
  return Y.encodeStateAsUpdate(doc);
}

function makeCatalogUpdate(id: DocId, run: RunId): Uint8Array {
  const doc = new Y.Doc();
  doc.clientID = 8;
  const catalog = createCatalog(doc);
  catalog.addChat(id, 5);
  catalog.rename(id, "A title");
  catalog.setWaiting(id, run, true);
  return Y.encodeStateAsUpdate(doc);
}

function makeLaneUpdate(run: RunId, clientId: number): Uint8Array {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  doc.getText(runRoots(run).text).insert(0, "An answer");
  doc.getArray(runRoots(run).steps).push([{ kind: "cite", at: [1, 2] }]);
  doc.getMap(runRoots(run).meta).set("promptTokens", 3);
  doc.getMap(runRoots(run).meta).set("end", "done");
  return Y.encodeStateAsUpdate(doc);
}
