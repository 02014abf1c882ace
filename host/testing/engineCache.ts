/**
 * The embedded engine for tests, installed once into a folder outside the project, as a host installs it. Where it cannot be had (no
 * network, no native part for this machine) the tests that need it say so in one line and are left out.
 */
import { mkdirSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { HostError } from "../errors.ts";
import { lockHome, type HomeLock } from "../home.ts";
import { engineFolder, installEngine, isEngineInstalled, partsForHere } from "../backends/embedded/engine.ts";

const cacheHome = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "sovereign-test-engine");

/** `null` when it is there; otherwise why not. */
export async function prepareTestEngine(): Promise<string | null> {
  try {
    // The part for the processor is enough, and 540 MB less.
    const parts = partsForHere().filter((part) => !/-(cuda|cuda-ext|vulkan)$/.test(part));
    mkdirSync(cacheHome, { recursive: true, mode: 0o700 });
    // Test files run side by side, and one installation is enough.
    const lock = await waitForLock();
    try {
      if (!isEngineInstalled(cacheHome)) await installEngine({ home: cacheHome, parts });
    } finally {
      lock.release();
    }
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `The embedded engine was not tested with the real node-llama-cpp: ${why.split("\n")[0]}`;
  }
}

async function waitForLock(): Promise<HomeLock> {
  for (;;) {
    try {
      return await lockHome(cacheHome);
    } catch (error) {
      if (!(error instanceof HostError) || error.code !== "locked") throw error;
      await wait(200);
    }
  }
}

/** The one installation, as if it had been made in this home. */
export function lendTestEngine(home: string): void {
  const folder = engineFolder(home);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of ["node_modules", "package.json", "installed.json"]) {
    symlinkSync(join(engineFolder(cacheHome), name), join(folder, name));
  }
}
