/** A failure in the page's own language, where it has a sentence for it. */
import { sayVaultError } from "../app/sayVault.ts";
import { d } from "./words.ts";

export function sayCode(code: string): string | null {
  const says: Readonly<Record<string, string>> = d.vaultSays;
  return Object.hasOwn(says, code) ? (says[code] ?? null) : null;
}

/** For an error of the vault's; `null` for any other. */
export function sayError(error: unknown): string | null {
  const { code, ownerSentence } = (error ?? {}) as { code?: unknown; ownerSentence?: unknown };
  if (typeof ownerSentence !== "string") return null;
  return (typeof code === "string" ? sayCode(code) : null) ?? sayVaultError(error);
}
