/**
 * What lies at a path within a lent folder, and nothing beside it: one part of the path after the other is opened as the thing it is at that moment (O_PATH, links
 * not followed), looked at, and the next one opened from there, by the descriptor and not by name. So nobody who renames or links things meanwhile makes a path lead out, and
 * what was looked at is what is read. This is what `openat` does in other languages; Node has it by way of Linux's /proc.
 */
import { constants, type Stats } from "node:fs";
import { open, readlink, type FileHandle } from "node:fs/promises";
import { systemCode } from "../../errors.ts";
import { FolderError } from "./errors.ts";
import { pathCharsMax, pathPartsMax } from "./limits.ts";
import type { LentFolder } from "./settings.ts";

/** Linux: a descriptor that names a thing and opens nothing, so that looking at a device or a pipe does nothing to it. */
const O_PATH = 0o10000000;

export interface LentPlace {
  readonly folder: LentFolder;
  readonly parts: readonly string[];
}

export interface Found {
  /** By which it is opened again: exactly this thing, whatever its name leads to by now. */
  readonly path: string;
  readonly stats: Stats;
  close(): Promise<void>;
}

/** `notes/plan/today.md`, the name of a lent folder first. Throws `FolderError`. */
export function parsePath(path: string, folders: readonly LentFolder[]): LentPlace {
  if (path.length > pathCharsMax || !path.isWellFormed() || /\p{Cc}/u.test(path))
    throw new FolderError("refused", "That path is too long, or has signs in it that no path has.");
  const [name = "", ...rest] = path.split("/");
  const folder = folders.find((each) => each.name === name);
  if (folder === undefined) throw new FolderError("absent", `No folder "${name.slice(0, 60)}" is lent here.`);
  const parts = rest.at(-1) === "" ? rest.slice(0, -1) : rest;
  if (parts.length > pathPartsMax) throw new FolderError("refused", "That path leads too deep.");
  for (const part of parts) refusePart(part, path);
  return { folder, parts };
}

/** Hidden names hold keys, settings and what other programs run (`.env`, `.ssh`, `.git/hooks`): they are not lent with the rest. */
function refusePart(part: string, path: string): void {
  if (part === "" || part === "." || part === "..")
    throw new FolderError(
      "refused",
      `${path} is not a plain path. Write it from the folder's name, without ".." in it.`,
    );
  if (isHidden(part))
    throw new FolderError("refused", `${path} is hidden (its name begins with a dot), so it is not touched.`);
}

export const isHidden = (name: string): boolean => name.startsWith(".");

export const sayPath = ({ folder, parts }: LentPlace): string => [folder.name, ...parts].join("/");

/** Throws `FolderError`: it is not there, or not as it should be. To be closed by whoever asked. */
export async function findWithin(place: LentPlace): Promise<Found> {
  const { folder, parts } = place;
  let handle = await openPlain(folder.path, folder.name);
  try {
    const root = await handle.stat();
    let stats = root;
    if (!root.isDirectory()) throw movedError(folder.name);
    for (const [index, part] of parts.entries()) {
      const says = sayPath({ folder, parts: parts.slice(0, index + 1) });
      if (!stats.isDirectory()) throw new FolderError("absent", `There is no ${says}.`);
      const next = await openPlain(`${ownPath(handle)}/${part}`, says);
      await handle.close();
      handle = next;
      stats = await handle.stat();
      refuseOdd(stats, root, says);
    }
    // The names that lead there, as the system has them: a lent folder that was put elsewhere, or a name that only looks alike, shows here.
    if ((await readlink(ownPath(handle))) !== [folder.path, ...parts].join("/")) throw movedError(sayPath(place));
    const found = handle;
    return { path: ownPath(found), stats, close: () => found.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const ownPath = (handle: FileHandle): string => `/proc/self/fd/${handle.fd}`;

async function openPlain(path: string, says: string): Promise<FileHandle> {
  try {
    return await open(path, O_PATH | constants.O_NOFOLLOW);
  } catch (cause) {
    throw toFolderError(cause, says);
  }
}

function refuseOdd(stats: Stats, root: Stats, says: string): void {
  if (stats.isSymbolicLink())
    throw new FolderError("refused", `${says} is a link to another place, which is not followed.`);
  if (stats.dev !== root.dev) throw new FolderError("refused", `${says} lies on another disk, which is not lent.`);
  if (stats.isDirectory()) return;
  if (!stats.isFile()) throw new FolderError("refused", `${says} is no ordinary file, so it is not touched.`);
  if (stats.nlink > 1)
    throw new FolderError(
      "refused",
      `${says} has another name elsewhere on the disk (a hard link), so it is not touched.`,
    );
}

const movedError = (says: string): FolderError =>
  new FolderError(
    "refused",
    `${says} is not where it was when it was lent. If you moved it, name it again: sovereign folders`,
  );

export function toFolderError(cause: unknown, says: string): FolderError {
  if (cause instanceof FolderError) return cause;
  switch (systemCode(cause)) {
    case "ENOENT":
    case "ENOTDIR":
      return new FolderError("absent", `There is no ${says}.`, { cause });
    case "EACCES":
    case "EPERM":
      return new FolderError("refused", `${says} cannot be opened by the host's user.`, { cause });
    case "ENAMETOOLONG":
      return new FolderError("refused", "That name is too long.", { cause });
    case "ENOSPC":
    case "EDQUOT":
      return new FolderError("failed", "The disk is full. Nothing was written.", { cause });
    case "EROFS":
      return new FolderError("failed", "That disk takes no writing. Nothing was written.", { cause });
    default:
      return new FolderError("failed", `${says} could not be used.`, { cause });
  }
}
