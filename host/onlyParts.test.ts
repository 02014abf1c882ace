/** `--only relay` and `--only agent`, as their owner starts them: real processes that know of each other what is printed. */
import "fake-indexeddb/auto";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parseClaimLink } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault } from "#sync/vault.ts";
import { say, startScriptedBackend, type ScriptedBackend } from "./testing/scriptedBackend.ts";
import { writeTestApp } from "./testing/testRelay.ts";

const timeout = 120_000;
let folder: string;
let children: ChildProcess[];
let backend: ScriptedBackend;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-only-"));
  children = [];
  backend = await startScriptedBackend({ scripts: [say("Said from afar.")] });
});
afterEach(async () => {
  for (const child of children) child.kill("SIGTERM");
  await pause(1_500);
  for (const child of children) child.kill("SIGKILL");
  await backend.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  find(pattern: RegExp): Promise<string>;
  readonly exit: Promise<number | null>;
  output(): string;
}

function run(name: string, words: readonly string[], environment: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), ...words], {
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      SOVEREIGN_HOME: join(folder, name),
      SOVEREIGN_PORT: "0",
      SOVEREIGN_NO_OPEN: "1",
      SOVEREIGN_BACKEND: backend.url,
      SOVEREIGN_APP_DIR: writeTestApp(join(folder, "app")),
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return {
    child,
    exit: new Promise((resolve) => child.once("close", resolve)),
    output: () => output,
    find: async (pattern) => {
      await until(() => pattern.test(output), String(pattern), 20_000).catch((error: unknown) => {
        throw new Error(output, { cause: error });
      });
      return pattern.exec(output)?.[1] ?? "";
    },
  };
}

it("one asks the other's machine for its key, and a question is answered over both", { timeout }, async () => {
  await sodiumReady;
  const alone = run("agent", ["--only", "agent"]);
  const agentKeys = await alone.find(/SOVEREIGN_AGENT=(\S+) npm start -- --only relay/);
  expect(await alone.exit).toBe(1);

  const relay = run("relay", ["--only", "relay"], { SOVEREIGN_AGENT: agentKeys });
  const link = new URL(await relay.find(/^Open: (\S+)$/m));
  const place = await relay.find(/SOVEREIGN_RELAY='(\S+)' npm start -- --only agent/);
  // No gateway and no agent run there, nor do their files exist.
  const gateway = await fetch(`http://localhost:${link.port}/v1/models`);
  expect([gateway.status, await gateway.text()]).toEqual([404, "No gateway runs on this machine.\n"]);
  expect(existsSync(join(folder, "relay/agent"))).toBe(false);

  const agent = run("agent", ["--only", "agent"], { SOVEREIGN_RELAY: place });
  const claim = parseClaimLink(link.hash);
  const vault = await createVault(
    {
      clock: systemClock,
      random: systemRandom,
      openLink: createWebSocketLink(`ws://127.0.0.1:${link.port}/link`),
      identity: createMemoryIdentityStore(),
    },
    {
      claim: { seed: claim?.seed ?? null, fingerprint: claim?.fingerprint ?? new Uint8Array(16) },
      deviceName: "Phone",
    },
  );
  await until(() => vault.status().host?.live === true, `the agent is there: ${agent.output()}`, 20_000);
  const id = await vault.createChat();
  const { value: chat } = await vault.openChat(id);
  const { run: asked } = await vault.ask(id, { text: "Are you there?", parent: null });
  await until(() => chat.run(asked).status === "done", "the answer", 20_000);
  expect(chat.run(asked).text).toBe("Said from afar.");
  await vault.close();
  for (const { child } of [agent, relay]) child.kill("SIGTERM");
  expect(await agent.exit).toBe(0);
  expect(await relay.exit).toBe(0);
});

it("neither believes one that it was not told of", { timeout }, async () => {
  const alone = run("agent", ["--only", "agent"]);
  const agentKeys = await alone.find(/SOVEREIGN_AGENT=(\S+) npm start/);
  const relay = run("relay", ["--only", "relay"], { SOVEREIGN_AGENT: agentKeys });
  const place = await relay.find(/SOVEREIGN_RELAY='(\S+)' npm start/);

  const otherKey = place.replace(/#k=.{4}/, "#k=AAAA");
  const wary = run("agent", ["--only", "agent"], { SOVEREIGN_RELAY: otherKey });
  expect(await wary.find(/(will not have this agent \(wrong-relay\).*SOVEREIGN_RELAY)/)).not.toBe("");

  const stranger = run("stranger", ["--only", "agent"], { SOVEREIGN_RELAY: place });
  expect(await stranger.find(/(does not know this agent.*SOVEREIGN_AGENT)/)).not.toBe("");
});
