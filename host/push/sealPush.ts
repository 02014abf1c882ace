/**
 * What a push service passes on: RFC 8291 (aes128gcm, RFC 8188), one record, sealed for the browser that subscribed.
 *
 *   salt 16 ‖ record size 4 ‖ 65 ‖ our key of this one message 65 ‖ AES-128-GCM(words ‖ 02) with its tag 16
 */
import { createCipheriv, hkdfSync, type ECDH } from "node:crypto";
import type { PushKeys } from "./subscription.ts";

const TAG_BYTES = 16;
/** RFC 8188 §2: its one record is shorter, and this is what browsers are used to. */
const RECORD_BYTES = 4_096;

/** `own`: made for this message alone. */
export function sealPush(words: Uint8Array, keys: PushKeys, own: ECDH, salt: Uint8Array): Uint8Array {
  const ownKey = own.getPublicKey();
  const about = Buffer.concat([Buffer.from("WebPush: info\0"), keys.publicKey, ownKey]);
  const shared = derive(own.computeSecret(keys.publicKey), keys.secret, about, 32);
  const contentKey = derive(shared, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
  const nonce = derive(shared, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
  const cipher = createCipheriv("aes-128-gcm", contentKey, nonce, { authTagLength: TAG_BYTES });
  // 2 stands behind the words of the last record.
  const sealed = Buffer.concat([cipher.update(words), cipher.update(Uint8Array.of(2)), cipher.final()]);
  const head = Buffer.alloc(21);
  head.set(salt, 0);
  head.writeUInt32BE(RECORD_BYTES, 16);
  head.writeUInt8(ownKey.length, 20);
  return Buffer.concat([head, ownKey, sealed, cipher.getAuthTag()]);
}

function derive(secret: Uint8Array, salt: Uint8Array, about: Uint8Array, length: number): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, salt, about, length));
}
