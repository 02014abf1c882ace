/**
 * How far each ledger went when a device looked last, or wrote in it, in the catalog's doc, which no host can write: a root map "ledgers", whose ledger → {n, hash}. One that was cut off, or
 * written anew, shows by it.
 */
import { parseAuthorId, type AuthorId } from "#crypto/ids.ts";
import type { Doc } from "yjs";
import type { LedgerPlace } from "./toolSteps.ts";

const rootOf = (doc: Doc) => doc.getMap<unknown>("ledgers");

/** `null`: nobody has looked yet. */
export function knownLedgerPlace(doc: Doc, host: AuthorId): LedgerPlace | null {
  const place = rootOf(doc).get(host);
  if (typeof place !== "object" || place === null) return null;
  const { n, hash } = place as { n?: unknown; hash?: unknown };
  const isPlace = typeof n === "number" && Number.isSafeInteger(n) && n > 0 && typeof hash === "string";
  return isPlace ? { host, n, hash } : null;
}

export const knownLedgerPlaces = (doc: Doc): readonly LedgerPlace[] =>
  [...rootOf(doc).keys()].flatMap((key) => {
    const host = parseAuthorId(key);
    return host === null ? [] : (knownLedgerPlace(doc, host) ?? []);
  });

/** Another device may have looked meanwhile and seen more. */
export function noteLedgerPlace(doc: Doc, { host, n, hash }: { host: AuthorId; n: number; hash: string }): void {
  if ((knownLedgerPlace(doc, host)?.n ?? 0) < n) rootOf(doc).set(host, { n, hash });
}
