/**
 * The host's own authority, for where nobody else vouches for its name: a certificate that the owner installs once on each device, and the
 * leaves that it signs. Its key never leaves the folder (HOME/tls, 0700; each file 0600), and all that it may vouch for is
 * this machine's names and addresses of private networks.
 *
 *   authority.key.pem   authority.pem      leaf.key.pem   leaf.pem
 */
import { X509Certificate } from "node:crypto";
import { closeSync, constants, openSync, renameSync, writeSync } from "node:fs";
import { isIPv6 } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { prepareFolder, readFileIfThere } from "../home.ts";
import { tlsFolder } from "./folders.ts";
import type { IssuedPair } from "./issue.ts";
import { leafRenewMs } from "./limits.ts";
import { readPair, type Pair } from "./pair.ts";

export interface LocalAuthority {
  /** PEM. */
  readonly certificate: string;
  /** A leaf for these; the one that lies there while it holds them all and has time left. */
  leaf(names: readonly string[], addresses: readonly string[], nowMs: number): Promise<Pair>;
  /** Those of these names that it may vouch for. */
  allowed(names: readonly string[]): readonly string[];
}

/** `names`: what the tailnet calls this machine, for an authority that is not there yet. */
export async function openLocalAuthority(
  home: string,
  names: readonly string[],
  nowMs: number,
): Promise<LocalAuthority> {
  const folder = tlsFolder(home);
  prepareFolder(folder);
  const authority = readIssued(folder, "authority") ?? (await makeAuthority(folder, names, nowMs));
  const isForMe = createNameCheck(authority.certificate);
  return {
    certificate: authority.certificate,
    allowed: (wanted) => wanted.filter(isForMe),
    leaf: async (wanted, addresses, now) => {
      const held = readIssued(folder, "leaf");
      const verdict = held === null ? null : readPair(held.key, held.certificate, now);
      if (verdict?.kind === "good" && isEnough(verdict.pair, authority, wanted, addresses, now)) return verdict.pair;
      const { issueLeaf } = await import("./issue.ts");
      const leaf = await issueLeaf({ authority, names: wanted, addresses, nowMs: now });
      writeIssued(folder, "leaf", leaf);
      const made = readPair(leaf.key, leaf.certificate, now);
      if (made.kind === "bad") throw new TypeError(`The certificate that was just made ${made.says}.`);
      return made.pair;
    },
  };
}

async function makeAuthority(folder: string, names: readonly string[], nowMs: number): Promise<IssuedPair> {
  const { issueAuthority } = await import("./issue.ts");
  const made = await issueAuthority(names, `Sovereign on ${names[0] ?? hostname()}`, nowMs);
  writeIssued(folder, "authority", made);
  return made;
}

function isEnough(
  leaf: Pair,
  authority: IssuedPair,
  names: readonly string[],
  addresses: readonly string[],
  nowMs: number,
): boolean {
  const isOurs = leaf.leaf.verify(new X509Certificate(authority.certificate).publicKey);
  const holds = names.every((name) => leaf.names.includes(name)) && addresses.every((each) => holdsAddress(leaf, each));
  return isOurs && holds && leaf.notAfter - nowMs > leafRenewMs;
}

function holdsAddress({ leaf }: Pair, address: string): boolean {
  return leaf.checkIP(isIPv6(address) ? address.toLowerCase() : address) !== undefined;
}

/** The names stand in the extension as they are, so what may be vouched for is read where it was written. */
function createNameCheck(certificate: string): (name: string) => boolean {
  const bytes = Buffer.from(new X509Certificate(certificate).raw);
  return (name) => bytes.includes(Buffer.concat([Buffer.from([0x82, name.length]), Buffer.from(name, "ascii")]));
}

function readIssued(folder: string, name: string): IssuedPair | null {
  const [key, certificate] = [`${name}.key.pem`, `${name}.pem`].map((file) => readFileIfThere(join(folder, file)));
  if (key === undefined || key === null || certificate === undefined || certificate === null) return null;
  return { key: Buffer.from(key).toString("utf8"), certificate: Buffer.from(certificate).toString("utf8") };
}

/** The key first: a certificate whose key is missing is made anew, one whose key is another's would be served. */
function writeIssued(folder: string, name: string, { key, certificate }: IssuedPair): void {
  writeWhole(join(folder, `${name}.key.pem`), key);
  writeWhole(join(folder, `${name}.pem`), certificate);
}

/** As home.ts's `writeFileWhole`, for a process that may not call fsync: Node's permission model has none, so the file is opened to be synchronous. */
function writeWhole(file: string, text: string): void {
  const draft = `${file}.new`;
  const { O_WRONLY, O_CREAT, O_TRUNC, O_SYNC } = constants;
  const handle = openSync(draft, O_WRONLY | O_CREAT | O_TRUNC | O_SYNC, 0o600);
  try {
    writeSync(handle, text);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
}
