/**
 * Recovery: 24 words that a person writes down. They are 256 random bits, so nothing slow is needed to guard them.
 *
 *   words   secret 32 ‖ check 1, read 11 bits at a time as numbers of words (BIP-39's English list)
 *   check   first byte of BLAKE2b-256("sovereign/recovery-words/v1" ‖ secret)
 *   keys    sign seed = crypto_kdf(secret, "sv/recov", 1), box seed = crypto_kdf(secret, "sv/recov", 2)
 *
 * The list is BIP-39's, because it is the best proven one; the check is ours, so that the words of a wallet typed here by mistake
 * are not taken, nor ours in a wallet. The caller loads the list when it is needed and hands it in: this folder imports none.
 */
import { deviceKeysFromSeeds, type DeviceKeys } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { hash256 } from "./hash.ts";
import type { Random } from "./random.ts";
import { deriveSubkey, KEY_BYTES } from "./sodium.ts";

export type RecoverySecret = Uint8Array;

export type RecoveryReading =
  | { readonly kind: "secret"; readonly secret: RecoverySecret }
  /** Not 24 words yet, or more. */
  | { readonly kind: "count"; readonly count: number }
  /** `position` counts from 1, as the person counts. */
  | { readonly kind: "unknown"; readonly position: number; readonly word: string }
  /** All are words, but not these in this order: one is mistaken for another. */
  | { readonly kind: "check" };

export const RECOVERY_WORDS = 24;
const WORD_BITS = 11;
const WORDLIST_LENGTH = 2 ** WORD_BITS;
/** In this list four letters name a word. */
const prefixLettersMin = 4;
const KEY_CONTEXT = "sv/recov";

export function createRecoverySecret(random: Random): RecoverySecret {
  return random(KEY_BYTES);
}

/** An offline member: its public keys go into the roster, the rest is forgotten. */
export function recoveryKeys(secret: RecoverySecret): DeviceKeys {
  return deviceKeysFromSeeds(deriveSubkey(secret, KEY_CONTEXT, 1), deriveSubkey(secret, KEY_CONTEXT, 2));
}

export function recoveryWords(secret: RecoverySecret, wordlist: readonly string[]): readonly string[] {
  checkWordlist(wordlist);
  if (secret.length !== KEY_BYTES) throw new CryptoError("malformed", `recovery secret of ${secret.length} bytes`);
  let bits = "";
  for (const byte of [...secret, checkByte(secret)]) bits += byte.toString(2).padStart(8, "0");
  return Array.from({ length: RECOVERY_WORDS }, (_, index) => {
    const number = Number.parseInt(bits.slice(index * WORD_BITS, (index + 1) * WORD_BITS), 2);
    return wordlist[number] ?? "";
  });
}

/** Forgiving in form: any case, spaces, line breaks, commas and numbering; four letters of a word are enough. */
export function readRecoveryWords(text: string, wordlist: readonly string[]): RecoveryReading {
  checkWordlist(wordlist);
  const words =
    text
      .normalize("NFKD")
      .toLowerCase()
      .match(/\p{L}+/gu) ?? [];
  if (words.length !== RECOVERY_WORDS) return { kind: "count", count: words.length };
  let bits = "";
  for (const [index, word] of words.entries()) {
    const number = wordNumber(word, wordlist);
    if (number === null) return { kind: "unknown", position: index + 1, word };
    bits += number.toString(2).padStart(WORD_BITS, "0");
  }
  const bytes = Uint8Array.from({ length: KEY_BYTES + 1 }, (_, index) =>
    Number.parseInt(bits.slice(index * 8, index * 8 + 8), 2),
  );
  const secret = bytes.slice(0, KEY_BYTES);
  return checkByte(secret) === bytes[KEY_BYTES] ? { kind: "secret", secret } : { kind: "check" };
}

function wordNumber(word: string, wordlist: readonly string[]): number | null {
  const exact = wordlist.indexOf(word);
  if (exact !== -1) return exact;
  const beginning = word.length < prefixLettersMin ? -1 : wordlist.findIndex((candidate) => candidate.startsWith(word));
  return beginning === -1 ? null : beginning;
}

function checkByte(secret: RecoverySecret): number {
  return hash256("sovereign/recovery-words/v1", secret)[0] ?? 0;
}

function checkWordlist(wordlist: readonly string[]): void {
  if (wordlist.length !== WORDLIST_LENGTH) throw new CryptoError("malformed", `word list of ${wordlist.length} words`);
}
