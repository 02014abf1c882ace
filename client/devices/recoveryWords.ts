/** The 24 words in the browser: the list is fetched when it is needed, and what they say is kept in memory only. */
import { systemRandom } from "#crypto/random.ts";
import {
  createRecoverySecret,
  readRecoveryWords,
  recoveryWords,
  RECOVERY_WORDS,
  type RecoveryReading,
} from "#crypto/recovery.ts";

/** Words on show: a secret, and how it is written. */
export interface NewWords {
  readonly secret: Uint8Array;
  readonly words: readonly string[];
  /** From 0, in their order: those that are asked for. */
  readonly asked: readonly number[];
  forget(): void;
}

/** Enough to see that somebody wrote, and wrote in this order; each of them guessed right has a chance of 1 in 2048. */
const askedCount = 3;

const loadList = async (): Promise<readonly string[]> => (await import("@scure/bip39/wordlists/english.js")).wordlist;

export async function createNewWords(): Promise<NewWords> {
  const list = await loadList();
  const secret = createRecoverySecret(systemRandom);
  return {
    secret,
    words: recoveryWords(secret, list),
    asked: pickPlaces(systemRandom(64)),
    forget: () => secret.fill(0),
  };
}

/** Different ones, none more likely than another. */
export function pickPlaces(random: Uint8Array): readonly number[] {
  const fair = [...random].filter((byte) => byte < 256 - (256 % RECOVERY_WORDS)).map((byte) => byte % RECOVERY_WORDS);
  return [...new Set([...fair, 0, 11, 23])].slice(0, askedCount).sort((a, b) => a - b);
}

/** As forgiving as reading all of them is. */
export function isWord(typed: string, word: string): boolean {
  const letters = typed.normalize("NFKD").trim().toLowerCase();
  return letters === word || (letters.length >= 4 && word.startsWith(letters));
}

export async function readWords(text: string): Promise<RecoveryReading> {
  return readRecoveryWords(text, await loadList());
}
