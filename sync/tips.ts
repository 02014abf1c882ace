/**
 * Authenticating many envelopes by few signatures. Each envelope names the hash of the one before it, signature and all, so a
 * signature over a later one of the same author vouches for every one that is reached from it backwards by hash. Whatever is not
 * reached is checked by its own signature, so that nothing gets in that would not have got in one by one. Order is not judged
 * here: chain.ts does, for each envelope, as ever.
 */
import { bytesToHex } from "#crypto/bytes.ts";
import { envelopeHash, verifyEnvelope, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import type { AuthorId } from "#crypto/ids.ts";

export interface Tips {
  /** As hex; each envelope is hashed once. */
  hashOf(parsed: ParsedEnvelope): string;
  /** `true` exactly when `publicKey` signed it, or signed a later one of this page that names it through its chain. */
  isSigned(parsed: ParsedEnvelope, publicKey: Uint8Array): boolean;
}

interface Judged {
  readonly publicKey: Uint8Array;
  readonly signed: ReadonlySet<ParsedEnvelope>;
}

/** `page`: envelopes of one doc, in any order. Others may be asked about as well; they are checked one by one. */
export function createTips(page: readonly ParsedEnvelope[]): Tips {
  const hashes = new Map<ParsedEnvelope, string>();
  const judged = new Map<AuthorId, Judged>();
  const members = new Set(page);
  let byAuthor: Map<AuthorId, ParsedEnvelope[]> | null = null;

  function hashOf(parsed: ParsedEnvelope): string {
    const known = hashes.get(parsed);
    if (known !== undefined) return known;
    const hash = bytesToHex(envelopeHash(parsed.bytes));
    hashes.set(parsed, hash);
    return hash;
  }

  /** Newest first: by the time one's turn comes, all that could vouch for it have been judged. */
  function judgeAll(author: AuthorId, publicKey: Uint8Array): Judged {
    byAuthor ??= Map.groupBy(page, (parsed) => parsed.author);
    const chain = (byAuthor.get(author) ?? []).toSorted((a, b) => b.counter - a.counter);
    const signed = new Set<ParsedEnvelope>();
    /** Hashes that signed envelopes name as the one before them, by the counter that it must have. */
    const named = new Map<number, Set<string>>();
    for (const parsed of chain) {
      const isNamed = named.get(parsed.counter)?.has(hashOf(parsed)) ?? false;
      if (!isNamed && !verifyEnvelope(parsed, publicKey)) continue;
      signed.add(parsed);
      // Presence is in no chain: what stands in its place of `prev` names nothing.
      if (parsed.kind === "ephemeral") continue;
      const before = named.get(parsed.counter - 1) ?? new Set();
      named.set(parsed.counter - 1, before.add(bytesToHex(parsed.prev)));
    }
    const result = { publicKey, signed };
    judged.set(author, result);
    return result;
  }

  return {
    hashOf,
    isSigned: (parsed, publicKey) => {
      if (!members.has(parsed)) return verifyEnvelope(parsed, publicKey);
      const known = judged.get(parsed.author) ?? judgeAll(parsed.author, publicKey);
      // An author's name is the hash of its key: another key under the same name is nobody's.
      return known.publicKey === publicKey ? known.signed.has(parsed) : verifyEnvelope(parsed, publicKey);
    },
  };
}
