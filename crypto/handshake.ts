/**
 * The signatures that open a link. Both sides sign both fresh nonces, so neither can be replayed, and each names the other's
 * key, so neither can be passed on to a third party.
 *
 *   welcome  relay   "sovereign/welcome/v1" ‖ device nonce 32 ‖ relay nonce 32 ‖ device key 32
 *   auth     device  "sovereign/auth/v1"    ‖ relay key 32 ‖ device nonce 32 ‖ relay nonce 32 ‖ vault 32 (zeros: none)
 */
import { concatBytes } from "./bytes.ts";
import { sign, type SigningKey } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { HASH_BYTES, idToBytes, type VaultId } from "./ids.ts";
import { KEY_BYTES } from "./sodium.ts";
import { verifySignature } from "./verify.ts";

export const HANDSHAKE_NONCE_BYTES = 32;

export interface WelcomeFacts {
  readonly deviceNonce: Uint8Array;
  readonly relayNonce: Uint8Array;
  /** The device's public signing key, as its HELLO gave it. */
  readonly deviceKey: Uint8Array;
}

export interface AuthFacts {
  /** The relay's public key, as its WELCOME gave it and the device checked it. */
  readonly relayKey: Uint8Array;
  readonly deviceNonce: Uint8Array;
  readonly relayNonce: Uint8Array;
  readonly vault: VaultId | null;
}

export function signWelcome(facts: WelcomeFacts, relay: SigningKey): Uint8Array {
  return sign("sovereign/welcome/v1", welcomeMessage(facts), relay);
}

export function verifyWelcome(facts: WelcomeFacts, signature: Uint8Array, relayKey: Uint8Array): boolean {
  return verifySignature("sovereign/welcome/v1", welcomeMessage(facts), signature, relayKey);
}

export function signAuth(facts: AuthFacts, device: SigningKey): Uint8Array {
  return sign("sovereign/auth/v1", authMessage(facts), device);
}

export function verifyAuth(facts: AuthFacts, signature: Uint8Array, deviceKey: Uint8Array): boolean {
  return verifySignature("sovereign/auth/v1", authMessage(facts), signature, deviceKey);
}

function welcomeMessage(facts: WelcomeFacts): Uint8Array {
  return joined(facts.deviceNonce, facts.relayNonce, facts.deviceKey);
}

function authMessage(facts: AuthFacts): Uint8Array {
  const vault = facts.vault === null ? new Uint8Array(HASH_BYTES) : idToBytes(facts.vault);
  return joined(facts.relayKey, facts.deviceNonce, facts.relayNonce, vault);
}

/** Every part is 32 bytes, so that no two rows of parts join to the same message. */
function joined(...parts: readonly Uint8Array[]): Uint8Array {
  if (parts.some((part) => part.length !== KEY_BYTES)) throw new CryptoError("malformed", "handshake part");
  return concatBytes(...parts);
}
