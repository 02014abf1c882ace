/**
 * The vault's own sentences in the page's language: what it says in English is found again by its code. English itself is the vault's.
 */
import type { Alarm } from "#sync/status.ts";

export interface VaultSentences {
  readonly errors: Readonly<Record<string, string>>;
  readonly alarms: Readonly<Record<string, string>>;
  /** Where the vault hands on a sentence of the relay's: by that sentence. */
  readonly refusals: Readonly<Record<string, string>>;
}

let sentences: VaultSentences | null = null;

/** With the page's language; `null`: English. */
export function useVaultSentences(next: VaultSentences | null): void {
  sentences = next;
}

const find = (table: Readonly<Record<string, string>> | undefined, key: string): string | null =>
  table !== undefined && Object.hasOwn(table, key) ? (table[key] ?? null) : null;

export const sayAlarm = ({ code, says }: Alarm): string => find(sentences?.alarms, code) ?? says;
export const sayRefusal = (says: string): string => find(sentences?.refusals, says) ?? says;

/** For an error of the vault's or the cipher's; `null` for any other. */
export function sayVaultError(error: unknown): string | null {
  const { name, code, ownerSentence } = (error ?? {}) as { name?: unknown; code?: unknown; ownerSentence?: unknown };
  if (typeof ownerSentence !== "string") return null;
  if (typeof code !== "string") return ownerSentence;
  return find(sentences?.errors, name === "CryptoError" ? `crypto/${code}` : code) ?? ownerSentence;
}
