/** What the doctor sees of the machine. A port, so that a test can show it another one. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { totalmem } from "node:os";
import { findTailnet, type Tailnet } from "../tailnet/findTailnet.ts";
import { commandMsMax } from "./limits.ts";

export interface Machine {
  readonly platform: NodeJS.Platform;
  /** Of this process; `null` on Windows. */
  readonly uid: number | null;
  nowMs(): number;
  /** `null` when it cannot be read. */
  readText(path: string): string | null;
  list(folder: string): readonly string[];
  linkTarget(path: string): string | null;
  freeBytes(folder: string): number | null;
  readonly ramBytes: number;
  readonly arch: string;
  /** Standard output of a tool that ended well; `null` otherwise, and when it is not there. */
  run(command: string, args: readonly string[]): Promise<string | null>;
  /** What tailscaled says of itself; `null` where none answers. */
  tailnet(): Promise<Tailnet | null>;
  /** Whether a program could listen there. */
  canListen(port: number): Promise<boolean>;
}

export const thisMachine: Machine = {
  platform: process.platform,
  uid: process.getuid?.() ?? null,
  nowMs: () => Date.now(),
  readText: (path) => orNull(() => readFileSync(path, "utf8")),
  list: (folder) => orNull(() => readdirSync(folder)) ?? [],
  linkTarget: (path) => orNull(() => readlinkSync(path)),
  freeBytes: (folder) =>
    orNull(() => {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    }),
  ramBytes: totalmem(),
  arch: process.arch,
  run: (command, args) =>
    new Promise((resolve) => {
      execFile(command, [...args], { timeout: commandMsMax, windowsHide: true }, (error, out) =>
        resolve(error === null ? out : null),
      );
    }),
  tailnet: () => findTailnet(),
  canListen: (port) =>
    new Promise((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    }),
};

function orNull<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    // reason: what cannot be looked at is a finding of who asked, not an error.
    return null;
  }
}
