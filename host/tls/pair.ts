/** A private key with its certificate, read and judged before anything is served with it. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";

export interface Pair {
  readonly key: string;
  /** The certificate first, then what signed it. */
  readonly chain: string;
  readonly leaf: X509Certificate;
  readonly notBefore: number;
  readonly notAfter: number;
  /** DNS names that it holds, in lower case; wildcards as they stand. */
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

export type PairVerdict =
  | { readonly kind: "good"; readonly pair: Pair }
  /** `says` goes on after "The certificate in FILE …". */
  | { readonly kind: "bad"; readonly says: string };

export function readPair(key: string, chain: string, nowMs: number): PairVerdict {
  let pair: Pair;
  try {
    const leaf = new X509Certificate(chain);
    if (!leaf.checkPrivateKey(createPrivateKey(key))) return bad("does not belong to the key beside it");
    const [notBefore, notAfter] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
    pair = { key, chain, leaf, notBefore, notAfter, ...namesOf(leaf) };
  } catch {
    // reason: whatever is wrong with the bytes, the owner has to give others.
    return bad("cannot be read: it has to be PEM, the certificate first, and its key without a passphrase");
  }
  if (nowMs > pair.notAfter) return bad(`ended on ${toDay(pair.notAfter)}`);
  if (nowMs < pair.notBefore)
    return bad(`begins only on ${toDay(pair.notBefore)}, which may mean that this machine's clock is behind`);
  if (pair.names.length + pair.addresses.length === 0) return bad("names no host that a browser could compare");
  return { kind: "good", pair };
}

/** As every system shows it. */
export function fingerprintOf(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256;
}

export function toDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function namesOf(leaf: X509Certificate): Pick<Pair, "names" | "addresses"> {
  const names: string[] = [];
  const addresses: string[] = [];
  for (const each of (leaf.subjectAltName ?? "").split(", ")) {
    const [kind, value = ""] = each.split(/:(.*)/s);
    if (kind === "DNS") names.push(value.toLowerCase());
    if (kind === "IP Address" && isIP(value) !== 0) addresses.push(value);
  }
  return { names, addresses };
}

function bad(says: string): PairVerdict {
  return { kind: "bad", says };
}
