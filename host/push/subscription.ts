/** What a browser gives to who may tell it something, and what it is then told. */
import { createECDH, type ECDH } from "node:crypto";
import { SUBSCRIPTION_KEY_BYTES, SUBSCRIPTION_SECRET_BYTES } from "./limits.ts";

export interface PushKeys {
  /** The browser's key, and the secret it shares with us alone. */
  readonly publicKey: Uint8Array;
  readonly secret: Uint8Array;
}

/** Something to tell a device. */
export interface PushJob extends PushKeys {
  readonly endpoint: string;
  readonly words: string;
}

/** The points that somebody can have the other half of. */
export function arePushKeys({ publicKey, secret }: PushKeys): boolean {
  if (publicKey.length !== SUBSCRIPTION_KEY_BYTES || secret.length !== SUBSCRIPTION_SECRET_BYTES) return false;
  try {
    createOwnKey().computeSecret(publicKey);
    return true;
  } catch {
    // reason: that is how Node says that it is no point of the curve.
    return false;
  }
}

export function createOwnKey(): ECDH {
  const own = createECDH("prime256v1");
  own.generateKeys();
  return own;
}
