/**
 * A passphrase on its way to becoming a key: written one way, long enough, and stretched at a stated cost. Argon2id itself is in
 * argon.ts, which is loaded only when a passphrase is used; a worker runs it (lockWorker.ts), so that the page stays alive.
 */
import { utf8ToBytes } from "./bytes.ts";
import { CryptoError } from "./errors.ts";
import {
  argonMemoryKiBMax,
  argonMemoryKiBMin,
  argonPassesMax,
  argonPassesMin,
  passphraseBytesMax,
  passphraseCharsMin,
} from "./limits.ts";

export interface StretchCost {
  readonly memoryKiB: number;
  readonly passes: number;
}

export interface StretchTask extends StretchCost {
  readonly passphrase: Uint8Array;
  /** 16 bytes. */
  readonly salt: Uint8Array;
}

/** Gives 32 bytes. Rejects with `CryptoError`. */
export type Stretch = (task: StretchTask) => Promise<Uint8Array>;

export const STRETCH_SALT_BYTES = 16;

/** What a new passphrase costs: 0.13 s in Chromium on one core of a small server, 0.2 s with a worker's start. */
export const newStretchCost: StretchCost = { memoryKiB: argonMemoryKiBMin, passes: argonPassesMin };

/** What stands against a new passphrase; `null` when nothing does. */
export function passphraseFault(passphrase: string): "short" | "long" | null {
  const written = passphrase.normalize("NFKC");
  if ([...written].length < passphraseCharsMin) return "short";
  return utf8ToBytes(written).length > passphraseBytesMax ? "long" : null;
}

/** One spelling, whatever keyboard it was typed on: é is one character on some and two on others. */
export function passphraseToBytes(passphrase: string): Uint8Array {
  return utf8ToBytes(passphrase.normalize("NFKC"));
}

/** Throws `CryptoError("malformed")` for a cost that nobody should pay, or that protects nothing. */
export function checkStretchCost({ memoryKiB, passes }: StretchCost): void {
  const isMemoryRight = memoryKiB >= argonMemoryKiBMin && memoryKiB <= argonMemoryKiBMax;
  if (!isMemoryRight || passes < argonPassesMin || passes > argonPassesMax) {
    throw new CryptoError("malformed", `Argon2id with ${memoryKiB} KiB and ${passes} passes`);
  }
}
