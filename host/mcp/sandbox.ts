/**
 * What keeps a tool server apart from the machine: bubblewrap (Debian's package `bubblewrap`), which gives its process namespaces of its own. It
 * sees /usr, its own program, and the folders that its owner named; no network, no environment, no other process, no home. Where that cannot be
 * had, no server is started: there is no way around it.
 */
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, sep } from "node:path";
import { McpError } from "./errors.ts";
import { processDataBytesMax, processFilesMax, processTasksMax, temporaryBytesMax } from "./limits.ts";

export interface SandboxPlan {
  /** Absolute, links followed. */
  readonly program: string;
  readonly args: readonly string[];
  /** What it may read besides the system's programs, and what it may write. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

export interface ProgramSettings {
  readonly command: string;
  readonly args: readonly string[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Ours, for a plugin: its files, and what it may keep. */
  readonly plugin?: { readonly folder: string; readonly data: string | null };
}

/** And none within them: user namespaces are where most of the kernel's own holes were. */
const NAMESPACES = ["--unshare-all", "--unshare-user", "--disable-userns"];
const SYSTEM_FOLDERS = ["/usr", "/bin", "/lib", "/lib64", "/sbin"];

/** Finds the program and all it needs. Throws `McpError("settings")`. */
export function planSandbox(settings: ProgramSettings): SandboxPlan {
  const program = findProgram(settings.command);
  const own = settings.plugin === undefined ? [] : [settings.plugin.folder];
  const kept = settings.plugin?.data ?? null;
  const reads = [programFolder(program), process.execPath, ...own, ...settings.reads].map(realPath);
  const writes = [...(kept === null ? [] : [kept]), ...settings.writes].map(realPath);
  for (const folder of [...settings.reads, ...settings.writes]) refuseMoved(folder);
  for (const folder of [...settings.reads, ...settings.writes].map(realPath)) refuseWide(folder);
  const isThere = (path: string): boolean =>
    SYSTEM_FOLDERS.some((folder) => isWithin(path, folder)) ||
    reads.some((each) => each !== path && isWithin(path, each));
  return { program, args: settings.args, reads: [...new Set(reads)].filter((path) => !isThere(path)), writes };
}

/** Where bubblewrap reads what no command line may hold (processTransport.ts). */
export const SETTINGS_PIPE = 3;

/** The whole command line, program first. No shell reads it. */
export function toCommandLine({ program, args, reads, writes }: SandboxPlan): readonly string[] {
  const path = ["/usr/local/bin", "/usr/bin", "/bin", dirname(process.execPath)].join(delimiter);
  return [
    "bwrap",
    // A user, a network without a card, processes, names and mounts of its own; killed with us; no terminal to type into.
    ...[...NAMESPACES, "--die-with-parent", "--new-session", "--cap-drop", "ALL"],
    ...["--clearenv", "--setenv", "PATH", path, "--setenv", "HOME", "/tmp", "--args", String(SETTINGS_PIPE)],
    ...["--proc", "/proc", "--dev", "/dev"],
    // What is kept in memory is bounded; /dev itself would be another such folder, of half the machine's.
    ...["/tmp", "/dev/shm"].flatMap((folder) => ["--size", String(temporaryBytesMax), "--tmpfs", folder]),
    ...SYSTEM_FOLDERS.flatMap((folder) => ["--ro-bind-try", folder, folder]),
    ...[
      "--ro-bind-try",
      "/etc/ld.so.cache",
      "/etc/ld.so.cache",
      "--ro-bind-try",
      "/etc/alternatives",
      "/etc/alternatives",
    ],
    ...reads.flatMap((each) => ["--ro-bind", each, each]),
    ...writes.flatMap((each) => ["--bind", each, each]),
    ...["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--"],
    ...["/usr/bin/prlimit", "--core=0", `--nofile=${processFilesMax}`, `--data=${processDataBytesMax}`],
    ...[`--nproc=${processTasksMax}`, "--"],
    ...[program, ...args],
  ];
}

/** Resolves to null when programs can be kept apart here, else to a sentence that says why not and what to do. */
export async function findNoSandbox(platform: NodeJS.Platform = process.platform): Promise<string | null> {
  if (platform !== "linux")
    return "Tool servers that are programs run only on Linux, where bubblewrap keeps them apart from your files. Nothing was started. A server with an https:// address works here.";
  const probe = [...NAMESPACES, "--die-with-parent", "--ro-bind", "/", "/", "/bin/true"];
  return new Promise((resolve) => {
    execFile("bwrap", probe, { timeout: 5_000, env: toolPath() }, (error) => {
      if (error === null) resolve(null);
      else if ("code" in error && error.code === "ENOENT")
        resolve(
          "A tool server is started only where bubblewrap keeps it apart from your files, and bubblewrap is not installed. Nothing was started. On Debian: sudo apt install bubblewrap",
        );
      else
        resolve(
          "A tool server is started only where bubblewrap keeps it apart from your files, and this system does not let bubblewrap do so (user namespaces are off, as in most containers, or bubblewrap is older than 0.8). Nothing was started.",
        );
    });
  });
}

/** For finding bwrap itself; nothing of it reaches a server. */
export function toolPath(): { PATH: string } {
  return { PATH: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin" };
}

function findProgram(command: string): string {
  const places = command.includes(sep)
    ? [isAbsolute(command) ? command : join(process.cwd(), command)]
    : [...toolPath().PATH.split(delimiter), dirname(process.execPath)].map((folder) => join(folder, command));
  for (const place of places) {
    if (!isAbsolute(place) || !isProgram(place)) continue;
    return realpathSync(place);
  }
  throw new McpError(
    "settings",
    `There is no program "${command.slice(0, 200)}" on this machine. Install it first, then add it by its name or its whole path. A tool server has no network, so one that installs itself when started (npx, uvx) cannot work.`,
  );
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * What of the disk belongs to a program: for one of npm's the outermost `node_modules`, for one of a Python environment that environment, else the
 * file alone.
 */
function programFolder(program: string): string {
  const parts = program.split(sep);
  const at = parts.indexOf("node_modules");
  if (at > 0) return parts.slice(0, at + 1).join(sep);
  const environment = dirname(dirname(program));
  return existsSync(join(environment, "pyvenv.cfg")) ? environment : program;
}

/** What was lent is a folder, and not whatever a link in its place leads to: a server that may write beside it could have put one there. */
function refuseMoved(folder: string): void {
  if (realPath(folder) === folder) return;
  throw new McpError(
    "settings",
    `${folder.slice(0, 500)} is now a link to another place, so it is not lent to a tool server. If you moved it, remove the server and add it again.`,
  );
}

/** Links followed. Throws `McpError("settings")`. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw new McpError(
      "settings",
      `${path.slice(0, 500)} is not there, so a tool server cannot be given it. Make it first, or name another.`,
      { cause },
    );
  }
}

function refuseWide(folder: string): void {
  if (!isTooWide(folder)) return;
  throw new McpError(
    "settings",
    `${folder} holds keys or far more than one tool needs, so it is not lent to a tool server. Name a folder that holds only what the tool is for.`,
  );
}

/** Nobody means to lend all of it. */
export function isTooWide(folder: string, home = process.env["SOVEREIGN_HOME"]): boolean {
  const wide = ["/", "/etc", "/home", "/root", "/var", "/proc", "/sys", "/dev", "/run", "/boot", homedir()];
  const hidden = [".ssh", ".gnupg", ".aws", ".config", ".sovereign"].map((name) => join(homedir(), name));
  if (wide.includes(folder) || ["/proc", "/sys", "/dev", "/boot"].some((each) => isWithin(folder, each))) return true;
  return [...hidden, ...(home === undefined ? [] : [home])].some(
    (each) => isWithin(folder, each) || isWithin(each, folder),
  );
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}
