/**
 * Makes a folder, for its owner alone where nothing else is said, with those above it that are not there. Node's own recursive form never ends where a file system says of a folder that is there that it is not, as /proc does:
 * it goes up and down between the two for ever. Throws what the system said.
 */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { systemCode } from "./errors.ts";

export function makeFolder(folder: string, mode = 0o700): void {
  try {
    makeOne(folder, mode);
  } catch (cause) {
    // Only then: a part of the host may be let into its own folder and see nothing above it.
    if (systemCode(cause) !== "ENOENT" || dirname(folder) === folder) throw cause;
    makeFolder(dirname(folder), mode);
    makeOne(folder, mode);
  }
}

function makeOne(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (cause) {
    if (systemCode(cause) !== "EEXIST" || !statSync(folder).isDirectory()) throw cause;
  }
}

/** Why nothing can be put there, in words that end a sentence. */
export function whyNot(cause: unknown): string {
  switch (systemCode(cause)) {
    case "EEXIST":
    case "ENOTDIR":
      return "a part of its path is a file";
    case "EACCES":
    case "EPERM":
      return "this user may not write there";
    case "EROFS":
      return "that disk is mounted read-only";
    case "ENOSPC":
    case "EDQUOT":
      return "that disk is full";
    case "ENOENT":
      return "no folders can be made there";
    case "ENAMETOOLONG":
      return "its name is too long";
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}
