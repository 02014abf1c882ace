/** A disk that is full and one that fails, for real: nothing is acknowledged that is not there afterwards. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseClaimLink } from "#crypto/claim.ts";
import { deviceKeysFromSeeds } from "#crypto/device.ts";
import { protocolVersion } from "#sync/frame.ts";
import { systemRandom } from "#crypto/random.ts";
import { parseConfig } from "./config.ts";
import { startHost } from "./host.ts";
import { appLink } from "./link/appLink.ts";
import { openDatabase } from "./relay/database.ts";
import { createSqliteLogStore } from "./relay/sqliteLogStore.ts";
import { testRecord } from "./testing/logRecords.ts";
import { canMakeNamespaces, openNamespace } from "./testing/networkNamespace.ts";
import {
  claimHost,
  connectPeer,
  createTestAuthor,
  createTestVault,
  openTestLink,
  writeTestApp,
} from "./testing/testRelay.ts";

const timeout = 120_000;
const appender = join(import.meta.dirname, "testing/appendForever.ts");
const hasPrlimit = spawnSync("prlimit", ["--version"]).status === 0;
const canMount = canMakeNamespaces();
if (!hasPrlimit || !canMount) console.log("Parts of badDisk.test.ts were not run: they need prlimit and namespaces.");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-disk-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Counters that were acknowledged, by author. */
function readAcknowledged(printed: string): Map<number, number> {
  const found = new Map<number, number>();
  for (const [, author, counter] of printed.matchAll(/^(\d) (\d+) stored$/gm))
    found.set(Number(author), Number(counter));
  return found;
}

async function expectAllThere(file: string, acknowledged: ReadonlyMap<number, number>): Promise<void> {
  expect(acknowledged.size).toBe(4);
  const store = createSqliteLogStore(openDatabase({ file, onBroken: () => {} }));
  for (const [author, counter] of acknowledged) {
    const { vault, doc } = testRecord(author, 1);
    expect(store.head(vault, doc)).toBeGreaterThanOrEqual(counter);
  }
  // And it goes on.
  const next = testRecord(9, 1);
  expect(await store.append(next)).toMatchObject({ kind: "stored" });
  await store.close();
}

it.runIf(canMount)(
  "ENOSPC: a disk that is really full ends an append, and takes nothing with it",
  { timeout },
  async () => {
    const network = await openNamespace();
    try {
      const disk = join(folder, "disk");
      mkdirSync(disk);
      await network.run(`mount -t tmpfs -o size=600k tmpfs '${disk}'`);
      const printed = await network.run(
        `timeout 30 '${process.execPath}' '${appender}' '${join(disk, "log.sqlite")}'; cp '${disk}'/log.sqlite* '${folder}'`,
      );
      expect(printed).toMatch(/The disk that holds .* is full\. Make room; everything acknowledged is safe/);
      await expectAllThere(join(folder, "log.sqlite"), readAcknowledged(printed));
    } finally {
      network.close();
    }
  },
);

it.runIf(hasPrlimit)(
  "EFBIG: a write that fails is never acknowledged, and never tried again",
  { timeout },
  async () => {
    const file = join(folder, "log.sqlite");
    const child = spawn("prlimit", ["--fsize=600000", process.execPath, appender, file]);
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    await new Promise((resolve) => child.once("close", resolve));
    expect(printed).toMatch(/log\.sqlite cannot be used \(disk I\/O error\)/);
    await expectAllThere(file, readAcknowledged(printed));
  },
);

describe.runIf(hasPrlimit)("the relay, when its disk fails underneath", { timeout }, () => {
  it("acknowledges nothing more, starts anew, has all it acknowledged, and goes on", async () => {
    const home = join(folder, "home");
    mkdirSync(home, { mode: 0o700 });
    const notices: string[] = [];
    const fatal: string[] = [];
    const hostKeys = deviceKeysFromSeeds(new Uint8Array(32).fill(1), new Uint8Array(32).fill(2));
    let settle = (_link: string): void => {};
    const ready = new Promise<string>((resolve) => (settle = resolve));
    const host = startHost({
      config: parseConfig({
        SOVEREIGN_HOME: home,
        SOVEREIGN_PORT: "0",
        SOVEREIGN_GATEWAY_PORT: "off",
        SOVEREIGN_APP_DIR: writeTestApp(join(folder, "app")),
      }),
      relayEntry: join(import.meta.dirname, "testing/relayOnBadDisk.ts"),
      agentEntry: join(import.meta.dirname, "testing/fakeAgent.ts"),
      gatewayEntry: join(import.meta.dirname, "gateway/main.ts"),
      onReady: (port, seed, fingerprint) => settle(appLink(port, seed, fingerprint)),
      onFatal: (error) => fatal.push(error.message),
      notify: (says) => notices.push(says),
    });
    try {
      const link = new URL(await ready);
      const port = Number(link.port);
      const claimSeed = parseClaimLink(link.hash)?.seed ?? new Uint8Array(32);
      const first = await openTestLink(port);
      first.send({
        type: "hello",
        version: protocolVersion,
        vault: null,
        publicKey: hostKeys.sign.publicKey,
        nonce: systemRandom(32),
      });
      const { relayKey } = await first.next("welcome");
      first.close();
      const vault = createTestVault();
      const device = await claimHost({ port, relayKey, claimSeed, hostKeys }, vault);
      const author = createTestAuthor(vault, vault.device.id, vault.device.sign);
      const append = async (request: number): Promise<string> => {
        device.send({ type: "append", request, envelope: author.next("update", { body: systemRandom(20_000) }) });
        return device.next("ack", "nack").then(
          (answer) => answer.type,
          () => "closed",
        );
      };
      for (let index = 0; index < 5; index++) expect(await append(index)).toBe("ack");

      const pid = host.pids().relay ?? 0;
      spawnSync("prlimit", ["--pid", String(pid), "--fsize=140000"]);
      const answers: string[] = [];
      for (let index = 5; index < 40 && answers.at(-1) !== "closed"; index++) answers.push(await append(index));
      expect(answers.at(-1)).toBe("closed");
      const stored = 5 + answers.filter((answer) => answer === "ack").length;

      for (const end = performance.now() + 20_000; performance.now() < end; await pause(100))
        if (
          host.pids().relay !== undefined &&
          host.pids().relay !== pid &&
          host.health().says.includes("relay: running")
        )
          break;
      expect(notices.join("\n")).toMatch(/log\.sqlite cannot be used .* sent again/);
      expect(fatal).toEqual([]);
      const again = await connectPeer({ port, relayKey }, vault.device, vault.id);
      again.send({ type: "sub", doc: author.doc, cursor: 0 });
      expect((await again.next("entries")).head).toBe(stored);
      const fresh = createTestAuthor(vault, vault.device.id, vault.device.sign);
      again.send({ type: "append", request: 1, envelope: fresh.next("update") });
      expect((await again.next("ack", "nack")).type).toBe("ack");
      again.close();
    } finally {
      await host.stop();
    }
  });
});
