/**
 * Which files of a home are kept. Everything the home holds, unless it is named here with its reason: so what is added to it later is
 * kept without anybody having to think of this file.
 */
import { readdirSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { HostError, systemCode } from "../errors.ts";
import { logFile } from "../relayHome.ts";
import { filesMax, pathBytesMax, smallFileBytesMax } from "./limits.ts";

const LEFT_OUT: readonly string[] = [
  "lock", // held by the system, empty
  "control.sock",
  "cli", // a device with one history: a copy of it would be a second one. The terminal joins again.
  "models", // fetched again by name, and larger than all else together
  "engine", // the same
  "backup", // the backups' own folder: the schedule points elsewhere on the new machine
  "relay/cache",
  "logs", // what happened on this machine says nothing on another, and its key would go along
  "incidents", // the same
  "egress", // the same
  "alive", // the time of this very life
];
const LEFT_OUT_ENDINGS: readonly string[] = [".new", ".sqlite-wal", ".sqlite-shm", ".sqlite-journal", ".part"];

export interface HomeFile {
  /** With `/`, whatever the system has. */
  readonly path: string;
  readonly size: number;
}

/** Without the log, which is copied in its own way. In an order that stays the same. */
export function listHomeFiles(home: string): readonly HomeFile[] {
  const found: HomeFile[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = relative(home, join(folder, entry.name)).split(sep).join("/");
      if (LEFT_OUT.includes(path) || LEFT_OUT_ENDINGS.some((ending) => path.endsWith(ending))) continue;
      if (join(folder, entry.name) === logFile(home)) continue;
      if (entry.isDirectory()) walk(join(folder, entry.name));
      if (!entry.isFile()) continue;
      const { size } = statSync(join(folder, entry.name));
      if (size > smallFileBytesMax)
        throw new HostError(
          "backup",
          `${join(folder, entry.name)} is larger than anything the host keeps there. Move it out of the home, then back up again.`,
        );
      found.push({ path, size });
    }
  };
  try {
    walk(home);
  } catch (cause) {
    if (cause instanceof HostError) throw cause;
    throw new HostError(
      "backup",
      `${home} cannot be read (${systemCode(cause)}). Run this as the user that runs the host.`,
      { cause },
    );
  }
  if (found.length > filesMax)
    throw new HostError("backup", `${home} holds more files than a host keeps. Look what fills it.`);
  return found;
}

/**
 * Whether a path in a backup is one of a home: plain names, so that nothing is ever written outside the folder that is restored
 * into, on any system. Devices' names of Windows, streams (`:`) and dots at the end are refused everywhere.
 */
export function isHomePath(path: string): boolean {
  if (path.length === 0 || Buffer.byteLength(path) > pathBytesMax) return false;
  return path
    .split("/")
    .every((name) => /^[A-Za-z0-9_@+-][A-Za-z0-9._@+-]*$/.test(name) && !name.endsWith(".") && !isDeviceName(name));
}

function isDeviceName(name: string): boolean {
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name);
}
