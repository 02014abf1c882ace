/**
 * HOME/claim.json: the key pair that the printed link carries. Whoever opens the link can make the host's first vault;
 * once one has, the secret half is wiped and only the public key stays, by which the agent can still check who claimed
 * it. Until then the secret is kept, so that a link that was printed before a restart, and a claim that a crash cut in
 * half, still work.
 */
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { base64UrlToBytes, bytesToHex, bytesToUtf8, hexToBytes, utf8ToBytes } from "#crypto/bytes.ts";
import { HostError } from "./errors.ts";
import { readFileIfThere, writeFileWhole } from "./home.ts";

export interface Claim {
  readonly publicKey: Uint8Array;
  /** `null` once a vault has claimed the host. */
  readonly seed: Uint8Array | null;
}

/** The claim of this home; a new one if there is none. */
export function openClaim(home: string): Claim {
  const file = join(home, "claim.json");
  const stored = readFileIfThere(file);
  if (stored !== null) return parseClaim(file, stored);
  // Node's own Ed25519 makes the same keys as libsodium, which the supervisor would otherwise load for this alone.
  const { d: seed, x: publicKey } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const claim = { seed: base64UrlToBytes(seed ?? ""), publicKey: base64UrlToBytes(publicKey ?? "") };
  if (claim.seed === null || claim.publicKey === null)
    throw new TypeError("Ed25519 keys are not as RFC 8037 has them.");
  writeClaim(home, { publicKey: claim.publicKey, seed: claim.seed });
  return { publicKey: claim.publicKey, seed: claim.seed };
}

/** The link has done its work. */
export function wipeClaimSeed(home: string, claim: Claim): Claim {
  const used = { ...claim, seed: null };
  if (claim.seed !== null) writeClaim(home, used);
  return used;
}

function writeClaim(home: string, claim: Claim): void {
  const json = { publicKey: bytesToHex(claim.publicKey), seed: claim.seed === null ? null : bytesToHex(claim.seed) };
  writeFileWhole(join(home, "claim.json"), utf8ToBytes(`${JSON.stringify(json)}\n`));
}

function parseClaim(file: string, stored: Uint8Array): Claim {
  const fields = readJson(stored);
  const [publicKey, seed] = [readKey(fields["publicKey"]), fields["seed"] === null ? null : readKey(fields["seed"])];
  if (publicKey === undefined || seed === undefined) {
    throw new HostError(
      "corrupt",
      `${file} is damaged. Delete it: the host then makes a new link, and a vault that has claimed this host is not affected.`,
    );
  }
  return { publicKey, seed };
}

function readJson(stored: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytesToUtf8(stored));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // reason: a file that is no JSON is handled like one without its fields.
    return {};
  }
}

function readKey(value: unknown): Uint8Array | undefined {
  const bytes = typeof value === "string" ? hexToBytes(value) : null;
  return bytes?.length === 32 ? bytes : undefined;
}
