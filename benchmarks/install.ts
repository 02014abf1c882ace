/**
 * install: from a clone to the first answer by the README's own commands, what that puts on the disk, and what a host costs that nobody asks
 * anything. Downloads come from npm's cache where it has them, so the first figure is this machine's work, not its network's.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { cpuMicros } from "./child.ts";
import type { Bench, Question } from "./question.ts";
import { startSource } from "./subjects.ts";

const ROOT = join(import.meta.dirname, "..");
const OURS = "Sovereign";
/** A host has come to rest when its first tidying up is over. */
const SETTLE_MS = 15_000;
const REST_MS = 30_000;

export const question: Question = {
  asks: "from a clone to the first answer, packages and bytes, memory and CPU at rest",
  run: async (bench) => {
    const source = await startSource({ tokens: 20, everyMs: 5 });
    const startedAt = performance.now();
    const project = bench.isQuick ? ROOT : await clone(bench);
    const environment = {
      ...process.env,
      SOVEREIGN_HOME: join(bench.folder, "home"),
      SOVEREIGN_PORT: "0",
      SOVEREIGN_GATEWAY_PORT: "off",
      SOVEREIGN_NO_OPEN: "1",
      SOVEREIGN_BACKEND: source.url,
    };
    const start = () =>
      spawn("npm", ["start"], {
        ...{ cwd: project, env: environment, stdio: ["ignore", "pipe", "inherit"], detached: true },
      });
    let host = start();
    try {
      const link = await printed(host, /^Open: (\S+)$/m);
      bench.note(OURS, "clone to the page", (performance.now() - startedAt) / 1_000, "s");
      await command(project, environment, ["join", "--new", link, "--name", "Bench"]);
      const asked = spawn(process.execPath, [join(project, "host/cli/main.ts"), "chat", "Count."], {
        cwd: project,
        env: { ...environment, SOVEREIGN_HOME: join(bench.folder, "home") },
        stdio: ["ignore", "pipe", "inherit"],
      });
      await printed(asked, /000 /);
      bench.note(OURS, "clone to the first answer", (performance.now() - startedAt) / 1_000, "s");
      if (asked.exitCode === null) await once(asked, "exit");
      noteDisk(bench, project);
      await noteRest(bench, host.pid ?? 0, "since its first start");
      // The first one reads the host's own TypeScript, and keeps what reads it in memory; from then on it is there, compiled.
      await end(host);
      host = start();
      await printed(host, /^Open: (\S+)$/m);
      await noteRest(bench, host.pid ?? 0, "at rest");
    } finally {
      await end(host);
      await source.end();
    }
  },
};

async function clone(bench: Bench): Promise<string> {
  const project = join(bench.folder, "clone");
  bench.say("cloning, installing, building");
  const child = spawn("git", ["clone", "--quiet", "--depth", "1", `file://${ROOT}`, project], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number];
  if (code !== 0) throw new Error("this is no clone of the repository");
  return project;
}

/** What the pattern's group holds, or all of it, once it was printed. */
function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (part: string) => {
      said += part;
      const found = pattern.exec(said);
      if (found !== null) resolve(found[1] ?? found[0]);
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code}: ${said}`)));
  });
}

async function command(project: string, env: NodeJS.ProcessEnv, words: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [join(project, "host/cli/main.ts"), ...words], {
    cwd: project,
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = (await once(child, "exit")) as [number];
  if (code !== 0) throw new Error(`sovereign ${words[0] ?? ""} ended with ${code}`);
}

function noteDisk(bench: Bench, project: string): void {
  const { packages } = JSON.parse(readFileSync(join(project, "node_modules/.package-lock.json"), "utf8")) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const all = Object.values(packages);
  bench.note(OURS, "packages", all.length, "");
  bench.note(OURS, "packages that run, not build or test", all.filter(({ dev }) => dev !== true).length, "");
  bench.note(OURS, "on the disk", bytesBelow(join(project, "node_modules")) / 1e6, "MB");
  bench.note(OURS, "the app, built", bytesBelow(join(project, "dist/client")) / 1e6, "MB");
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** Shared pages are counted once (the kernel's "proportional" size), npm's own process not at all: a service starts the host itself. */
async function noteRest(bench: Bench, npm: number, when: string): Promise<void> {
  if (process.platform !== "linux") return bench.say("memory and CPU at rest: only Linux tells");
  await pause(bench.isQuick ? 500 : SETTLE_MS);
  const parts = descendants(npm).filter((pid) => /host\/[^ ]*main\.ts/.test(commandLine(pid)));
  const before = parts.map(cpuMicros);
  const restMs = bench.isQuick ? 500 : REST_MS;
  await pause(restMs);
  const micros = parts.map(cpuMicros).reduce((sum, each, at) => sum + each - (before[at] ?? 0), 0);
  bench.note(OURS, `processes ${when}`, parts.length, "");
  bench.note(
    OURS,
    `memory ${when}`,
    parts.map(proportionalMb).reduce((sum, each) => sum + each, 0),
    "MB",
  );
  bench.note(OURS, `CPU ${when}`, micros / 10 / restMs, "% of a core");
}

function descendants(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...descendants(child)]);
}

const commandLine = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
const proportionalMb = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]) / 1_024;

/** npm, the launcher and the host are one group; the host drains. */
async function end(host: ChildProcess): Promise<void> {
  if (host.pid === undefined || host.exitCode !== null) return;
  const ended = once(host, "exit");
  process.kill(-host.pid, "SIGTERM");
  await ended;
}
