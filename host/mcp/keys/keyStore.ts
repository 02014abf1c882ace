/**
 * The keys that tool servers want of whoever asks them: what a service gave its owner, and what a login gave. The host holds them and hands each to the one server it is for; no model, list, log or
 * ledger is told one.
 *
 *   HOME/tools/keys/key              opens the others (../../log/README.md says what that seal is for, and what not)
 *   HOME/tools/keys/<server>.sealed  JSON as base64, in sealed lines of 4,000 letters
 */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { OAuthClientInformationMixed, AuthorizationServerMetadata } from "@modelcontextprotocol/client";
import { openLineKey, readLineKey } from "../../log/lineFolder.ts";
import { createLineFile, readLineFile } from "../../log/sealedLines.ts";
import { fileStamp, lockFile, prepareFolder, readFileIfThere, type HomeLock } from "../../home.ts";
import { systemCode } from "../../errors.ts";
import { McpError } from "../errors.ts";
import { keysBytesMax } from "../limits.ts";

/** Sent with each question, as a header. Bound to the address: another server of the same name is not given it. */
export interface HeaderKey {
  readonly kind: "header";
  readonly url: string;
  readonly header: string;
  readonly value: string;
}

/** For a program, in its environment. Bound to the program. */
export interface EnvironmentKeys {
  readonly kind: "environment";
  readonly command: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** What a login gave (OAuth 2.1). */
export interface LoginKeys {
  readonly kind: "login";
  readonly url: string;
  /** Who gave it, and where it is renewed and taken back: as it was said when its owner logged in, so that no server changes that later. */
  readonly issuer: string;
  /** Where on the owner's own network that is, if they wrote it down. */
  readonly provider: string | null;
  readonly metadata: AuthorizationServerMetadata | null;
  readonly client: OAuthClientInformationMixed;
  readonly resource: string | null;
  /** `null`: it was taken back, or could not be renewed. */
  readonly access: string | null;
  readonly renewal: string | null;
  /** By this host's clock; `null`: nobody said. */
  readonly untilMs: number | null;
}

export type ServerKeys = HeaderKey | EnvironmentKeys | LoginKeys;

const keysFolder = (home: string): string => join(home, "tools", "keys");
const fileOf = (home: string, server: string): string => join(keysFolder(home), `${server}.sealed`);
const ENDING = ".sealed";
const lineChars = 4_000;

/** `null`: there are none, or they cannot be opened any more. */
export function readKeys(home: string, server: string): ServerKeys | null {
  const bytes = readFileIfThere(fileOf(home, server));
  const key = bytes === null ? null : readLineKey(keysFolder(home));
  if (bytes === null || key === null) return null;
  const { lines, isDamaged } = readLineFile(bytes, key);
  if (isDamaged) return null;
  try {
    const value = JSON.parse(Buffer.from(lines.join(""), "base64").toString("utf8")) as Record<string, unknown>;
    // The name stands inside: one server's file in another's place is nobody's.
    return value["server"] === server ? (value["keys"] as ServerKeys) : null;
  } catch {
    // reason: a file that was cut short holds no keys, and its owner is told to give them again.
    return null;
  }
}

/** Whole or not at all. */
export function writeKeys(home: string, server: string, keys: ServerKeys): void {
  const text = Buffer.from(JSON.stringify({ server, keys })).toString("base64");
  if (text.length > keysBytesMax)
    throw new McpError("key", `What is to be kept for ${server} is larger than keys are, so it was not kept.`);
  const folder = keysFolder(home);
  prepareFolder(folder);
  const draft = `${fileOf(home, server)}.${randomBytes(6).toString("hex")}.new`;
  const file = createLineFile(draft, openLineKey(folder));
  try {
    for (let from = 0; from < text.length; from += lineChars) file.append(text.slice(from, from + lineChars));
  } finally {
    file.close();
  }
  const handle = openSync(draft, "r");
  fsyncSync(handle);
  closeSync(handle);
  renameSync(draft, fileOf(home, server));
}

/** `false`: there were none. */
export function removeKeys(home: string, server: string): boolean {
  const isThere = readFileIfThere(fileOf(home, server)) !== null;
  rmSync(fileOf(home, server), { force: true });
  return isThere;
}

/** Whose keys are held: names, and nothing else. */
export function listKeys(home: string): readonly string[] {
  try {
    return readdirSync(keysFolder(home))
      .filter((name) => name.endsWith(ENDING))
      .map((name) => name.slice(0, -ENDING.length))
      .toSorted();
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return [];
    throw cause;
  }
}

/** Changes whenever keys of this server are given or taken away. */
export const stampOfKeys = (home: string, server: string): string => fileStamp(fileOf(home, server));

/** One process at a time renews a login: a provider takes it for theft when a renewal comes twice. `null`: another holds it. */
export function lockKeys(home: string, server: string): Promise<HomeLock | null> {
  prepareFolder(keysFolder(home));
  return lockFile(join(keysFolder(home), `${server}.lock`));
}
