/**
 * Known answers for every primitive we use, checked once at start (about a millisecond): RFC 7693 (BLAKE2b), RFC 8032 §7.1
 * (Ed25519), RFC 7748 §6.1 (X25519), draft-irtf-cfrg-xchacha-03 §A.3.1 (XChaCha20-Poly1305); the keyed hash and
 * the sub-key are frozen answers of libsodium itself.
 */
import { bytesToHex, hexToBytes } from "./bytes.ts";
import { CryptoError } from "./errors.ts";
import type * as primitives from "./sodium.ts";

export type Primitives = Pick<
  typeof primitives,
  | "blake2b"
  | "deriveSubkey"
  | "aeadSeal"
  | "aeadOpen"
  | "boxSeal"
  | "boxOpen"
  | "boxPairFromSeed"
  | "signingPairFromSeed"
  | "signDetached"
  | "verifyDetached"
  | "x25519"
  | "isEqualSecret"
>;

/** Throws `CryptoError("unsupported")` with the name of the first primitive that answers wrongly. */
export function runSelfTest(sodium: Primitives): void {
  for (const [name, passes] of Object.entries(CHECKS)) {
    if (!passes(sodium)) throw new CryptoError("unsupported", `self-test of ${name}`);
  }
}

const CHECKS: Readonly<Record<string, (sodium: Primitives) => boolean>> = {
  blake2b: (sodium) =>
    isHex(sodium.blake2b(32, ascii("abc")), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319") &&
    isHex(sodium.blake2b(16, ascii("abc"), sequence(32)), "1a64be47e4729d951c302ee543f97cf3"),

  kdf: (sodium) =>
    isHex(
      sodium.deriveSubkey(sequence(32), "selftest", 7),
      "3659f14d3915f6ffabe695043f5ebfb655ec1b98d28d536570d407ab4b53d4a7",
    ),

  aead: (sodium) => {
    const text = ascii(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    );
    const data = hex("50515253c0c1c2c3c4c5c6c7");
    const nonce = sequence(24, 0x40);
    const key = sequence(32, 0x80);
    const sealed = sodium.aeadSeal(text, data, nonce, key);
    return (
      isHex(sealed.subarray(0, 8), "bd6d179d3e83d43b") &&
      isHex(sealed.subarray(-16), "c0875924c1c7987947deafd8780acf49") &&
      isHex(sodium.aeadOpen(sealed, data, nonce, key), bytesToHex(text)) &&
      sodium.aeadOpen(changed(sealed), data, nonce, key) === null
    );
  },

  sign: (sodium) => {
    const empty = new Uint8Array(0);
    const pair = sodium.signingPairFromSeed(hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
    const signature = sodium.signDetached(empty, pair.secretKey);
    return (
      isHex(pair.publicKey, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a") &&
      isHex(signature.subarray(0, 32), "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155") &&
      isHex(signature.subarray(32), "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b") &&
      sodium.verifyDetached(signature, empty, pair.publicKey) &&
      !sodium.verifyDetached(changed(signature), empty, pair.publicKey)
    );
  },

  x25519: (sodium) =>
    isHex(
      sodium.x25519(
        hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
        hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"),
      ),
      "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
    ) && sodium.x25519(sequence(32), new Uint8Array(32)) === null,

  box: (sodium) => {
    const pair = sodium.boxPairFromSeed(hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
    const box = sodium.boxSeal(ascii("abc"), pair.publicKey);
    return (
      isHex(pair.publicKey, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f") &&
      isHex(sodium.boxOpen(box, pair), "616263") &&
      sodium.boxOpen(changed(box), pair) === null
    );
  },

  compare: (sodium) =>
    sodium.isEqualSecret(sequence(16), sequence(16)) && !sodium.isEqualSecret(sequence(16), changed(sequence(16))),
};

function isHex(bytes: Uint8Array | null, expected: string): boolean {
  return bytes !== null && bytesToHex(bytes) === expected;
}

/** A copy with one bit flipped, in the last byte but one: within a tag, a scalar or a secret. */
function changed(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[copy.length - 2] = (copy[copy.length - 2] ?? 0) ^ 1;
  return copy;
}

const hex = (text: string): Uint8Array => hexToBytes(text) ?? new Uint8Array(0);
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const sequence = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, index) => from + index);
