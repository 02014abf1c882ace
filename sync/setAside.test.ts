import { beforeAll, expect, it } from "vitest";
import * as Y from "yjs";
import { createDeviceKeys } from "#crypto/device.ts";
import { createDocKey, sealRekey } from "#crypto/docKeys.ts";
import { sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, ROSTER_HEAD_BYTES } from "#crypto/envelopeHeader.ts";
import { docIdFromBytes } from "#crypto/ids.ts";
import { systemRandom as random } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createVaultKey, type VaultKey } from "#crypto/vaultKeys.ts";
import { takeOver } from "./setAside.ts";

beforeAll(() => sodiumReady);

/** What a device wrote on the train: it begins an epoch first, as is due after an answer, and writes under that. */
function writtenAside(vaultKey: VaultKey): readonly Uint8Array[] {
  const { id: author, sign: signingKey } = createDeviceKeys(random);
  const docKey = createDocKey(random);
  const place = {
    doc: docIdFromBytes(random(16)),
    epoch: 3,
    author,
    rosterSeq: 1,
    rosterHead: new Uint8Array(ROSTER_HEAD_BYTES),
    docKey,
    signingKey,
    random,
  };
  const rekey = sealRekey({
    ...place,
    counter: 1,
    prev: NO_PREV,
    generation: 1,
    vaultKey,
    previousDocKey: createDocKey(random),
  });
  const words = new Y.Doc();
  words.getText("draft").insert(0, "written on the train");
  const body = Y.encodeStateAsUpdate(words);
  const clear = new Uint8Array(0);
  return [rekey, sealEnvelope({ ...place, kind: "update", counter: 2, prev: envelopeHash(rekey), clear, body })];
}

it("RM3 what is sealed under an epoch that was set aside with it is taken over, too; without its vault key nothing is", () => {
  const vaultKey = createVaultKey(random);
  const aside = writtenAside(vaultKey);
  const taken = new Y.Doc();
  takeOver(taken, { epochKeys: [], vaultKeys: new Map([[1, vaultKey]]) }, aside.toReversed());
  expect(taken.getText("draft").toString()).toBe("written on the train");
  const other = new Y.Doc();
  takeOver(other, { epochKeys: [], vaultKeys: new Map([[1, createVaultKey(random)]]) }, aside);
  expect(other.getText("draft").toString()).toBe("");
});
