/**
 * A plugin: a folder whose every byte its publisher has signed.
 *
 *   plugin.json   { "plugin": 1, "name": "weather", "version": "1.2.0", "says": "…", "publisher": "<64 hex: an Ed25519 key>", "run": "server.mjs",
 *                   "capabilities": ["storage"], "settings": [{ "name": "unit", "says": "…" }], "tools": [{ as MCP has them }],
 *                   "files": { "server.mjs": "<SHA-256, 64 hex>", … } }
 *   plugin.sig    <128 hex: the publisher's signature over "sovereign/plugin/v1" ‖ plugin.json's bytes>
 *   and every file that `files` names; no other, and no link.
 */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex, hexToBytes, utf8ToBytes } from "#crypto/bytes.ts";
import { sign, type SigningKey } from "#crypto/device.ts";
import { verifySignature } from "#crypto/verify.ts";
import { isObject, readServedTools, type ServedTool } from "../mcp/definitions.ts";
import { McpError } from "../mcp/errors.ts";
import { parseServerName } from "../mcp/settings.ts";
import {
  manifestBytesMax,
  pathCharsMax,
  pluginBytesMax,
  pluginFilesMax,
  pluginSettingsMax,
  saysCharsMax,
} from "./limits.ts";

/** What one may ask for beyond its own files; it has no network, whatever it asks. */
export const capabilities = ["storage", "read-folders", "write-folders"] as const;
export type Capability = (typeof capabilities)[number];

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly says: string;
  /** 64 hex digits. */
  readonly publisher: string;
  /** Of `files`: what Node runs. */
  readonly run: string;
  readonly capabilities: readonly Capability[];
  readonly settings: readonly { readonly name: string; readonly says: string }[];
  readonly tools: readonly ServedTool[];
  readonly files: ReadonlyMap<string, string>;
}

export interface Plugin {
  readonly manifest: Manifest;
  /** As they were when they were checked, plugin.json and plugin.sig among them: nothing is read a second time. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const MANIFEST = "plugin.json";
const SIGNATURE = "plugin.sig";
const LABEL = "sovereign/plugin/v1";
const KEYS = ["plugin", "name", "version", "says", "publisher", "run", "capabilities", "settings", "tools", "files"];

/** `isTrusted`: whether the owner trusts this key. Throws `McpError` with what is wrong; nothing of the folder is believed before. */
export function readPlugin(folder: string, isTrusted: (publisher: string) => boolean): Plugin {
  const files = readFiles(folder);
  const bytes = files.get(MANIFEST);
  const signature = files.get(SIGNATURE);
  if (bytes === undefined || signature === undefined)
    throw refuse(`There is no plugin in ${folder.slice(0, 300)}: it has a ${MANIFEST} and a ${SIGNATURE}.`);
  if (bytes.length > manifestBytesMax) throw refuse("Its plugin.json is too large.");
  const publisher = publisherOf(bytes);
  if (!isTrusted(publisher))
    throw refuse(
      `It is signed by ${publisher}, whom you do not trust. If you know whose key that is: sovereign plugins trust NAME ${publisher}`,
    );
  const signed = hexToBytes(Buffer.from(signature).toString("latin1").trim());
  if (signed === null || !verifySignature(LABEL, bytes, signed, hexToBytes(publisher) ?? new Uint8Array()))
    throw refuse("Its signature does not fit: plugin.json is not as its publisher signed it.");
  const manifest = parseManifest(bytes);
  for (const [path, content] of files) {
    if (path === MANIFEST || path === SIGNATURE) continue;
    const expected = manifest.files.get(path);
    if (expected === undefined) throw refuse(`It holds ${path}, which its publisher did not sign.`);
    if (hashOf(content) !== expected) throw refuse(`${path} is not as its publisher signed it.`);
  }
  for (const path of manifest.files.keys()) if (!files.has(path)) throw refuse(`${path} is missing.`);
  return { manifest, files };
}

/** For who makes plugins: hashes of the files as they are, and a signature. `plugin.json` may leave `publisher` and `files` out. */
export function signPlugin(
  folder: string,
  key: SigningKey,
): { readonly manifest: Uint8Array; readonly signature: Uint8Array } {
  const files = readFiles(folder);
  const given: unknown = JSON.parse(Buffer.from(files.get(MANIFEST) ?? new Uint8Array()).toString("utf8"));
  const hashes = [...files]
    .filter(([path]) => path !== MANIFEST && path !== SIGNATURE)
    .map(([path, content]) => [path, hashOf(content)]);
  const whole = {
    ...(isObject(given) ? given : {}),
    publisher: bytesToHex(key.publicKey),
    files: Object.fromEntries(hashes),
  };
  const manifest = utf8ToBytes(`${JSON.stringify(whole, null, 2)}\n`);
  parseManifest(manifest);
  return { manifest, signature: utf8ToBytes(`${bytesToHex(sign(LABEL, manifest, key))}\n`) };
}

function parseManifest(bytes: Uint8Array): Manifest {
  const value = parseJson(bytes);
  const unknown = Object.keys(value).find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    throw refuse(`Its plugin.json says "${unknown.slice(0, 60)}", which this version does not know.`);
  const { plugin, name, version, says, publisher, run, tools } = value;
  if (plugin !== 1 || typeof name !== "string" || typeof version !== "string" || typeof says !== "string")
    throw refuse("Its plugin.json lacks what every plugin says of itself.");
  if (parseVersion(version) === null)
    throw refuse(`"${version.slice(0, 40)}" is no version: it is three numbers, as in 1.2.0.`);
  if (says.length > saysCharsMax) throw refuse("It says too much of itself.");
  const wanted: readonly unknown[] = Array.isArray(value["capabilities"]) ? value["capabilities"] : [];
  const other = wanted.find((each) => !capabilities.some((known) => known === each));
  if (other !== undefined) throw refuse(`It wants "${String(other).slice(0, 60)}", which no plugin can have.`);
  const files = parseFiles(value["files"]);
  if (typeof run !== "string" || !files.has(run)) throw refuse("What it runs is none of its files.");
  const read = readServedTools(Array.isArray(tools) ? tools : []);
  if (read.refused.length > 0 || read.tools.length === 0)
    throw refuse(`Its tools make no sense: ${read.refused[0] ?? "there are none"}.`);
  return {
    ...{ name: parseServerName(name), version, says, publisher: String(publisher), run, files, tools: read.tools },
    capabilities: capabilities.filter((each) => wanted.includes(each)),
    settings: parseSettings(value["settings"]),
  };
}

function parseFiles(value: unknown): ReadonlyMap<string, string> {
  if (!isObject(value)) throw refuse("Its plugin.json names no files.");
  const files = new Map<string, string>();
  for (const [path, hash] of Object.entries(value)) {
    if (!isPlainPath(path) || path === MANIFEST || path === SIGNATURE)
      throw refuse("It names a file outside its folder.");
    if (typeof hash !== "string" || !/^[0-9a-f]{64}$/.test(hash)) throw refuse(`${path} has no hash.`);
    files.set(path, hash);
  }
  return files;
}

function parseSettings(value: unknown): Manifest["settings"] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > pluginSettingsMax) throw refuse("Its settings make no sense.");
  return value.map((each: unknown) => {
    const { name, says }: Record<string, unknown> = isObject(each) ? each : {};
    if (typeof name !== "string" || !/^[a-z][a-zA-Z0-9]{0,40}$/.test(name) || typeof says !== "string")
      throw refuse("Its settings make no sense.");
    return { name, says: says.slice(0, saysCharsMax) };
  });
}

/** Numbers, the greatest first; `null`: no version. */
export function parseVersion(version: string): readonly number[] | null {
  return /^(0|[1-9]\d{0,5})(\.(0|[1-9]\d{0,5})){2}$/.test(version) ? version.split(".").map(Number) : null;
}

export function isNewer(version: string, than: string): boolean {
  const [ours, theirs] = [parseVersion(version) ?? [], parseVersion(than) ?? []];
  const at = ours.findIndex((number, index) => number !== theirs[index]);
  return at >= 0 && (ours[at] ?? 0) > (theirs[at] ?? 0);
}

/** Before anything is known to be signed: the one field by which it can be checked. */
function publisherOf(bytes: Uint8Array): string {
  const { publisher } = parseJson(bytes);
  if (typeof publisher === "string" && /^[0-9a-f]{64}$/.test(publisher)) return publisher;
  throw refuse("Its plugin.json does not say whose it is.");
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isObject(value)) return value;
  } catch {
    // reason: said below, as for what is JSON and no object.
  }
  throw refuse("Its plugin.json cannot be read.");
}

/** All of them, by path; links and whatever is no file are refused, and so is more than a plugin may be. */
function readFiles(folder: string): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let bytes = 0;
  const walk = (within: string): void => {
    for (const name of readdirSync(join(folder, within)).toSorted()) {
      const path = within === "" ? name : `${within}/${name}`;
      if (!isPlainPath(path))
        throw refuse(`It holds a file whose name is no plain one: ${JSON.stringify(path.slice(0, 100))}.`);
      const stats = lstatSync(join(folder, path));
      if (stats.isDirectory()) walk(path);
      else if (stats.isFile()) {
        bytes += stats.size;
        if (files.size >= pluginFilesMax || bytes > pluginBytesMax) throw refuse("It is larger than a plugin may be.");
        files.set(path, new Uint8Array(readFileSync(join(folder, path))));
      } else throw refuse(`${path} is no plain file.`);
    }
  };
  try {
    walk("");
  } catch (cause) {
    if (cause instanceof McpError) throw cause;
    throw refuse(`${folder.slice(0, 300)} cannot be read.`, cause);
  }
  return files;
}

const isPlainPath = (path: string): boolean =>
  path.length <= pathCharsMax &&
  path.split("/").every((part) => /^[A-Za-z0-9_@+-][A-Za-z0-9._@+-]*$|^\.[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(part));

const hashOf = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

function refuse(says: string, cause?: unknown): McpError {
  return new McpError("settings", `This plugin is not used. ${says}`, cause === undefined ? {} : { cause });
}
