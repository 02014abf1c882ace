/**
 * Keys for tools. `HOME/gateway/keys.json` holds what is needed to recognise a key, and no key:
 *
 *   { "version": 1, "keys": [{ "id": "1f0e…", "name": "OpenCode", "createdMs": 1763700000000, "hash": "<64 hex digits>",
 *                              "record": true, "mask": true,
 *                              "agent": { "may": ["search", "read"], "projects": ["<32 hex digits>"] } }] }
 *
 *   key = "sov_" ‖ id (8 hex digits, public: it finds the entry) ‖ "_" ‖ 32 random bytes as base64url
 *   hash = SHA-256("sovereign/tool-key/v1" ‖ 0 ‖ key)
 *
 * A fast hash, because the key is 256 random bits: a slow one makes guessing a password dearer, and nobody guesses this.
 * Revoking takes the entry out; the gateway looks at the file before each request, and while answers run.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { bytesToHex } from "#crypto/bytes.ts";
import type { Random } from "#crypto/random.ts";
import { HostError } from "../errors.ts";
import { fileStamp, prepareFolder, readFileIfThere, writeFileWhole } from "../home.ts";
import { agentProjectsMax, keyNameCharsMax, keysFileBytesMax, keysLockMsMax, keysMax } from "./limits.ts";

export interface ToolKey {
  readonly id: string;
  /** As the owner calls the tool. */
  readonly name: string;
  readonly createdMs: number;
  /** What this tool says may be recorded as chats in the vault (recording.ts). */
  readonly isRecorded: boolean;
  /** What is private in this tool's requests is blacked out before a backend elsewhere sees them (maskBody.ts). */
  readonly isMasked?: boolean;
  /** It opens a part of the vault to another program, and nothing of the gateway. Left out: it is the gateway's. */
  readonly agent?: AgentScope;
}

/** What a program that works with the vault may do by its key (host/otherAgents). */
export const agentVerbs = ["search", "read", "propose", "ask"] as const;
export type AgentVerb = (typeof agentVerbs)[number];

export interface AgentScope {
  readonly may: readonly AgentVerb[];
  /** Projects, by id. Nothing outside them is there for it. */
  readonly projects: readonly string[];
}

interface StoredKey extends ToolKey {
  readonly hash: string;
}

export interface CreateKeyOptions {
  readonly home: string;
  readonly name: string;
  readonly random: Random;
  readonly nowMs: number;
  /** Left out: it may not record. */
  readonly isRecorded?: boolean;
  readonly isMasked?: boolean;
  readonly agent?: AgentScope;
}

/** `key` is shown to the owner now and never again: nothing here can give it back. Throws `HostError("key")`. */
export async function createKey(options: CreateKeyOptions): Promise<{ readonly key: string; readonly entry: ToolKey }> {
  const name = parseName(options.name);
  const { home, random, nowMs, isRecorded = false, isMasked = false, agent } = options;
  return changeKeys(home, (keys) => {
    if (keys.some((other) => other.name === name))
      throw new HostError(
        "key",
        `There is a key called "${name}" already. Revoke that one first, or take another name.`,
      );
    if (keys.length >= keysMax)
      throw new HostError("key", `There are ${keysMax} keys already. Revoke those that no tool uses any more.`);
    let id = bytesToHex(random(4));
    while (keys.some((other) => other.id === id)) id = bytesToHex(random(4));
    const key = `sov_${id}_${Buffer.from(random(32)).toString("base64url")}`;
    const masks = isMasked ? { isMasked } : {};
    const entry = { id, name, createdMs: nowMs, isRecorded, ...masks, ...(agent === undefined ? {} : { agent }) };
    return { keys: [...keys, { ...entry, hash: hashKey(key).toString("hex") }], result: { key, entry } };
  });
}

export function listKeys(home: string): readonly ToolKey[] {
  return readKeys(keysFile(home)).map(withoutHash);
}

/** By name or id. Whatever uses it is cut off within a second. `null`: there is no such key. */
export async function revokeKey(home: string, nameOrId: string): Promise<ToolKey | null> {
  return changeKeys(home, (keys) => {
    const gone = keys.find(({ name }) => name === nameOrId) ?? keys.find(({ id }) => id === nameOrId);
    if (gone === undefined) return { keys: null, result: null };
    return { keys: keys.filter((key) => key !== gone), result: withoutHash(gone) };
  });
}

/** The keys as they are at this moment. */
export interface KeyRing {
  /** `id` is what the key says of itself, also when it is no key of ours; `null` when it has not the form of one. */
  judge(text: string): { readonly id: string | null; readonly key: ToolKey | null; readonly isKnownId: boolean };
  has(id: string): boolean;
}

/** Reads the file anew whenever it has changed. A file that cannot be read lets nobody in. */
export function openKeyRing(home: string, onProblem: (says: string) => void): KeyRing {
  const file = keysFile(home);
  let seen: string | null = null;
  let keys: ReadonlyMap<string, StoredKey> = new Map();

  function look(): ReadonlyMap<string, StoredKey> {
    const stamp = fileStamp(file);
    if (stamp === seen) return keys;
    seen = stamp;
    try {
      keys = new Map(readKeys(file).map((key) => [key.id, key]));
    } catch (error) {
      keys = new Map();
      onProblem(error instanceof HostError ? error.ownerSentence : String(error));
    }
    return keys;
  }

  return {
    has: (id) => look().has(id),
    judge: (text) => {
      const id = KEY_FORM.exec(text)?.[1] ?? null;
      const known = id === null ? undefined : look().get(id);
      // The same work for every text, so that its time says nothing about how far it was right.
      const isRight = timingSafeEqual(hashKey(text), Buffer.from(known?.hash ?? NO_HASH, "hex"));
      return { id, key: isRight && known !== undefined ? known : null, isKnownId: known !== undefined };
    },
  };
}

const KEY_FORM = /^sov_([0-9a-f]{8})_[A-Za-z0-9_-]{43}$/;
const NO_HASH = "0".repeat(64);

function keysFolder(home: string): string {
  return join(home, "gateway");
}

function keysFile(home: string): string {
  return join(keysFolder(home), "keys.json");
}

function hashKey(key: string): Buffer {
  return createHash("sha256").update(`sovereign/tool-key/v1\0${key}`).digest();
}

function parseName(text: string): string {
  const name = text.trim();
  if (name !== "" && name.length <= keyNameCharsMax && !/\p{Cc}/u.test(name)) return name;
  throw new HostError(
    "key",
    `Give the key a name of 1 to ${keyNameCharsMax} characters, such as the tool that will use it.`,
  );
}

/** Throws `HostError("corrupt")`. */
function readKeys(file: string): readonly StoredKey[] {
  const bytes = readFileIfThere(file);
  if (bytes === null) return [];
  try {
    if (bytes.length > keysFileBytesMax) throw new TypeError("too large");
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (!isRecord(value) || value["version"] !== 1 || !Array.isArray(value["keys"])) throw new TypeError("no key file");
    return value["keys"].map(parseKey);
  } catch (cause) {
    throw new HostError(
      "corrupt",
      `${file} is damaged, so no tool gets in. Delete it, and make new keys with: sovereign keys create NAME.`,
      { cause },
    );
  }
}

function parseKey(value: unknown): StoredKey {
  if (!isRecord(value)) throw new TypeError("no key");
  const { id, name, createdMs, hash, record = false, mask = false, agent } = value;
  const isWhole =
    typeof id === "string" &&
    /^[0-9a-f]{8}$/.test(id) &&
    typeof hash === "string" &&
    /^[0-9a-f]{64}$/.test(hash) &&
    typeof name === "string" &&
    typeof createdMs === "number" &&
    typeof record === "boolean" &&
    typeof mask === "boolean";
  if (!isWhole) throw new TypeError("no key");
  return {
    ...{ id, name, createdMs, hash, isRecorded: record },
    ...(mask ? { isMasked: true } : {}),
    // One whose scope does not read opens nothing, and least of all the gateway.
    ...(agent === undefined ? {} : { agent: parseScope(agent) }),
  };
}

function parseScope(value: unknown): AgentScope {
  const { may, projects }: Record<string, unknown> = isRecord(value) ? value : {};
  const isId = (each: unknown): each is string => typeof each === "string" && /^[0-9a-f]{32}$/.test(each);
  return {
    may: Array.isArray(may) ? agentVerbs.filter((verb) => may.includes(verb)) : [],
    projects: Array.isArray(projects) ? projects.slice(0, agentProjectsMax).filter(isId) : [],
  };
}

function withoutHash({ hash: _hash, ...key }: StoredKey): ToolKey {
  return key;
}

function toStored({ isRecorded, isMasked, ...key }: StoredKey): object {
  return { ...key, ...(isRecorded ? { record: true } : {}), ...(isMasked === true ? { mask: true } : {}) };
}

/** One change at a time, also between processes: two commands at once would each write a file without the other's key. */
async function changeKeys<T>(
  home: string,
  change: (keys: readonly StoredKey[]) => { readonly keys: readonly StoredKey[] | null; readonly result: T },
): Promise<T> {
  const folder = keysFolder(home);
  prepareFolder(folder);
  const { DatabaseSync } = await import("node:sqlite");
  const lock = new DatabaseSync(join(folder, "lock"), { timeout: keysLockMsMax });
  try {
    lock.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE;");
    const file = keysFile(home);
    const { keys, result } = change(readKeys(file));
    if (keys !== null)
      writeFileWhole(file, Buffer.from(`${JSON.stringify({ version: 1, keys: keys.map(toStored) }, null, 2)}\n`));
    return result;
  } finally {
    lock.close();
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
