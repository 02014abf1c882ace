/**
 * Model files are pinned: the first use writes down a file's SHA-256 in `models.json`, and from then on another content is a change that the
 * owner is told of, or that blocks the file (`"onChange": "block"` in backends.json). A file of many GB is read through once, and again
 * only when its size or one of its times has changed.
 *
 * What this cannot see: a file that is changed between the look at it and its loading, and a change by somebody who can also write
 * models.json, which lies in the same home.
 */
import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import { HostError, systemCode } from "../../errors.ts";
import { readFileIfThere, writeFileWhole } from "../../home.ts";
import { field, isCount, readText } from "../fields.ts";
import { pinsBytesMax, pinsMax } from "./limits.ts";

/** A file as it was when it was read through. */
interface Seen {
  readonly sha256: string;
  /**
   * Size, times and inode. The time of change is set by the system alone, and the inode is another one when another file was put in this
   * one's place.
   */
  readonly stamp: string;
}

interface PinnedFile {
  readonly sha256: string;
  readonly pinnedAt: string;
  readonly seen: Seen;
}

/** Where a model came from, by the name that was asked for: the same name gives the same bytes ever after. */
export interface PinnedSource {
  readonly url: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly file: string;
}

interface Pins {
  readonly files: ReadonlyMap<string, PinnedFile>;
  readonly sources: ReadonlyMap<string, PinnedSource>;
}

export type FileVerdict =
  | { readonly kind: "good"; readonly sha256: string }
  | { readonly kind: "changed"; readonly says: string }
  | { readonly kind: "refused"; readonly code: "backend-engine" | "backend-changed"; readonly says: string };

export interface IntegrityOptions {
  readonly home: string;
  readonly onChange: "warn" | "block";
  /** ISO date, for what is shown. */
  readonly today: () => string;
  readonly onHashing?: (doneBytes: number, allBytes: number) => void;
}

/** Pins the file at its first use, and says at each later one whether it is still the same. */
export async function checkModelFile(path: string, options: IntegrityOptions): Promise<FileVerdict> {
  let now: FileNow;
  try {
    now = lookAt(path);
  } catch (error) {
    const why = systemCode(error) === "ENOENT" ? "is not there" : `cannot be read (${systemCode(error)})`;
    return {
      kind: "refused",
      code: "backend-engine",
      says: `The model file ${path} ${why}. Put it there, or name another one.`,
    };
  }
  const pinned = readPins(options.home).files.get(path);
  if (pinned !== undefined && pinned.seen.stamp === now.stamp) return judge(path, pinned, options.onChange);
  const sha256 = await hashFile(path, now.bytes, options.onHashing);
  const pin: PinnedFile = {
    sha256: pinned?.sha256 ?? sha256,
    pinnedAt: pinned?.pinnedAt ?? options.today(),
    seen: { sha256, stamp: now.stamp },
  };
  writePins(options.home, (pins) => ({ ...pins, files: new Map(pins.files).set(path, pin) }));
  return judge(path, pin, options.onChange);
}

/** The owner says that the file is right as it is now: it is pinned anew at its next use. */
export function forgetModelFile(home: string, path: string): void {
  writePins(home, (pins) => ({ ...pins, files: new Map([...pins.files].filter(([other]) => other !== path)) }));
}

/** A file whose hash was checked while it was downloaded. */
export function pinPulledFile(home: string, path: string, sha256: string, today: string): void {
  const pin: PinnedFile = { sha256, pinnedAt: today, seen: { sha256, stamp: lookAt(path).stamp } };
  writePins(home, (pins) => ({ ...pins, files: new Map(pins.files).set(path, pin) }));
}

export function readPinnedSource(home: string, name: string): PinnedSource | null {
  return readPins(home).sources.get(name) ?? null;
}

export function pinSource(home: string, name: string, source: PinnedSource): void {
  writePins(home, (pins) => ({ ...pins, sources: new Map(pins.sources).set(name, source) }));
}

/** Hex. Reads in pieces, so that a file larger than memory is no trouble and nothing else waits for long. */
export async function hashFile(
  path: string,
  bytes: number,
  onHashing?: (done: number, all: number) => void,
): Promise<string> {
  const hash = createHash("sha256");
  let done = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1_048_576 }) as AsyncIterable<Uint8Array>) {
    hash.update(piece);
    done += piece.length;
    onHashing?.(done, bytes);
  }
  return hash.digest("hex");
}

function judge(path: string, { sha256, pinnedAt, seen }: PinnedFile, onChange: "warn" | "block"): FileVerdict {
  if (seen.sha256 === sha256) return { kind: "good", sha256 };
  const what = `The model file ${path} is not the one that was pinned on ${pinnedAt.slice(0, 10)}.`;
  if (onChange === "warn")
    return { kind: "changed", says: `${what} If you changed it, take its entry out of models.json.` };
  return {
    kind: "refused",
    code: "backend-changed",
    says: `${what} It is not used. Put the right file back or, if you changed it, take its entry out of models.json.`,
  };
}

interface FileNow {
  readonly bytes: number;
  readonly stamp: string;
}

function lookAt(path: string): FileNow {
  const { size, mtimeNs, ctimeNs, ino } = statSync(path, { bigint: true });
  return { bytes: Number(size), stamp: [size, mtimeNs, ctimeNs, ino].join(" ") };
}

function pinsFile(home: string): string {
  return join(home, "models.json");
}

function writePins(home: string, change: (pins: Pins) => Pins): void {
  const { files, sources } = change(readPins(home));
  const text = JSON.stringify({ files: Object.fromEntries(files), sources: Object.fromEntries(sources) }, null, 2);
  if (files.size > pinsMax || sources.size > pinsMax)
    throw new HostError("engine", `${pinsFile(home)} is full. Take entries of files you no longer have out of it.`);
  writeFileWhole(pinsFile(home), Buffer.from(`${text}\n`));
}

/** A file that cannot be read is not taken for an empty one: that would pin everything anew. */
function readPins(home: string): Pins {
  const bytes = readFileIfThere(pinsFile(home));
  if (bytes === null) return { files: new Map(), sources: new Map() };
  try {
    if (bytes.length > pinsBytesMax) throw new RangeError("too large");
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return {
      files: readMap(field(value, "files"), readPinnedFile),
      sources: readMap(field(value, "sources"), readSource),
    };
  } catch (cause) {
    throw new HostError(
      "corrupt",
      `${pinsFile(home)}, which says what each model file was, cannot be read. Put back a copy of it, or delete it to pin the files anew.`,
      { cause },
    );
  }
}

function readMap<T>(value: unknown, read: (entry: unknown) => T): ReadonlyMap<string, T> {
  return new Map(Object.entries((value ?? {}) as object).map(([name, entry]) => [name, read(entry)]));
}

function readPinnedFile(entry: unknown): PinnedFile {
  const seen = field(entry, "seen");
  return {
    sha256: readHash(field(entry, "sha256")),
    pinnedAt: readText(field(entry, "pinnedAt"), 40),
    seen: {
      sha256: readHash(field(seen, "sha256")),
      stamp: readText(field(seen, "stamp"), 200),
    },
  };
}

function readSource(entry: unknown): PinnedSource {
  return {
    url: readText(field(entry, "url"), 4_096),
    sha256: readHash(field(entry, "sha256")),
    bytes: readCount(field(entry, "bytes")),
    file: readText(field(entry, "file"), 255),
  };
}

function readHash(value: unknown): string {
  if (typeof value === "string" && /^[0-9a-f]{64}$/.test(value)) return value;
  throw new TypeError("no hash");
}

function readCount(value: unknown): number {
  if (isCount(value)) return value;
  throw new TypeError("no count");
}
