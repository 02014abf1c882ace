/**
 * The folders that the owner lends to tools, by name: `HOME/tools/folders.json`, written by the command line.
 *
 *   { "version": 1, "folders": [{ "name": "notes", "path": "/home/me/notes", "isWritable": false }] }
 */
import { realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileStamp, prepareFolder, readFileIfThere, writeFileWhole } from "../../home.ts";
import { isTooWide } from "../../mcp/sandbox.ts";
import { FolderError } from "./errors.ts";
import { folderNameCharsMax, foldersMax, settingsBytesMax } from "./limits.ts";

export interface LentFolder {
  readonly name: string;
  /** Absolute, links followed when it was named. */
  readonly path: string;
  readonly isWritable: boolean;
}

const fileOf = (home: string): string => join(home, "tools", "folders.json");

/** What does not make sense is not lent. Throws `FolderError("settings")` for a file that cannot be read at all. */
export function readFolders(home: string): readonly LentFolder[] {
  const bytes = readFileIfThere(fileOf(home));
  if (bytes === null) return [];
  try {
    if (bytes.length > settingsBytesMax) throw new RangeError("too large");
    const { folders } = JSON.parse(Buffer.from(bytes).toString("utf8")) as { folders?: unknown };
    return Array.isArray(folders) ? folders.flatMap((each) => readFolder(each) ?? []).slice(0, foldersMax) : [];
  } catch (cause) {
    throw new FolderError(
      "settings",
      `${fileOf(home)} is not what Sovereign wrote there, so no folder is lent to tools. Put the file back, or delete it and name the folders again.`,
      { cause },
    );
  }
}

function readFolder(value: unknown): LentFolder | null {
  if (typeof value !== "object" || value === null) return null;
  const { name, path, isWritable } = value as Record<string, unknown>;
  if (typeof name !== "string" || typeof path !== "string" || !isFolderName(name) || !path.startsWith("/")) return null;
  return { name, path, isWritable: isWritable === true };
}

const isFolderName = (name: string): boolean => name.length <= folderNameCharsMax && /^[a-z][a-z0-9-]*$/.test(name);

/** `null`: they can be lent here. Elsewhere nothing opens a path part by part and holds on to each (within.ts), so a link that is put there in between would lead out. */
export function findNoLending(platform: NodeJS.Platform = process.platform): string | null {
  if (platform === "linux") return null;
  return "Folders are lent only by a host on Linux: on this system it cannot be made sure that a path stays inside the folder. No folder is lent. Attach the files to a chat, add them to a project, or let a host on Linux (a container or a virtual machine will do) hold the folder.";
}

/** Throws `FolderError("settings")`. */
export function lendFolder(
  home: string,
  name: string,
  path: string,
  isWritable: boolean,
  platform: NodeJS.Platform = process.platform,
): LentFolder {
  const noLending = findNoLending(platform);
  if (noLending !== null) throw new FolderError("settings", noLending);
  if (!isFolderName(name))
    throw new FolderError(
      "settings",
      `"${name.slice(0, 60)}" cannot be a folder's name here. Take a short word of small letters, digits and "-", as in: notes`,
    );
  const real = toRealFolder(path);
  if (isTooWide(real, home))
    throw new FolderError(
      "settings",
      `${real} holds keys or far more than tools need, so it is not lent. Name a folder that holds only what they are for.`,
    );
  const others = readFolders(home).filter((each) => each.name !== name);
  if (others.length >= foldersMax)
    throw new FolderError(
      "settings",
      `${foldersMax} folders are lent already. Take one back first: sovereign folders remove NAME`,
    );
  const folder = { name, path: real, isWritable };
  keep(home, [...others, folder]);
  return folder;
}

/** `false`: none has that name. */
export function takeFolderBack(home: string, name: string): boolean {
  const folders = readFolders(home);
  if (!folders.some((each) => each.name === name)) return false;
  keep(
    home,
    folders.filter((each) => each.name !== name),
  );
  return true;
}

function toRealFolder(path: string): string {
  try {
    const real = realpathSync(resolve(path));
    if (statSync(real).isDirectory()) return real;
  } catch {
    // reason: what is not there is no folder.
  }
  throw new FolderError(
    "settings",
    `${path.slice(0, 500)} is not a folder on this machine. Make it first, or name another.`,
  );
}

function keep(home: string, folders: readonly LentFolder[]): void {
  prepareFolder(join(home, "tools"));
  writeFileWhole(fileOf(home), Buffer.from(`${JSON.stringify({ version: 1, folders }, null, 2)}\n`));
}

/** Changes whenever the list does. */
export const folderStamp = (home: string): string => fileStamp(fileOf(home));
