/**
 * The embedded engine: node-llama-cpp, installed into the home when somebody first wants it and never before. What is installed is what
 * `engineLock.json` names, each package by its SHA-512: npm refuses anything else. No package's own scripts run; the native part comes as
 * a package for this machine. The parts for graphics cards are large (Vulkan 71 MB, CUDA 540 MB) and come only where there is one.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { noteCall } from "../../egress/wayOut.ts";
import { HostError } from "../../errors.ts";
import { prepareFolder } from "../../home.ts";
import { installMs } from "./limits.ts";

export type EngineProgress =
  | { readonly kind: "already" }
  | { readonly kind: "installing"; readonly version: string; readonly parts: readonly string[] }
  | { readonly kind: "installed"; readonly folder: string };

export interface InstallOptions {
  readonly home: string;
  readonly onProgress?: (progress: EngineProgress) => void;
  readonly signal?: AbortSignal;
  /** For tests: another set of parts for graphics cards than this machine has. */
  readonly parts?: readonly string[];
}

interface Lock {
  readonly packages: Record<string, LockedPackage>;
}

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const enginePackage = "node-llama-cpp";
const partPrefix = "@node-llama-cpp/";

export function engineFolder(home: string): string {
  return join(home, "engine");
}

/** Written when npm had ended well: an install that was cut off has none. */
function stampFile(home: string): string {
  return join(engineFolder(home), "installed.json");
}

/** Is the engine there, in the version that this program pins? */
export function isEngineInstalled(home: string): boolean {
  try {
    const stamp = JSON.parse(readFileSync(stampFile(home), "utf8")) as { version?: unknown };
    return stamp.version === engineVersion() && existsSync(join(engineFolder(home), "node_modules", enginePackage));
  } catch {
    return false;
  }
}

/** Throws `HostError("engine")`, with what npm said. */
export async function installEngine({
  home,
  onProgress,
  signal,
  parts = partsForHere(),
}: InstallOptions): Promise<void> {
  if (isEngineInstalled(home)) return onProgress?.({ kind: "already" });
  if (parts.length === 0) {
    throw new HostError(
      "engine",
      `The engine for model files does not exist for this machine (${process.platform}, ${process.arch}). Use a model server instead, for example Ollama.`,
    );
  }
  const folder = engineFolder(home);
  prepareFolder(folder);
  rmSync(stampFile(home), { force: true });
  const version = engineVersion();
  const lock = lockFor(parts);
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifestOf(lock)), { mode: 0o600 });
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock), { mode: 0o600 });
  onProgress?.({ kind: "installing", version, parts });
  const { code, output } = await runNpmCi(folder, signal);
  if (code !== 0) {
    throw new HostError(
      "engine",
      `The engine for model files could not be installed. Check the network and try again; what npm said: ${output.trim().slice(-600)}`,
    );
  }
  writeFileSync(stampFile(home), JSON.stringify({ version, parts }), { mode: 0o600 });
  onProgress?.({ kind: "installed", folder });
}

/** The committed lock, without the parts for other machines. Throws when a package in it is not pinned by a hash. */
export function lockFor(parts: readonly string[]): Lock {
  const { packages, ...rest } = readLock();
  const isWanted = (name: string): boolean =>
    !name.startsWith(partPrefix) || parts.includes(name.slice(partPrefix.length));
  const kept: Record<string, LockedPackage> = {};
  for (const [path, locked] of Object.entries(packages)) {
    const name = path.replace(/^.*node_modules\//, "");
    if (!isWanted(name)) continue;
    if (path !== "" && !locked.integrity?.startsWith("sha512-")) throw new Error(`${path} is not pinned by its hash.`);
    const optional = Object.entries(locked.optionalDependencies ?? {}).filter(([other]) => isWanted(other));
    kept[path] = optional.length === 0 ? locked : { ...locked, optionalDependencies: Object.fromEntries(optional) };
  }
  return { ...rest, packages: kept };
}

/** What llama.cpp was built for and this machine can use, best last; empty where nothing fits. */
export function partsForHere(): readonly string[] {
  const { platform, arch } = process;
  const isThere = (...paths: readonly string[]): boolean => paths.some((path) => existsSync(path));
  if (platform === "darwin") return [arch === "arm64" ? "mac-arm64-metal" : "mac-x64"];
  if (platform === "win32" && arch === "arm64") return ["win-arm64"];
  if (platform === "win32") {
    const system = join(process.env["SystemRoot"] ?? "C:\\Windows", "System32");
    return [
      "win-x64",
      ...(isThere(join(system, "vulkan-1.dll")) ? ["win-x64-vulkan"] : []),
      ...(isThere(join(system, "nvcuda.dll")) ? ["win-x64-cuda", "win-x64-cuda-ext"] : []),
    ];
  }
  if (platform !== "linux") return [];
  if (arch === "arm64") return ["linux-arm64"];
  if (arch === "arm") return ["linux-armv7l"];
  if (arch === "riscv64") return ["linux-riscv64"];
  if (arch !== "x64") return [];
  const hasVulkan = isThere(
    "/usr/lib/x86_64-linux-gnu/libvulkan.so.1",
    "/usr/lib64/libvulkan.so.1",
    "/usr/lib/libvulkan.so.1",
  );
  return [
    "linux-x64",
    ...(hasVulkan && isThere("/dev/dri") ? ["linux-x64-vulkan"] : []),
    ...(isThere("/proc/driver/nvidia/version") ? ["linux-x64-cuda", "linux-x64-cuda-ext"] : []),
  ];
}

function readLock(): Lock {
  return JSON.parse(readFileSync(join(import.meta.dirname, "engineLock.json"), "utf8")) as Lock;
}

function engineVersion(): string {
  return readLock().packages[`node_modules/${enginePackage}`]?.version ?? "";
}

function manifestOf(lock: Lock): object {
  return { name: "sovereign-engine", private: true, dependencies: lock.packages[""]?.dependencies ?? {} };
}

function runNpmCi(folder: string, signal: AbortSignal | undefined): Promise<{ code: number; output: string }> {
  const args = ["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  return new Promise((resolve) => {
    let output = "";
    const limit = AbortSignal.timeout(installMs);
    // On Windows npm is a script of the shell; no argument here comes from anybody.
    noteCall("download", "npm's registry");
    const child = spawn("npm", args, {
      cwd: folder,
      shell: process.platform === "win32",
      stdio: ["ignore", "pipe", "pipe"],
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-16_384);
      });
    }
    child.once("error", (error) => resolve({ code: 1, output: `${output}${error.message}` }));
    child.once("exit", (code) => resolve({ code: code ?? 1, output }));
  });
}
