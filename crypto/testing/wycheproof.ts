/**
 * Runs Wycheproof's published vectors (github.com/C2SP/wycheproof, testvectors_v1) through our own sodium.ts. No file system
 * here, so that a browser can run it too: `vectors.ts` is the command.
 *
 * Policy, for every vector of every file:
 *   valid       must be accepted and give exactly the published bytes
 *   invalid     must be refused: `null` or `false`, never an exception of another kind
 *   acceptable  X25519 only: a shared secret of zeros (a public key of small order) must be refused; every other one (a key on
 *               the twist, a non-canonical key) must give the published secret, as RFC 7748 has it
 * A nonce of any length but 24 bytes is refused by us before libsodium sees it.
 */
import { hexToBytes, isEqualBytes, concatBytes } from "../bytes.ts";
import { aeadOpen, aeadSeal, NONCE_BYTES, verifyDetached, x25519 } from "../sodium.ts";

export interface WycheproofFile {
  readonly algorithm: string;
  readonly numberOfTests: number;
  readonly testGroups: readonly WycheproofGroup[];
}

interface WycheproofGroup {
  readonly publicKey?: { readonly pk: string };
  readonly tests: readonly WycheproofTest[];
}

interface WycheproofTest {
  readonly tcId: number;
  readonly comment: string;
  readonly flags?: readonly string[];
  readonly result: "valid" | "invalid" | "acceptable";
  readonly [field: string]: unknown;
}

export interface WycheproofReport {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly byResult: Readonly<Record<WycheproofTest["result"], number>>;
}

type Runner = (test: WycheproofTest, group: WycheproofGroup) => boolean;

const RUNNERS: Readonly<Record<string, Runner>> = {
  "XCHACHA20-POLY1305": runAead,
  XDH: runX25519,
  EDDSA: runEd25519,
};

/** Throws when there is no runner for the file, or it is not whole: vectors left out must not look like vectors passed. */
export function runWycheproof(file: WycheproofFile): WycheproofReport {
  const run = RUNNERS[file.algorithm];
  if (run === undefined) throw new Error(`no runner for ${file.algorithm}`);
  const failed: string[] = [];
  const byResult = { valid: 0, invalid: 0, acceptable: 0 };
  let count = 0;
  for (const group of file.testGroups) {
    for (const test of group.tests) {
      count++;
      byResult[test.result]++;
      if (!passes(run, test, group)) failed.push(`${test.tcId} (${test.result}) ${test.comment}`);
    }
  }
  if (count !== file.numberOfTests) throw new Error(`${count} vectors where ${file.numberOfTests} are announced`);
  return { passed: count - failed.length, failed, byResult };
}

function passes(run: Runner, test: WycheproofTest, group: WycheproofGroup): boolean {
  try {
    return run(test, group);
  } catch {
    // reason: any exception is a failure of that vector, whatever it was.
    return false;
  }
}

function runAead(test: WycheproofTest): boolean {
  const [key, nonce, data, text] = [hex(test, "key"), hex(test, "iv"), hex(test, "aad"), hex(test, "msg")];
  const sealed = concatBytes(hex(test, "ct"), hex(test, "tag"));
  const opened = aeadOpen(sealed, data, nonce, key);
  if (test.result !== "valid") return opened === null;
  if (opened === null || nonce.length !== NONCE_BYTES) return false;
  return isEqualBytes(opened, text) && isEqualBytes(aeadSeal(text, data, nonce, key), sealed);
}

function runX25519(test: WycheproofTest): boolean {
  const shared = x25519(hex(test, "private"), hex(test, "public"));
  if (test.flags?.includes("ZeroSharedSecret") === true) return shared === null;
  return test.result !== "invalid" && shared !== null && isEqualBytes(shared, hex(test, "shared"));
}

function runEd25519(test: WycheproofTest, group: WycheproofGroup): boolean {
  const publicKey = hexToBytes(group.publicKey?.pk ?? "");
  if (publicKey === null) return false;
  return verifyDetached(hex(test, "sig"), hex(test, "msg"), publicKey) === (test.result === "valid");
}

function hex(test: WycheproofTest, field: string): Uint8Array {
  const value = test[field];
  const bytes = typeof value === "string" ? hexToBytes(value) : null;
  if (bytes === null) throw new Error(`vector ${test.tcId} has no ${field}`);
  return bytes;
}
