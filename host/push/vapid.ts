/**
 * Who speaks to a push service, RFC 8292: a signed word with this host's own key, which the browser was given when it subscribed. It names nobody; the service
 * takes messages for that subscription from whoever holds the key, and from nobody else.
 */
import { createECDH, createPrivateKey, sign, type KeyObject } from "node:crypto";
import { vapidSeconds } from "./limits.ts";

export interface VapidKey {
  /** As browsers want it: an uncompressed point. */
  readonly publicKey: Uint8Array;
  readonly signing: KeyObject;
}

/**
 * Services want somebody to write to, and Apple's refuses a word without. It is the same for every host, of a domain that is kept free for examples, since an
 * address that is true would say whose host this is.
 */
const CONTACT = "mailto:owner@example.com";

export function vapidKeyFromSeed(seed: Uint8Array): VapidKey {
  const pair = createECDH("prime256v1");
  pair.setPrivateKey(seed);
  const publicKey = pair.getPublicKey();
  const jwk = {
    ...{ kty: "EC", crv: "P-256", d: base64Url(seed) },
    ...{ x: base64Url(publicKey.subarray(1, 33)), y: base64Url(publicKey.subarray(33)) },
  };
  return { publicKey: Uint8Array.from(publicKey), signing: createPrivateKey({ format: "jwk", key: jwk }) };
}

/** The Authorization header for a service, by its origin. */
export function vapidWord(origin: string, key: VapidKey, nowMs: number): string {
  const claims = { aud: origin, exp: Math.floor(nowMs / 1_000) + vapidSeconds, sub: CONTACT };
  const said = [{ typ: "JWT", alg: "ES256" }, claims].map((part) => base64Url(Buffer.from(JSON.stringify(part))));
  const signature = sign("sha256", Buffer.from(said.join(".")), { key: key.signing, dsaEncoding: "ieee-p1363" });
  return `vapid t=${said.join(".")}.${base64Url(signature)}, k=${base64Url(key.publicKey)}`;
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
