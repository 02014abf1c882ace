import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseClaimLink } from "#crypto/claim.ts";
import { createDeviceKeys } from "#crypto/device.ts";
import { systemRandom } from "#crypto/random.ts";
import { protocolVersion } from "#sync/frame.ts";
import type { HostConfig } from "./config.ts";
import type { HostError } from "./errors.ts";
import { createKey } from "./gateway/keys.ts";
import { startHost } from "./host.ts";
import type { Host } from "./hostOptions.ts";
import { appLink } from "./link/appLink.ts";
import { relayPermissions } from "./sandbox.ts";
import { openTestLink, writeTestApp } from "./testing/testRelay.ts";

// Processes of their own on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let home: string;
let host: Host | null;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sovereign-host-"));
  host = null;
});
afterEach(async () => {
  await host?.stop();
  delete process.env["FAKE_AGENT"];
  rmSync(home, { recursive: true });
});

interface Started {
  readonly ready: Promise<{ port: number; link: string }>;
  readonly fatal: Promise<HostError>;
  readonly notices: string[];
}

function start(behaviour = "", port = 0): Started {
  process.env["FAKE_AGENT"] = behaviour;
  const config: HostConfig = {
    home,
    port,
    gatewayPort: null,
    isGatewayPortSet: false,
    backend: null,
    opensBrowser: false,
    vaultBytesMax: 51_539_607_552,
    appDir: writeTestApp(join(home, "app")),
    only: null,
    certificate: null,
    wireguard: null,
    agent: null,
    relay: null,
    otlp: null,
    isDebug: false,
  };
  const notices: string[] = [];
  let settleFatal = (_error: HostError): void => {};
  const fatal = new Promise<HostError>((resolve) => (settleFatal = resolve));
  const ready = new Promise<{ port: number; link: string }>((resolve) => {
    host = startHost({
      config,
      relayEntry: join(import.meta.dirname, "relay/main.ts"),
      agentEntry: join(import.meta.dirname, "testing/fakeAgent.ts"),
      gatewayEntry: join(import.meta.dirname, "gateway/main.ts"),
      onReady: (truePort, seed, fingerprint) => resolve({ port: truePort, link: appLink(truePort, seed, fingerprint) }),
      onFatal: settleFatal,
      notify: (sentence) => notices.push(sentence),
    });
  });
  return { ready, fatal, notices };
}

async function isUp(port: number): Promise<boolean> {
  return fetch(`http://localhost:${port}/healthz`).then(
    (answer) => answer.ok,
    () => false,
  );
}

async function until(condition: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const deadline = performance.now() + withinMs; performance.now() < deadline; await pause(50))
    if (await condition()) return;
  throw new Error(`Not within ${withinMs} ms.`);
}

it("starts both parts in order and gives a link that a device can read", async () => {
  const { port, link } = await start().ready;
  expect(await isUp(port)).toBe(true);
  const claim = parseClaimLink(new URL(link).hash);
  expect(claim?.seed).toHaveLength(32);
  expect(claim?.fingerprint).toHaveLength(16);
});

it("prints the same link after a restart, as long as nobody has used it", async () => {
  const first = await start().ready;
  await host?.stop();
  expect(await isUp(first.port)).toBe(false);
  const second = await start("", first.port).ready;
  expect(second.link).toBe(first.link);
});

/** Sends this on one connection, step by step, each after an answer to the one before. */
async function talk(port: number, steps: readonly string[]): Promise<string[]> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString("latin1")));
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  for (const step of steps) {
    const before = text.length;
    socket.write(`${step}\r\nHost: localhost:${port}\r\n\r\n`);
    await Promise.race([closed, until(async () => text.length > before)]);
  }
  await Promise.race([closed, pause(300)]);
  socket.destroy();
  return text.split(/(?=HTTP\/1\.1 )/);
}

describe("one port for two parts", () => {
  it("answers each from its own process, and lets no connection change over", async () => {
    const { port } = await start().ready;
    const first = await talk(port, ["GET /healthz HTTP/1.1", "GET /v1/models HTTP/1.1"]);
    expect(first.map((answer) => answer.slice(9, 12))).toEqual(["200", "421"]);
    expect(first[1]?.toLowerCase()).toContain("connection: close");
    const other = await talk(port, ["GET /v1/models HTTP/1.1"]);
    expect(other[0]).toMatch(/^HTTP\/1\.1 401 /);
    const key = await createKey({ home, name: "test", random: systemRandom, nowMs: 1 });
    const models = `GET /v1/models HTTP/1.1\r\nAuthorization: Bearer ${key.key}`;
    const second = await talk(port, [models, "GET /healthz HTTP/1.1"]);
    expect(second.map((answer) => answer.slice(9, 12))).toEqual(["200", "421"]);
    expect(second[1]?.toLowerCase()).toContain("connection: close");
  });

  it("opens links through the door, in a relay that may do nothing but its own work", async () => {
    const { port } = await start().ready;
    const link = await openTestLink(port, { origin: `http://localhost:${port}`, host: `localhost:${port}` });
    const { publicKey } = createDeviceKeys(systemRandom).sign;
    link.send({ type: "hello", version: protocolVersion, vault: null, publicKey, nonce: systemRandom(32) });
    expect((await link.next("welcome")).relayKey).toHaveLength(32);
    link.close();
  });

  it("keeps answering for one part while the other is away", async () => {
    const { port } = await start().ready;
    process.kill(host?.pids().gateway ?? 0, "SIGSTOP");
    expect(await isUp(port)).toBe(true);
    process.kill(host?.pids().gateway ?? 0, "SIGKILL");
    expect(await isUp(port)).toBe(true);
    await until(async () => (await fetch(`http://localhost:${port}/v1/models`)).status === 401);
  });
});

it("keeps its files to itself", async () => {
  await start().ready;
  for (const path of ["claim.json", "relay/key", "relay/log.sqlite"])
    expect(statSync(join(home, path)).mode & 0o077).toBe(0);
  expect(statSync(join(home, "relay")).mode & 0o777).toBe(0o700);
});

describe("a part that dies", () => {
  it.each(["relay", "agent", "gateway"] as const)("is started again: the %s, killed", async (part) => {
    const { ready, notices } = start();
    const { port } = await ready;
    const pid = host?.pids()[part];
    expect(pid).toBeTypeOf("number");
    process.kill(pid ?? 0, "SIGKILL");
    await until(async () => notices.length > 0);
    await until(async () => host?.pids()[part] !== undefined && host.pids()[part] !== pid && (await isUp(port)));
    expect(notices[0]).toContain(part);
  });

  it("is given up when it never starts, with a sentence", async () => {
    const error = await start("dies at once").fatal;
    expect(error.ownerSentence).toMatch(/agent does not start/);
  });

  it("and says why, ends the host with that sentence", async () => {
    expect((await start("fails").fatal).ownerSentence).toBe("The agent's own sentence.");
  });
});

it("stops, also when a part does not listen", async () => {
  const { port } = await start("ignores drain").ready;
  const before = performance.now();
  await host?.stop();
  expect(performance.now() - before, "nobody waits for it for ever").toBeLessThan(20_000);
  expect(await isUp(port)).toBe(false);
});

it("writes nothing about the claim's secret anywhere else", async () => {
  const { link } = await start().ready;
  const seed = Buffer.from(parseClaimLink(new URL(link).hash)?.seed ?? []);
  expect(readFileSync(join(home, "claim.json"), "utf8")).toContain(seed.toString("hex"));
  const database = readFileSync(join(home, "relay/log.sqlite"));
  expect(database.includes(seed) || database.includes(seed.toString("hex"))).toBe(false);
});

it("keeps the relay's process away from the agent's keys, and from starting others", () => {
  mkdirSync(join(home, "agent"));
  mkdirSync(join(home, "relay"));
  writeFileSync(join(home, "agent", "keys"), "secret");
  const attempts = `
    const { readFileSync, writeFileSync, readdirSync } = require("node:fs");
    const refused = (action) => { try { action(); return "done"; } catch (error) { return error.code; } };
    console.log([
      () => readFileSync(${JSON.stringify(join(home, "agent", "keys"))}),
      () => readdirSync(${JSON.stringify(home)}),
      () => writeFileSync(${JSON.stringify(join(home, "claim.json"))}, "mine"),
      () => writeFileSync(${JSON.stringify(join(import.meta.dirname, "main.ts"))}, "mine", { flag: "wx" }),
      () => require("node:child_process").execFileSync("true"),
      () => writeFileSync(${JSON.stringify(join(home, "relay", "log"))}, "its own"),
    ].map(refused).join());
  `;
  const permissions = relayPermissions({ home, appDir: writeTestApp(join(home, "app")) });
  const { stdout } = spawnSync(process.execPath, [...permissions, "--eval", attempts], { encoding: "utf8" });
  expect(stdout.trim().split(",")).toEqual([...Array.from({ length: 5 }, () => "ERR_ACCESS_DENIED"), "done"]);
});
