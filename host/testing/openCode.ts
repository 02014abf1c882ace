/**
 * The real OpenCode command line, for the one test that runs it. Its program is 170 MB, far too much for everyone's
 * install, so it is fetched by npm when that test first runs, into a cache that `npm ci` leaves alone.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** Of the package `opencode-ai`, whose own installation only picks one of these. */
const version = "1.18.33";
const installMsMax = 180_000;

export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** The program, or one line that says why it cannot be had. */
export async function findOpenCode(): Promise<{ readonly file: string } | { readonly whyNot: string }> {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `opencode-${system}-${process.arch}`;
  const folder = join(import.meta.dirname, "../../node_modules/.cache/sovereign-opencode", version);
  const program = process.platform === "win32" ? "opencode.exe" : "opencode";
  const file = join(folder, "node_modules", name, "bin", program);
  if (existsSync(file)) return { file };
  mkdirSync(folder, { recursive: true });
  const flags = ["--ignore-scripts", "--no-save", "--no-audit", "--no-fund", "--fetch-retries=0"];
  const { code, output } = await runProgram(
    "npm",
    ["install", "--prefix", folder, ...flags, `${name}@${version}`],
    { cwd: folder, env: process.env },
    installMsMax,
  );
  if (code === 0 && existsSync(file)) return { file };
  return {
    whyNot: `OpenCode ${version} was not run: npm could not fetch it (${output.trim().split("\n").at(-1) ?? ""}).`,
  };
}

export function runProgram(
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  msMax: number,
): Promise<Ran> {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const timer = setTimeout(() => child.kill("SIGKILL"), msMax);
    const finish = (code: number | null): void => {
      clearTimeout(timer);
      resolve({ code, output });
    };
    child.once("error", (error) => {
      output += error.message;
      finish(null);
    });
    child.once("close", finish);
  });
}
