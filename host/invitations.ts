/**
 * HOME/invitations.json: the vaults that the host's owner lets come here beside their own. An invitation is a link like the one that the
 * host prints; its secret half is shown once and kept nowhere. The command writes this file, the running host looks at it.
 *
 *   { "version": 1, "invitations": [{ "name", "key": "<64 hex digits>", "madeMs", "endsMs", "bytesMax", "isServed" }] }
 *
 * An entry stays when its vault has come, since by its key relay and agent know which vault that is; and when it was taken back, so that a
 * vault that came by it is not taken for the owner's.
 */
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { base64UrlToBytes, bytesToHex, bytesToUtf8, hexToBytes, utf8ToBytes } from "#crypto/bytes.ts";
import { HostError } from "./errors.ts";
import { fileStamp, prepareFolder, readFileIfThere, writeFileWhole } from "./home.ts";

export interface Invitation {
  /** As the owner calls whose vault it is. */
  readonly name: string;
  readonly key: Uint8Array;
  readonly madeMs: number;
  /** After that nobody comes by it any more. */
  readonly endsMs: number;
  readonly bytesMax: number;
  readonly isServed: boolean;
}

/** A household or a small office; each vault costs the agent a link of its own. */
export const invitationsMax = 15;
export const invitationNameCharsMax = 60;
export const invitationDaysByDefault = 7;
export const invitationDaysMax = 90;
/** The disk has 192 GiB for all (relay/limits.ts), 48 of them the owner's. */
export const invitationBytesByDefault = 8_589_934_592;
export const invitationBytesMax = 34_359_738_368;
/** How soon a running host sees what the command wrote. */
const lookEveryMs = 1_000;

/** `seed`: for the link, shown now and never again. */
export function createInvitation(
  home: string,
  wanted: { readonly name: string; readonly nowMs: number; readonly days: number; readonly bytesMax: number },
): { readonly seed: Uint8Array; readonly entry: Invitation } {
  const name = wanted.name.trim();
  const known = readInvitations(home);
  if (name === "" || name.length > invitationNameCharsMax || /\p{C}/u.test(name))
    throw new HostError("config", `A name has 1 to ${invitationNameCharsMax} characters. Say whose vault it is.`);
  if (known.some((other) => other.name === name && other.isServed))
    throw new HostError(
      "config",
      `There is an invitation for "${name}" already. Take that back first, or take another name.`,
    );
  if (known.filter(({ isServed }) => isServed).length >= invitationsMax)
    throw new HostError(
      "config",
      `This host has ${invitationsMax} invitations already. Take back those that nobody uses.`,
    );
  // Node's own Ed25519, as in claim.ts.
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const [seed, key] = [base64UrlToBytes(d ?? ""), base64UrlToBytes(x ?? "")];
  if (seed === null || key === null) throw new TypeError("Ed25519 keys are not as RFC 8037 has them.");
  const { nowMs, days, bytesMax } = wanted;
  const entry = { name, key, madeMs: nowMs, endsMs: nowMs + days * 86_400_000, bytesMax, isServed: true };
  write(home, [...known, entry]);
  return { seed, entry };
}

/** `null`: there is none of that name. A vault that came by it is not served from then on; what it stored stays. */
export function takeBackInvitation(home: string, name: string): Invitation | null {
  const known = readInvitations(home);
  const found = known.find((each) => each.name === name && each.isServed);
  if (found === undefined) return null;
  write(
    home,
    known.map((each) => (each === found ? { ...each, isServed: false } : each)),
  );
  return found;
}

export function readInvitations(home: string): readonly Invitation[] {
  const bytes = readFileIfThere(invitationsFile(home));
  if (bytes === null) return [];
  const read = parse(bytes);
  if (read !== null) return read;
  throw new HostError(
    "corrupt",
    `${invitationsFile(home)} is damaged. Put back a copy of it (sovereign restore brings one); without it, invited vaults are not served, and nothing of them is lost.`,
  );
}

/** Tells of the invitations now, and again whenever the file has changed. One that cannot be read is said, and changes nothing. */
export function watchInvitations(
  home: string,
  tell: (invitations: readonly Invitation[]) => void,
  notify: (sentence: string) => void,
): { close(): void } {
  let seen = "";
  const look = (): void => {
    const now = fileStamp(invitationsFile(home));
    if (now === seen) return;
    seen = now;
    try {
      tell(readInvitations(home));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      notify(error.ownerSentence);
    }
  };
  look();
  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

function invitationsFile(home: string): string {
  return join(home, "invitations.json");
}

function write(home: string, invitations: readonly Invitation[]): void {
  prepareFolder(home);
  const listed = invitations.map((each) => ({ ...each, key: bytesToHex(each.key) }));
  writeFileWhole(
    invitationsFile(home),
    utf8ToBytes(`${JSON.stringify({ version: 1, invitations: listed }, null, 2)}\n`),
  );
}

function parse(bytes: Uint8Array): readonly Invitation[] | null {
  try {
    const { version, invitations } = JSON.parse(bytesToUtf8(bytes)) as Record<string, unknown>;
    if (version !== 1 || !Array.isArray(invitations)) return null;
    const read = invitations.map(parseOne);
    return read.every((each) => each !== null) ? read : null;
  } catch {
    // reason: what is no JSON is damaged like what lacks its fields; the caller says so.
    return null;
  }
}

function parseOne(value: unknown): Invitation | null {
  if (typeof value !== "object" || value === null) return null;
  const { name, key: hex, madeMs, endsMs, bytesMax, isServed } = value as Record<string, unknown>;
  const key = typeof hex === "string" ? hexToBytes(hex) : null;
  const isCount = (count: unknown): count is number => Number.isSafeInteger(count) && Number(count) >= 0;
  if (typeof name !== "string" || key?.length !== 32 || typeof isServed !== "boolean") return null;
  return isCount(madeMs) && isCount(endsMs) && isCount(bytesMax)
    ? { name, key, madeMs, endsMs, bytesMax, isServed }
    : null;
}
