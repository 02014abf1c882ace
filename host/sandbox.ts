/** How the parts' processes are started: what each may see of the machine, and with how little memory. */
import { dirname, join } from "node:path";
import type { HostConfig } from "./config.ts";
import { pushFolder } from "./push/pushHome.ts";
import { relayFolder } from "./relayHome.ts";
import { LOCAL_API_PATHS } from "./door/localApi.ts";
import { pairsFolder, tlsFolder } from "./tls/folders.ts";

/** A small young generation: the parts live for months and are idle for most of it. */
export const SMALL: readonly string[] = ["--max-semi-space-size=1"];
/**
 * One heap for all threads of a part: its work is on one thread, and glibc's heap for each costs 3 to 5 MB a process.
 */
export const ONE_HEAP = { MALLOC_ARENA_MAX: "1" };
/** systemd's word with its service, which is the supervisor's alone to speak. */
const SYSTEMD = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/**
 * The relay may read the program, the app and its own folder, write that folder, and start nothing. So it cannot read
 * the agent's keys even if somebody makes it want to: "the relay never sees a key" does not rest on its own good
 * behaviour.
 */
export function relayPermissions({ home, appDir }: Pick<HostConfig, "home" | "appDir">): readonly string[] {
  const readable = [join(import.meta.dirname, ".."), appDir, relayFolder(home)].flatMap((folder) =>
    allow("--allow-fs-read", folder),
  );
  return ["--permission", ...readable, ...allow("--allow-fs-write", relayFolder(home))];
}

/**
 * The part that ends TLS may read the program, its own folder and where the owner's certificate lies (a folder, since a renewed one is often
 * a link to another file), and start nothing: not the log, not the agent's keys.
 */
export function httpsPermissions({ home, certificate }: Pick<HostConfig, "home" | "certificate">): readonly string[] {
  const own = [tlsFolder(home), pairsFolder(home)];
  const theirs = certificate === null ? [] : [certificate.certificate, certificate.key].map((file) => dirname(file));
  const readable = [join(import.meta.dirname, ".."), ...own, ...theirs, ...LOCAL_API_PATHS].flatMap((folder) =>
    allow("--allow-fs-read", folder),
  );
  return ["--permission", ...readable, ...own.flatMap((folder) => allow("--allow-fs-write", folder))];
}

/** The part that calls push services may read the program and its key, write nothing, and start nothing. */
export function pushPermissions(home: string): readonly string[] {
  const readable = [join(import.meta.dirname, ".."), pushFolder(home)];
  return ["--permission", ...readable.flatMap((folder) => allow("--allow-fs-read", folder))];
}

/** A program by a model may have its process read this program's own files, write nothing, and start nothing; its memory is the engine's, which is bounded. */
export function codePermissions(): readonly string[] {
  return [
    "--permission",
    ...allow("--allow-fs-read", join(import.meta.dirname, "..")),
    ...SMALL,
    "--max-old-space-size=96",
  ];
}

/** Not even a proxy's address: it calls the services themselves, at addresses that it has looked at. */
export function pushEnvironment(): Record<string, string | undefined> {
  return { ...neededEnvironment(), ...ONE_HEAP };
}

function neededEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => ["PATH", "SystemRoot"].includes(name)));
}

/**
 * The relay needs nothing of the owner's environment, where keys of other services may stand. Its cache of compiled code
 * is its own, since whoever writes such a cache chooses what runs.
 */
export function relayEnvironment(home: string): Record<string, string | undefined> {
  return { ...neededEnvironment(), ...ONE_HEAP, NODE_COMPILE_CACHE: join(relayFolder(home), "cache") };
}

function allow(flag: string, folder: string): readonly string[] {
  return [`${flag}=${folder}`, `${flag}=${join(folder, "*")}`];
}

/** The other parts need the owner's: where a backend is, and what it is let in with. */
export function partEnvironment(home: string, compileCache: string | undefined): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([name]) => !SYSTEMD.includes(name));
  return { ...Object.fromEntries(kept), ...ONE_HEAP, SOVEREIGN_HOME: home, NODE_COMPILE_CACHE: compileCache };
}
