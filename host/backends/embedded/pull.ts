/**
 * `sovereign models pull`: finds a model's file, installs the engine, downloads with progress, goes on where an earlier try was cut off, and
 * keeps nothing whose SHA-256 is not the expected one. The file gets its name only when it is whole and right.
 */
import {
  createWriteStream,
  existsSync,
  openSync,
  closeSync,
  fsyncSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { HostError, systemCode } from "../../errors.ts";
import { prepareFolder } from "../../home.ts";
import { nameOfFile, type ModelFile } from "../settings.ts";
import { installEngine, type EngineProgress } from "./engine.ts";
import { openFollowing } from "./following.ts";
import { hashFile, pinPulledFile, pinSource, readPinnedSource, type PinnedSource } from "./integrity.ts";
import {
  downloadIdleMs,
  downloadRetryMs,
  downloadTriesMax,
  modelBytesMax,
  modelFilesMax,
  progressEveryMs,
} from "./limits.ts";
import { findSource } from "./sources.ts";

export type PullProgress =
  | { readonly kind: "found"; readonly url: string; readonly sha256: string; readonly bytes: number }
  | { readonly kind: "engine"; readonly progress: EngineProgress }
  /** `allBytes` is 0 while nobody knows. */
  | { readonly kind: "download"; readonly doneBytes: number; readonly allBytes: number }
  | { readonly kind: "retry"; readonly says: string }
  | { readonly kind: "check"; readonly doneBytes: number; readonly allBytes: number }
  | { readonly kind: "done"; readonly model: string; readonly path: string; readonly wasThere: boolean };

export interface PullOptions {
  readonly home: string;
  /** ISO date, for what is shown. */
  readonly today: () => string;
  readonly sha256?: string;
  readonly onProgress?: (progress: PullProgress) => void;
  readonly signal?: AbortSignal;
  readonly hub?: string;
  /** A model may be fetched for another machine, or the engine be there by other means. */
  readonly installsEngine?: boolean;
  readonly retryMs?: number;
}

export interface PulledModel {
  /** Its name for those who ask. */
  readonly model: string;
  readonly path: string;
  readonly sha256: string;
}

/** Throws `HostError` with a sentence; what was downloaded by then is kept and used by the next try. */
export async function pullModel(name: string, options: PullOptions): Promise<PulledModel> {
  const { home, onProgress = () => {}, signal = new AbortController().signal } = options;
  if (options.sha256 !== undefined && !/^[0-9a-f]{64}$/.test(options.sha256)) {
    throw new HostError("engine", "A SHA-256 has 64 letters and digits, from 0 to 9 and a to f.");
  }
  const folder = modelsFolder(home);
  prepareFolder(folder);
  const pinned = readPinnedSource(home, name);
  if (pinned !== null && options.sha256 !== undefined && pinned.sha256 !== options.sha256) {
    throw new HostError(
      "engine",
      `"${name.slice(0, 200)}" was pinned to another SHA-256 before. Take it out of models.json to change that.`,
    );
  }
  const source = pinned ?? (await findSource(name, { ...options, signal }));
  onProgress({ kind: "found", url: source.url, sha256: source.sha256, bytes: source.bytes });
  const path = join(folder, source.file);
  const model = nameOfFile(path);
  const wasThere = existsSync(path) && (await hashOf(path, onProgress)) === source.sha256;
  if (!wasThere) await download(source, path, onProgress, signal, options.retryMs ?? downloadRetryMs);
  pinPulledFile(home, path, source.sha256, options.today());
  if (pinned === null) pinSource(home, name, { ...source, bytes: statSync(path).size });
  if (options.installsEngine ?? true) {
    await installEngine({ home, signal, onProgress: (progress) => onProgress({ kind: "engine", progress }) });
  }
  onProgress({ kind: "done", model, path, wasThere });
  return { model, path, sha256: source.sha256 };
}

export function modelsFolder(home: string): string {
  return join(home, "models");
}

/** What was pulled. */
export function listModelFiles(home: string): readonly ModelFile[] {
  try {
    return readdirSync(modelsFolder(home))
      .filter((file) => /\.gguf$/i.test(file))
      .sort()
      .slice(0, modelFilesMax)
      .map((file) => ({ name: nameOfFile(file), path: join(modelsFolder(home), file) }));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}

async function download(
  source: PinnedSource,
  path: string,
  onProgress: (progress: PullProgress) => void,
  signal: AbortSignal,
  retryMs: number,
): Promise<void> {
  // By its hash: a part of other bytes is never gone on with.
  const part = `${path}.${source.sha256.slice(0, 16)}.part`;
  for (let left = downloadTriesMax; ; left--) {
    try {
      await fetchRest(source, part, onProgress, signal);
      break;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof HostError || left <= 1 || isLocalFault(error)) throw toDownloadError(source, error);
      onProgress({ kind: "retry", says: "The download broke off and goes on where it was." });
      await pause(retryMs, undefined, { signal });
    }
  }
  if ((await hashOf(part, onProgress)) !== source.sha256) {
    rmSync(part, { force: true });
    throw new HostError(
      "engine",
      "What was downloaded is not the expected file: its SHA-256 is another one. It was deleted. Try again, or check where it comes from.",
    );
  }
  checkIsGguf(part);
  syncFile(part);
  renameSync(part, path);
}

/** Asks for what is missing. A server that cannot do that sends all of it again. */
async function fetchRest(
  source: PinnedSource,
  part: string,
  onProgress: (progress: PullProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  let done = existsSync(part) ? statSync(part).size : 0;
  if (source.bytes > 0 && done === source.bytes) return;
  if (source.bytes > 0 && done > source.bytes) done = 0;
  const idle = new AbortController();
  let timer = setTimeout(() => idle.abort(), downloadIdleMs);
  const ending = AbortSignal.any([signal, idle.signal]);
  try {
    const response = await openFollowing(source.url, done > 0 ? { range: `bytes=${done}-` } : {}, ending);
    const { status, body } = response;
    if (status === 416) {
      await body?.cancel();
      rmSync(part, { force: true });
      throw new Error("The part does not fit the file any more.");
    }
    if ((status !== 200 && status !== 206) || body === null) {
      await body?.cancel();
      const says = `${new URL(source.url).host} answered ${status}.`;
      if (status >= 500 || status === 429) throw new Error(says);
      throw new HostError("engine", `${says} Check the name or the address.`);
    }
    const continues = status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${done}-`) === true;
    if (status === 206 && !continues)
      throw new HostError("engine", "The server sent another part of the file than was asked for.");
    if (!continues) done = 0;
    const length = Number(response.headers.get("content-length") ?? 0);
    const all = source.bytes > 0 ? source.bytes : done + (Number.isSafeInteger(length) && length > 0 ? length : 0);
    checkRoom(part, all - done);
    let told = -Infinity;
    const count = async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const piece of pieces) {
        clearTimeout(timer);
        timer = setTimeout(() => idle.abort(), downloadIdleMs);
        done += piece.length;
        if (done > (source.bytes > 0 ? source.bytes : modelBytesMax))
          throw new HostError("engine", "The server sends more than the file holds.");
        if (performance.now() - told >= progressEveryMs) {
          told = performance.now();
          onProgress({ kind: "download", doneBytes: done, allBytes: all });
        }
        yield piece;
      }
    };
    await pipeline(
      Readable.fromWeb(body as import("node:stream/web").ReadableStream<Uint8Array>),
      count,
      createWriteStream(part, { flags: continues ? "a" : "w", mode: 0o600 }),
      { signal: ending },
    );
    if (source.bytes > 0 && done < source.bytes) throw new Error("The download ended early.");
    onProgress({ kind: "download", doneBytes: done, allBytes: Math.max(all, done) });
  } finally {
    clearTimeout(timer);
  }
}

function hashOf(path: string, onProgress: (progress: PullProgress) => void): Promise<string> {
  let told = -Infinity;
  return hashFile(path, statSync(path).size, (doneBytes, allBytes) => {
    if (doneBytes < allBytes && performance.now() - told < progressEveryMs) return;
    told = performance.now();
    onProgress({ kind: "check", doneBytes, allBytes });
  });
}

function checkRoom(file: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(join(file, ".."));
  if (bavail * bsize > bytes) return;
  throw new HostError(
    "engine",
    `The disk has too little room: ${Math.ceil(bytes / 1e6)} MB are needed. Make room, then try again.`,
  );
}

function checkIsGguf(file: string): void {
  const handle = openSync(file, "r");
  const head = Buffer.alloc(4);
  try {
    readSync(handle, head);
  } finally {
    closeSync(handle);
  }
  if (head.toString("latin1") === "GGUF") return;
  rmSync(file, { force: true });
  throw new HostError("engine", "That file is no model in the form GGUF, so it was deleted. Name another one.");
}

function syncFile(file: string): void {
  const handle = openSync(file, "r+");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function isLocalFault(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EACCES", "EROFS"].includes(systemCode(error));
}

function toDownloadError(source: PinnedSource, error: unknown): HostError {
  if (error instanceof HostError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new HostError(
    "engine",
    `The download from ${new URL(source.url).host} broke off (${why}). What came is kept: try again to go on.`,
    { cause: error },
  );
}
