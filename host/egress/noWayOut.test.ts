/** No part of the host calls anybody that it has not named, as it is started; and the same attempts get through where nothing forbids them. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeTestApp } from "../testing/testRelay.ts";

let folder: string;
let listener: Server;
let byPath: Server;
let child: ChildProcess | null = null;
let came = 0;
let cameByPath = 0;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-out-"));
  [came, cameByPath] = [0, 0];
  listener = createServer((socket) => {
    came += 1;
    socket.destroy();
  });
  byPath = createServer((socket) => {
    cameByPath += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => byPath.listen(join(folder, "path.sock"), resolve));
});
afterEach(async () => {
  const gone = new Promise((resolve) => (child?.exitCode === null ? child.once("exit", resolve) : resolve(null)));
  child?.kill("SIGKILL");
  await gone;
  for (const server of [listener, byPath]) server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Loaded before the program: on a signal it tries each way out, one after another, and says on standard error that it is through. */
function writeAttempts(): string {
  const { port } = listener.address() as AddressInfo;
  const file = join(folder, "attempts.mjs");
  writeFileSync(
    file,
    `import net from "node:net"; import tls from "node:tls"; import http from "node:http"; import { writeSync } from "node:fs";
const ended = (made) => new Promise((resolve) => { made.on("error", resolve); made.on("close", resolve); });
const ways = [
  () => ended(net.connect(${port}, "127.0.0.1")),
  () => ended(net.connect({ port: ${port}, host: "127.0.0.1" })),
  () => ended(new net.Socket().connect(${port}, "127.0.0.1")),
  () => ended(tls.connect({ port: ${port}, host: "127.0.0.1" })),
  () => ended(http.get("http://127.0.0.1:${port}/")),
  () => fetch("http://127.0.0.1:${port}/").catch(() => {}),
  () => new Promise((resolve) => { const s = new WebSocket("ws://127.0.0.1:${port}/"); s.onerror = s.onclose = resolve; }),
  () => ended(net.connect(${JSON.stringify(join(folder, "path.sock"))})),
];
process.on("SIGUSR2", async () => { for (const way of ways) await way(); writeSync(2, "tried all"); });
`,
  );
  return pathToFileURL(file).href;
}
const tcpWays = 7;

/** Starts it, waits until it runs, and lets it try. */
async function attempt(entry: string, isRunning: (started: ChildProcess) => Promise<unknown>): Promise<void> {
  const started = spawn(process.execPath, ["--import", writeAttempts(), entry], {
    env: {
      PATH: process.env["PATH"],
      SOVEREIGN_HOME: join(folder, "home"),
      SOVEREIGN_PORT: "0",
      SOVEREIGN_GATEWAY_PORT: "off",
      SOVEREIGN_NO_OPEN: "1",
      SOVEREIGN_APP_DIR: writeTestApp(join(folder, "app")),
    },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  child = started;
  await isRunning(started);
  const tried = heard(started.stderr, "tried all");
  started.kill("SIGUSR2");
  await tried;
}

function heard(stream: NodeJS.ReadableStream | null, words: string): Promise<void> {
  return new Promise((resolve) => {
    let said = "";
    stream?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes(words)) resolve();
    });
  });
}

const firstMessage = (started: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => started.once("message", resolve));
const link = (started: ChildProcess): Promise<unknown> => heard(started.stdout, "Open: ");
const program = (name: string): string => join(import.meta.dirname, "..", name);

it("NW1 the relay opens no connection, in none of the ways there are", { timeout: 90_000 }, async () => {
  await attempt(program("relay/main.ts"), firstMessage);
  expect([came, cameByPath]).toEqual([0, 1]);
});

it("NW2 nor does the supervisor, while it runs a whole host", { timeout: 60_000 }, async () => {
  await attempt(program("main.ts"), link);
  expect([came, cameByPath]).toEqual([0, 1]);
});

it.each(["agent", "gateway", "push"])(
  "NW3 nor does the %s to whom it has not named",
  { timeout: 90_000 },
  async (part) => {
    await attempt(program(`${part}/main.ts`), firstMessage);
    expect([came, cameByPath]).toEqual([0, 1]);
  },
);

it("NW4 a program that is not closed gets through in each: the attempts are real", { timeout: 90_000 }, async () => {
  const open = join(folder, "open.mjs");
  writeFileSync(open, `process.send("up"); setInterval(() => {}, 1_000);`);
  await attempt(open, firstMessage);
  expect([came, cameByPath]).toEqual([tcpWays, 1]);
});
