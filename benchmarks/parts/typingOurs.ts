/**
 * Ours. A text that streams in is an answer in a chat: batches are sealed, chained and signed, and the end replaces them by one envelope. A text that
 * is typed is an artifact: an Automerge history in signed chunks within a Yjs document, whose updates are sealed as well.
 */
import { applyUpdate, Doc, encodeStateAsUpdate, mergeUpdates } from "yjs";
import { createDeviceKeys } from "#crypto/device.ts";
import { openEnvelope, sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, parseEnvelope, verifyEnvelope } from "#crypto/envelopeHeader.ts";
import { docIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { openArtifact } from "#sync/artifacts/artifact.ts";
import { loadEngine } from "#sync/artifacts/engine.ts";
import { serveTyping } from "./typing.mjs";

await sodiumReady;
const keys = createDeviceKeys(systemRandom);
const docKey = systemRandom(32);
const id = docIdFromBytes(systemRandom(16));

/** Seals what a document says, batch by batch, and counts it. */
function createSealer(doc: Doc) {
  let waiting: Uint8Array[] = [];
  let [counter, prev, sent] = [0, NO_PREV, 0];
  const seal = (body: Uint8Array): Uint8Array => {
    counter += 1;
    const facts = { kind: "update" as const, doc: id, epoch: 1, author: keys.id, rosterSeq: 1 };
    const envelope = sealEnvelope({
      ...facts,
      rosterHead: new Uint8Array(8),
      counter,
      prev,
      body,
      docKey,
      signingKey: keys.sign,
      random: systemRandom,
    });
    prev = envelopeHash(envelope);
    sent += envelope.length;
    return envelope;
  };
  doc.on("update", (update: Uint8Array) => void waiting.push(update));
  return {
    seal,
    sent: () => sent,
    settle: () => {
      if (waiting.length > 0) seal(mergeUpdates(waiting));
      waiting = [];
    },
  };
}

function unseal(bytes: Uint8Array): Uint8Array {
  const envelope = parseEnvelope(bytes);
  if (!verifyEnvelope(envelope, keys.sign.publicKey)) throw new Error("not signed");
  return openEnvelope(envelope, docKey);
}

serveTyping({
  stream: () => {
    const doc = new Doc();
    const text = doc.getText("text");
    const sealer = createSealer(doc);
    return {
      splice: (at: number, _deleted: number, piece: string) => text.insert(at, piece),
      settle: sealer.settle,
      sent: sealer.sent,
      close: () => {
        const final = sealer.seal(encodeStateAsUpdate(doc));
        return {
          bytes: final.length,
          load: () => {
            const loaded = new Doc();
            applyUpdate(loaded, unseal(final));
            return loaded.getText("text").toJSON();
          },
        };
      },
    };
  },
  edit: async () => {
    const engine = await loadEngine();
    const open = (doc: Doc) =>
      openArtifact({
        id,
        doc,
        engine,
        clock: { now: () => Date.now(), after: () => () => {} },
        keys,
        signKeyOf: () => keys.sign.publicKey,
        onDamaged: (chunk) => {
          throw new Error(`A chunk is damaged: ${chunk}`);
        },
      });
    const doc = new Doc();
    const sealer = createSealer(doc);
    let artifact = await open(doc);
    return {
      splice: (at: number, deleted: number, piece: string) => artifact.splice(at, deleted, piece),
      settle: () => {
        artifact.settle();
        sealer.settle();
      },
      rest: async () => {
        await artifact.close();
        artifact = await open(doc);
      },
      sent: sealer.sent,
      close: async () => {
        await artifact.close();
        sealer.settle();
        const whole = sealer.seal(encodeStateAsUpdate(doc));
        return {
          bytes: whole.length,
          load: async () => {
            const loaded = new Doc();
            applyUpdate(loaded, unseal(whole));
            return (await open(loaded)).text();
          },
        };
      },
    };
  },
});
