/**
 * Speaks an agent's part with its supervisor and nothing else; FAKE_AGENT says how it misbehaves. For tests of
 * supervision alone.
 */
import { hostFingerprint } from "#crypto/claim.ts";
import { deviceKeysFromSeeds } from "#crypto/device.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { fromAgent, openParentChannel, toAgent } from "../ipc.ts";

const behaviour = process.env["FAKE_AGENT"] ?? "";
await sodiumReady;
const keys = deviceKeysFromSeeds(new Uint8Array(32).fill(1), new Uint8Array(32).fill(2));
if (behaviour === "dies at once") process.exit(7);
let answered = 0;
/** So often that a test allows many missed beats within seconds: on a busy machine some are late. */
const beatEveryMs = 250;
const pulse = () => ({ progress: behaviour === "works" ? ++answered : answered });
const parent = openParentChannel(toAgent, fromAgent, pulse, beatEveryMs);
if (behaviour === "fails") parent.send({ type: "failed", says: "The agent's own sentence." });
parent.send({ type: "identity", signKey: keys.sign.publicKey, boxKey: keys.box.publicKey });
parent.onMessage((message) => {
  if (message.type === "start") {
    parent.send({
      type: "ready",
      fingerprint: hostFingerprint(keys.sign.publicKey, keys.box.publicKey, message.relayKey),
    });
  }
  if (message.type === "drain" && behaviour !== "ignores drain") process.exit(0);
});
parent.onOrphaned(() => process.exit(0));
