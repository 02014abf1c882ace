/**
 * Makes certificates, by @peculiar/x509: Node's own crypto reads them and cannot issue any. Loaded only when one is due, which is about
 * once a year.
 */
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { randomBytes } from "node:crypto";
import { PRIVATE_NETWORKS, TAILNET_NETWORKS } from "../door/tailnet.ts";
import { authorityMs, backdatedMs, leafMs } from "./limits.ts";
import { encodeNameConstraints, NAME_CONSTRAINTS_OID } from "./nameConstraints.ts";

export interface IssuedPair {
  readonly key: string;
  readonly certificate: string;
}

const KEYS = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;
/** Stands for "no other name": a list without DNS names would not bind any. */
const NO_OTHER_NAME = "sovereign.invalid";

/** `label` is what a person will read among their device's certificates. */
export async function issueAuthority(names: readonly string[], label: string, nowMs: number): Promise<IssuedPair> {
  const keys = await crypto.subtle.generateKey(KEYS, true, ["sign", "verify"]);
  const networks = [...new Set([...TAILNET_NETWORKS, ...PRIVATE_NETWORKS])];
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [label] }, { O: ["Sovereign"] }],
    notBefore: new Date(nowMs - backdatedMs),
    notAfter: new Date(nowMs + authorityMs),
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new Extension(NAME_CONSTRAINTS_OID, true, encodeNameConstraints([...names, NO_OTHER_NAME], networks)),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: await keyToPem(keys.privateKey), certificate: certificate.toString("pem") };
}

export interface LeafWish {
  readonly authority: IssuedPair;
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  readonly nowMs: number;
}

export async function issueLeaf({ authority, names, addresses, nowMs }: LeafWish): Promise<IssuedPair> {
  const signer = new X509Certificate(authority.certificate);
  const signingKey = await crypto.subtle.importKey("pkcs8", PemConverter.decodeFirst(authority.key), KEYS, false, [
    "sign",
  ]);
  const keys = await crypto.subtle.generateKey(KEYS, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    // With a space: what looks like a name would be held against the names that the authority may vouch for.
    subject: [{ CN: ["Sovereign host"] }],
    issuer: signer.subject,
    notBefore: new Date(nowMs - backdatedMs),
    notAfter: new Date(Math.min(nowMs + leafMs - backdatedMs, signer.notAfter.getTime())),
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: "dns" as const, value })),
        ...addresses.map((value) => ({ type: "ip" as const, value })),
      ]),
      await AuthorityKeyIdentifierExtension.create(signer),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: await keyToPem(keys.privateKey), certificate: certificate.toString("pem") };
}

async function keyToPem(key: CryptoKey): Promise<string> {
  return PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

/** Positive, and 127 random bits. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
