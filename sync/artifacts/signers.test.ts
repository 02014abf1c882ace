import * as Y from "yjs";
import { expect, it } from "vitest";
import { createDeviceKeys } from "#crypto/device.ts";
import { docIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createSigners } from "./signers.ts";

it("AF4 a set of signers takes no other's place, however many of one opening are full", async () => {
  await sodiumReady;
  const doc = new Y.Doc();
  const keys = createDeviceKeys(systemRandom);
  const vouched = new Map<string, Uint8Array>();
  const signers = createSigners({
    ...{ id: docIdFromBytes(new Uint8Array(16).fill(1)), doc, keys, origin: null, forkedFrom: [] },
    signKeyOf: () => keys.sign.publicKey,
    sittings: { signerOf: () => undefined, vouch: (actor, signer) => void vouched.set(actor, signer) },
  });
  const root = doc.getMap<unknown>("signers");
  // Full, or of a later version: left as they are.
  const full = [systemRandom(64), systemRandom(64)];
  root.set("opening", full[0]);
  root.set("opening.2", full[1]);
  const actor = "ab".repeat(16);
  signers.vouch(actor, { seq: 1, change: "cd".repeat(32) }, null);
  signers.keep("opening", vouched);
  expect([root.get("opening"), root.get("opening.2")]).toEqual(full);
  expect(signers.signerOf(actor)).toMatchObject({ device: keys.id, by: null, seq: 1 });
});
