/**
 * What the owner configured: SOVEREIGN_BACKEND (one or more addresses or model files, between commas) and `backends.json` in the home.
 *
 *   { "backends": [{ "name": "big", "url": "http://192.168.1.20:8000/v1", "keyFile": "/home/me/vllm.key",
 *                    "place": "local", "maxConcurrent": 8 },
 *                  { "name": "cloud", "url": "https://api.example/v1", "keyFile": "/home/me/cloud.key", "place": "outside" }],
 *     "files":    [{ "name": "qwen3-8b", "path": "/models/qwen3-8b.gguf" }],
 *     "routes":   { "fast": [{ "backend": "big", "model": "qwen3-8b" }, "llama3.2"] },
 *     "onChange": "warn" }
 *
 * A field that is not known is refused, because a misspelt one would be a setting that silently does nothing.
 */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { HostError } from "../errors.ts";
import { fileStamp, readFileIfThere } from "../home.ts";
import { isLoopback, isPrivateHost, parseBackendUrl } from "./addresses.ts";
import { BackendError } from "./backend.ts";
import {
  backendsFileBytesMax,
  backendsMax,
  concurrentDefault,
  concurrentMax,
  keyFileBytesMax,
  modelNameCharsMax,
  routesMax,
  routeTargetsMax,
} from "./limits.ts";

/** "local": on hardware the owner controls. "outside": somebody else reads what is asked. */
export type Place = "local" | "outside";

export interface BackendSettings {
  readonly name: string;
  readonly baseUrl: string;
  readonly keyFile: string | null;
  readonly place: Place;
  readonly maxConcurrent: number;
}

/** A model file, run by the embedded engine. */
export interface ModelFile {
  /** The model's name for those who ask. */
  readonly name: string;
  readonly path: string;
}

/** The name of the embedded engine as a backend. */
export const engineName = "embedded";

export interface RouteTarget {
  /** `null`: whichever backend has the model. */
  readonly backend: string | null;
  readonly model: string;
}

export interface PoolSettings {
  /** With `files`, empty: look on the usual ports, and use the models that were pulled. */
  readonly backends: readonly BackendSettings[];
  readonly files: readonly ModelFile[];
  readonly routes: ReadonlyMap<string, readonly RouteTarget[]>;
  /** What a change in a model file does. */
  readonly onChange: "warn" | "block";
}

const backendsFileName = "backends.json";
/** How a sentence about these settings ends; a host that runs takes a corrected file up by itself. */
export const startAgain = ", then start Sovereign again.";
/** Paths and addresses: what operating systems take. */
const pathCharsMax = 4_096;

/** Throws `HostError("config")`. `configured` is SOVEREIGN_BACKEND; what it names comes before what the file names. */
export function readSettings(home: string, configured: string | null, ownPorts: readonly number[]): PoolSettings {
  const parts = splitBackends(configured);
  const file = join(home, backendsFileName);
  const bytes = readFileIfThere(file);
  const fromFile = bytes === null ? noFile : parseFile(file, bytes, ownPorts);
  const named = parts.filter((part) => !isModelFile(part)).map((part) => parseConfigured(part, ownPorts));
  const given = parts.filter(isModelFile).map((part) => ({ name: nameOfFile(part), path: toPath(part) }));
  const backends = firstOfEach([...named, ...fromFile.backends], ({ baseUrl }) => baseUrl);
  const files = firstOfEach([...given, ...fromFile.files], ({ path }) => path);
  if (backends.length + files.length > backendsMax) throw configError(file, `names more than ${backendsMax} backends`);
  for (const [route, targets] of fromFile.routes) {
    const names = [engineName, ...backends.map(({ name }) => name)];
    const missing = targets.find(({ backend }) => backend !== null && !names.includes(backend));
    if (missing !== undefined) {
      throw configError(file, `the route "${route}" names the backend "${missing.backend}", which is not listed`);
    }
  }
  return { ...fromFile, backends, files };
}

/** Another one after each change of the file, also when an editor puts a new file in its place. */
export const stampOfSettings = (home: string): string => fileStamp(join(home, backendsFileName));

/** The parts of SOVEREIGN_BACKEND. A comma cannot stand inside one. */
export function splitBackends(configured: string | null): readonly string[] {
  return (configured ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

export function isModelFile(text: string): boolean {
  return /\.gguf$/i.test(text) && !/^[a-z]+:\/\//i.test(text);
}

/** The key of a backend, read anew each time it is needed: whoever changes it need not restart anything. */
export function readKey(keyFile: string | null): string | null {
  if (keyFile === null) return null;
  const bytes = readFileIfThere(keyFile);
  const key = bytes === null || bytes.length > keyFileBytesMax ? "" : Buffer.from(bytes).toString("latin1").trim();
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new BackendError(
    "backend-config",
    `The key file ${keyFile} is missing or holds no key. Put the key into it, on one line and nothing else.`,
  );
}

const noFile: PoolSettings = { backends: [], files: [], routes: new Map(), onChange: "warn" };

function parseConfigured(text: string, ownPorts: readonly number[]): BackendSettings {
  try {
    const baseUrl = parseBackendUrl(text, ownPorts);
    const { host, hostname } = new URL(baseUrl);
    const place = placeOf(hostname);
    return { name: host, baseUrl, keyFile: null, place, maxConcurrent: concurrentDefault };
  } catch (error) {
    if (error instanceof BackendError) throw new HostError("config", error.ownerSentence, { cause: error });
    throw error;
  }
}

function parseFile(file: string, bytes: Uint8Array, ownPorts: readonly number[]): PoolSettings {
  if (bytes.length > backendsFileBytesMax) throw configError(file, "is far too large");
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    throw configError(file, `is no JSON (${cause instanceof Error ? cause.message : "unreadable"})`, cause);
  }
  const all = fieldsOf(file, value, "The file", ["backends", "files", "routes", "onChange"]);
  const onChange = all["onChange"] ?? "warn";
  if (onChange !== "warn" && onChange !== "block") throw configError(file, 'needs "warn" or "block" for onChange');
  const listOf = (name: string): readonly unknown[] => {
    const list = all[name] ?? [];
    return Array.isArray(list) ? list : refuse(file, `needs a list for ${name}`);
  };
  const backends = listOf("backends").map((entry, at) => parseBackend(file, entry, `Backend ${at + 1}`, ownPorts));
  const files = listOf("files").map((entry, at) => parseModelFile(file, entry, `File ${at + 1}`));
  for (const named of [backends, files]) {
    if (new Set(named.map(({ name }) => name)).size < named.length)
      throw configError(file, "gives one name to two entries");
  }
  return { backends, files, onChange, routes: parseRoutes(file, all["routes"] ?? {}) };
}

function parseBackend(file: string, entry: unknown, what: string, ownPorts: readonly number[]): BackendSettings {
  const fields = fieldsOf(file, entry, what, ["name", "url", "keyFile", "place", "maxConcurrent"]);
  const name = textOf(file, fields, what, "name");
  const url = textOf(file, fields, what, "url");
  const keyFile = fields["keyFile"] === undefined ? null : toPath(textOf(file, fields, what, "keyFile"));
  const { place, maxConcurrent = concurrentDefault } = fields;
  if (name === engineName) throw configError(file, `${what} is called "${engineName}", which is the engine's own name`);
  if (!isBetween(maxConcurrent, 1, concurrentMax)) {
    throw configError(file, `${what} needs a number from 1 to ${concurrentMax} for maxConcurrent`);
  }
  if (place !== undefined && place !== "local" && place !== "outside") {
    throw configError(file, `${what} needs "local" or "outside" for place`);
  }
  try {
    const baseUrl = parseBackendUrl(url, ownPorts);
    return { name, baseUrl, keyFile, place: place ?? placeOf(new URL(baseUrl).hostname), maxConcurrent };
  } catch (cause) {
    if (cause instanceof BackendError) throw configError(file, `${what}: ${cause.message}`, cause);
    throw cause;
  }
}

function parseModelFile(file: string, entry: unknown, what: string): ModelFile {
  const fields = fieldsOf(file, entry, what, ["name", "path"]);
  const path = textOf(file, fields, what, "path");
  if (!isModelFile(path)) throw configError(file, `${what} needs a path that ends in .gguf`);
  const name = fields["name"] === undefined ? nameOfFile(path) : textOf(file, fields, what, "name");
  return { name, path: toPath(path) };
}

function textOf(file: string, fields: Readonly<Record<string, unknown>>, what: string, name: string): string {
  const value = fields[name];
  const charsMax = name === "name" ? modelNameCharsMax : pathCharsMax;
  if (typeof value === "string" && value !== "" && value.length <= charsMax) return value;
  throw configError(file, `${what} needs a text for ${name}`);
}

function parseRoutes(file: string, value: unknown): ReadonlyMap<string, readonly RouteTarget[]> {
  const routes = new Map<string, readonly RouteTarget[]>();
  const entries = Object.entries(fieldsOf(file, value, "routes", null));
  if (entries.length > routesMax) throw configError(file, `names more than ${routesMax} routes`);
  for (const [name, targets] of entries) {
    const what = `The route "${name.slice(0, 100)}"`;
    if (name === "" || name.length > modelNameCharsMax) throw configError(file, "has a route without a usable name");
    if (!Array.isArray(targets) || !isBetween(targets.length, 1, routeTargetsMax)) {
      throw configError(file, `${what} needs a list of 1 to ${routeTargetsMax} models`);
    }
    routes.set(
      name,
      targets.map((target: unknown) => parseTarget(file, target, what)),
    );
  }
  return routes;
}

function parseTarget(file: string, target: unknown, what: string): RouteTarget {
  const isName = (text: unknown): text is string =>
    typeof text === "string" && text !== "" && text.length <= modelNameCharsMax;
  if (isName(target)) return { backend: null, model: target };
  const fields = fieldsOf(file, target, what, ["backend", "model"]);
  const { backend = null, model } = fields;
  if (!isName(model) || (backend !== null && !isName(backend))) {
    throw configError(file, `${what} needs names of a backend and a model`);
  }
  return { backend, model };
}

/** `allowed: null` takes any name. */
function fieldsOf(
  file: string,
  value: unknown,
  what: string,
  allowed: readonly string[] | null,
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw configError(file, `${what} must be an object in braces`);
  }
  const unknown = Object.keys(value).find((name) => allowed !== null && !allowed.includes(name));
  if (unknown !== undefined) {
    throw configError(file, `${what} has a field "${unknown.slice(0, 100)}", which is none of ${allowed?.join(", ")}`);
  }
  return value as Record<string, unknown>;
}

export function nameOfFile(path: string): string {
  return path.replace(/^.*[/\\]/, "").replace(/\.gguf$/i, "");
}

function toPath(text: string): string {
  if (text.startsWith("~/")) return join(homedir(), text.slice(2));
  return isAbsolute(text) ? text : resolve(text);
}

/** On this machine or in a private network: the owner's, unless they say otherwise. */
function placeOf(hostname: string): Place {
  return isLoopback(hostname) || isPrivateHost(hostname) ? "local" : "outside";
}

/** The same address twice is one backend, and so is the same name: the first is kept. */
function firstOfEach<T extends { readonly name: string }>(all: readonly T[], whereOf: (one: T) => string): T[] {
  const kept: T[] = [];
  for (const one of all) {
    if (!kept.some((other) => other.name === one.name || whereOf(other) === whereOf(one))) kept.push(one);
  }
  return kept;
}

function isBetween(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

function refuse(file: string, what: string): never {
  throw configError(file, what);
}

function configError(file: string, what: string, cause?: unknown): HostError {
  return new HostError("config", `${file}: ${what}. Correct it${startAgain}`, { cause });
}
