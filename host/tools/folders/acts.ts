/** What is done within a lent folder: listing, reading, searching, writing. Each throws `FolderError`, and follows nothing out (within.ts). */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open, opendir, rename, unlink } from "node:fs/promises";
import { FolderError } from "./errors.ts";
import {
  listedMax,
  readBytesMax,
  searchBytesMax,
  searchFilesMax,
  searchHitsMax,
  searchLineCharsMax,
} from "./limits.ts";
import { findWithin, isHidden, type LentPlace, sayPath, toFolderError } from "./within.ts";

interface Listed {
  readonly name: string;
  readonly isFolder: boolean;
}

/** What is neither a folder nor a file (links, devices, pipes) and what is hidden is left out. */
export async function listFolder(
  place: LentPlace,
): Promise<{ readonly names: readonly Listed[]; readonly isCut: boolean }> {
  const found = await findWithin(place);
  try {
    if (!found.stats.isDirectory()) throw new FolderError("refused", `${sayPath(place)} is a file, not a folder.`);
    const names: Listed[] = [];
    let isCut = false;
    // Ends itself when it is left early.
    for await (const each of await opendir(found.path)) {
      if (isHidden(each.name) || !(each.isDirectory() || each.isFile())) continue;
      if (names.length >= listedMax) {
        isCut = true;
        break;
      }
      names.push({ name: each.name, isFolder: each.isDirectory() });
    }
    return { names: names.toSorted((a, b) => (a.name < b.name ? -1 : 1)), isCut };
  } catch (error) {
    throw toFolderError(error, sayPath(place));
  } finally {
    await found.close();
  }
}

/** A text in UTF-8, whole. */
export async function readText(place: LentPlace): Promise<string> {
  const found = await findWithin(place);
  try {
    const says = sayPath(place);
    if (!found.stats.isFile()) throw new FolderError("refused", `${says} is a folder, not a file.`);
    if (found.stats.size > readBytesMax) throw new FolderError("refused", `${says} is too large to be read here.`);
    const file = await open(found.path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      // One byte more than it may have: a file that grows meanwhile is not read without end.
      const bytes = Buffer.alloc(readBytesMax + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
        length += bytesRead;
        if (bytesRead === 0 || length === bytes.length) break;
      }
      if (length > readBytesMax) throw new FolderError("refused", `${says} is too large to be read here.`);
      return decodeText(bytes.subarray(0, length), says);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw toFolderError(error, sayPath(place));
  } finally {
    await found.close();
  }
}

function decodeText(bytes: Uint8Array, says: string): string {
  try {
    if (!bytes.includes(0)) return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // reason: said below.
  }
  throw new FolderError("refused", `${says} is no text in UTF-8, so it is not read here.`);
}

export interface Hit {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

/** Lines that hold the text, large and small letters alike. What cannot be read is passed over. */
export async function searchFolder(
  place: LentPlace,
  wanted: string,
  signal: AbortSignal,
): Promise<{ readonly hits: readonly Hit[]; readonly isCut: boolean }> {
  const needle = wanted.toLowerCase();
  const hits: Hit[] = [];
  const waiting: LentPlace[] = [place];
  // Folders count as well.
  let [files, chars] = [0, 0];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { names } = await listFolder(next).catch((error: unknown) => {
      if (next === place) throw error;
      return { names: [] };
    });
    for (const { name, isFolder } of names) {
      const inside = { folder: next.folder, parts: [...next.parts, name] };
      files += 1;
      if (signal.aborted || files > searchFilesMax || chars > searchBytesMax) return { hits, isCut: true };
      if (isFolder) {
        waiting.push(inside);
        continue;
      }
      const text = await readText(inside).catch(() => "");
      chars += text.length;
      if (!text.toLowerCase().includes(needle)) continue;
      for (const [index, line] of text.split("\n").entries()) {
        if (!line.toLowerCase().includes(needle)) continue;
        if (hits.length >= searchHitsMax) return { hits, isCut: true };
        hits.push({
          path: sayPath(inside),
          line: index + 1,
          text: line.trim().slice(0, searchLineCharsMax).toWellFormed(),
        });
      }
    }
  }
  return { hits, isCut: false };
}

/** The whole file, new or in place of the old one, which a crash leaves as it was. Resolves with how many bytes stood there before; `null`: none did. */
export async function writeText(place: LentPlace, text: string): Promise<number | null> {
  const says = sayPath(place);
  const name = place.parts.at(-1);
  if (name === undefined) throw new FolderError("refused", `${says} is a folder, not a file.`);
  const before = await sizeBefore(place);
  const parent = await findWithin({ folder: place.folder, parts: place.parts.slice(0, -1) });
  const draft = `${parent.path}/.sovereign-${randomBytes(8).toString("hex")}`;
  try {
    if (!parent.stats.isDirectory()) throw new FolderError("absent", `There is no folder for ${says}.`);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const file = await open(draft, flags, 0o666);
    try {
      if (before !== null) await file.chmod(before.mode & 0o777);
      await file.writeFile(text, "utf8");
      await file.sync();
    } finally {
      await file.close();
    }
    // A link that was put in its place meanwhile is itself replaced, and not what it leads to.
    await rename(draft, `${parent.path}/${name}`);
    return before?.size ?? null;
  } catch (error) {
    await unlink(draft).catch(() => {});
    throw toFolderError(error, says);
  } finally {
    await parent.close();
  }
}

async function sizeBefore(place: LentPlace): Promise<{ readonly size: number; readonly mode: number } | null> {
  try {
    const found = await findWithin(place);
    await found.close();
    if (!found.stats.isFile()) throw new FolderError("refused", `${sayPath(place)} is a folder, not a file.`);
    return found.stats;
  } catch (error) {
    if (error instanceof FolderError && error.code === "absent") return null;
    throw error;
  }
}
