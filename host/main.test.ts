import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseClaimLink } from "#crypto/claim.ts";
import { writeTestApp } from "./testing/testRelay.ts";

const timeout = 120_000;
let folder: string;
let home: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-main-"));
  home = join(folder, "home");
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await pause(200);
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  output(): string;
  errors(): string;
  readonly exit: Promise<number | NodeJS.Signals | null>;
  readonly open: Promise<string>;
}

function run(environment: Record<string, string> = {}, options: { uid?: number } = {}): Run {
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], {
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      SOVEREIGN_HOME: home,
      SOVEREIGN_PORT: "0",
      SOVEREIGN_GATEWAY_PORT: "off",
      SOVEREIGN_NO_OPEN: "1",
      SOVEREIGN_APP_DIR: writeTestApp(join(folder, "app")),
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
  children.push(child);
  let [output, errors] = ["", ""];
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const open = new Promise<string>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const link = /^Open: (http:\/\/localhost:\d+\/#\S+)$/m.exec(output)?.[1];
      if (link !== undefined) resolve(link);
    });
  });
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once("close", (code, signal) => resolve(code ?? signal)),
  );
  return { child, output: () => output, errors: () => errors, exit, open };
}

/** The one line that a host which cannot run leaves: what the owner should do, and nothing of our own code. */
async function sentenceOf(started: Run): Promise<string> {
  const code = await started.exit;
  if (code !== 1) throw new Error(`It ended with ${code}: ${started.output()}${started.errors()}`);
  return (started.output() + started.errors()).trim();
}

/** One line, made of words. */
const oneLine = (pattern: RegExp): RegExp =>
  new RegExp(`^(?!.*(?:node:internal|Error:|Open:))[^\\n]*(?:${pattern.source})[^\\n]*$`);

describe("starts", () => {
  it("and prints the link on a line of its own, with a QR; Ctrl-C ends it well", { timeout }, async () => {
    const host = run();
    const link = await host.open;
    expect(parseClaimLink(new URL(link).hash)?.seed).toHaveLength(32);
    expect(host.output()).toMatch(/[█▀▄]{10}/);
    expect((await fetch(`${new URL(link).origin}/healthz`)).ok).toBe(true);
    host.child.kill("SIGINT");
    expect(await host.exit).toBe(0);
    expect(host.errors()).toBe("");
  });

  it("again after kill -9, on the same home, without a word about the past", { timeout }, async () => {
    const first = run();
    const link = await first.open;
    first.child.kill("SIGKILL");
    await first.exit;
    const second = run({ SOVEREIGN_PORT: new URL(link).port });
    expect(await second.open).toBe(link);
    second.child.kill("SIGTERM");
    expect(await second.exit).toBe(0);
  });
});

/** Memory in kB that exists because of these processes: what each has to itself, and what they share, once. */
function footprintKb(pids: readonly number[]): number {
  const own: number[] = [];
  const shared: number[] = [];
  for (const pid of pids) {
    const fields = new Map(
      [...readFileSync(`/proc/${pid}/smaps_rollup`, "utf8").matchAll(/^(\w+): +(\d+) kB$/gm)].map(([, name, kb]) => [
        name,
        Number(kb),
      ]),
    );
    const sharedKb = (fields.get("Shared_Clean") ?? 0) + (fields.get("Shared_Dirty") ?? 0);
    shared.push(sharedKb);
    own.push((fields.get("Rss") ?? 0) - sharedKb);
  }
  return own.reduce((sum, kb) => sum + kb, 0) + Math.max(...shared);
}

it.runIf(process.platform === "linux")("rests in 200 MB, all its processes together", { timeout: 90_000 }, async () => {
  const cache = { NODE_COMPILE_CACHE: join(folder, "cache") };
  const first = run(cache);
  await first.open;
  first.child.kill("SIGINT");
  await first.exit;
  const { child, open } = run(cache);
  await open;
  const pid = child.pid ?? 0;
  const partsNow = (): readonly number[] =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  while (partsNow().length < 3) await pause(50);
  await pause(3_000);
  const parts = partsNow();
  expect(parts).toHaveLength(3);
  const usedKb = (): number => footprintKb([pid, ...parts]);
  expect(usedKb(), "it is measured").toBeGreaterThan(50_000);
  // Beside other work it comes to rest later.
  await expect.poll(usedKb, { timeout: 60_000, interval: 1_000 }).toBeLessThan(200_000);
});

describe("says in one sentence what to do, and loses nothing, when", () => {
  it.each([
    [{ SOVEREIGN_PORT: "http" }, /SOVEREIGN_PORT is "http".*Give a number/],
    [{ SOVEREIGN_PORT: "70000" }, /SOVEREIGN_PORT is "70000"/],
    [{ SOVEREIGN_BACKEND: "my model" }, /SOVEREIGN_BACKEND is "my model".*Give one such as/],
    [{ SOVEREIGN_BACKEND: "file:///etc" }, /SOVEREIGN_BACKEND/],
    [{ SOVEREIGN_APP_DIR: "/nowhere" }, /app is not built.*npm start/],
  ])("%o", { timeout }, async (environment, pattern) => {
    expect(await sentenceOf(run(environment))).toMatch(oneLine(pattern));
  });

  it("the home is a file", { timeout }, async () => {
    writeFileSync(home, "mine");
    expect(await sentenceOf(run())).toMatch(oneLine(/is a file.*SOVEREIGN_HOME/));
    expect(readFileSync(home, "utf8")).toBe("mine");
  });

  it("the home is in a file", { timeout }, async () => {
    writeFileSync(home, "mine");
    expect(await sentenceOf(run({ SOVEREIGN_HOME: join(home, "deeper") }))).toMatch(
      oneLine(/is a file.*SOVEREIGN_HOME/),
    );
  });

  // Root may write everywhere, so this one runs as nobody where the test runs as root.
  const isRoot = process.getuid?.() === 0;
  it("the home is not writable", { timeout }, async () => {
    mkdirSync(home, { mode: 0o555 });
    chmodSync(folder, 0o755);
    expect(await sentenceOf(run({}, isRoot ? { uid: 65_534 } : {}))).toMatch(
      oneLine(/cannot be written by this user.*SOVEREIGN_HOME/),
    );
  });

  it("another host runs on this home", { timeout }, async () => {
    const first = run();
    const link = await first.open;
    expect(await sentenceOf(run())).toMatch(oneLine(/Another host is already running.*SOVEREIGN_HOME/));
    expect((await fetch(`${new URL(link).origin}/healthz`)).ok).toBe(true);
  });

  it("the port is taken", { timeout }, async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    expect(await sentenceOf(run({ SOVEREIGN_PORT: String(port) }))).toMatch(
      oneLine(new RegExp(`Port ${port} is taken.*SOVEREIGN_PORT=`)),
    );
    other.close();
  });

  it("the database is damaged", { timeout }, async () => {
    const file = join(home, "relay", "log.sqlite");
    mkdirSync(join(home, "relay"), { recursive: true });
    const damaged = Buffer.alloc(40_000, "no database at all ");
    writeFileSync(file, damaged);
    expect(await sentenceOf(run())).toMatch(oneLine(/log\.sqlite is damaged and was left as it is.*backup/));
    expect(readFileSync(file).equals(damaged)).toBe(true);
  });

  it("the claim is damaged", { timeout }, async () => {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "claim.json"), "{");
    expect(await sentenceOf(run())).toMatch(oneLine(/claim\.json is damaged.*Delete it/));
  });
});
