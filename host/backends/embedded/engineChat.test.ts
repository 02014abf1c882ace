/** The whole way: a question sealed by a device, the relay, the agent, the pool, the real engine, a model file, and the words back. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { claimKeyOf } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createAgent, type Agent } from "../../agent/agent.ts";
import { agentFolder } from "../../agent/identity.ts";
import { openPinStore } from "../../agent/rosterPin.ts";
import { prepareFolder } from "../../home.ts";
import { startAskingDevice, type AskingDevice } from "../../testing/askingDevice.ts";
import { lendTestEngine, prepareTestEngine } from "../../testing/engineCache.ts";
import { startTestRelay, type TestRelay } from "../../testing/testRelay.ts";
import { writeTinyGguf } from "../../testing/tinyGguf.ts";
import { openBackends } from "../open.ts";
import type { Pool } from "../pool.ts";

const whyNot = await prepareTestEngine();
if (whyNot !== null) console.warn(whyNot);

let relay: TestRelay;
let pool: Pool;
let follower: Pool;
let agent: Agent;
let device: AskingDevice;
let home: string;
afterEach(async () => {
  device?.close();
  await agent?.drain();
  await follower?.close();
  await pool?.close();
  await relay?.dispose();
  rmSync(home, { recursive: true, force: true });
});

describe.skipIf(whyNot !== null)("a model file", { timeout: 120_000 }, () => {
  test("answers a sealed question, word by word, and is used by the gateway as well", async () => {
    home = mkdtempSync(join(tmpdir(), "sovereign-engine-"));
    lendTestEngine(home);
    writeTinyGguf(join(home, "tiny.gguf"));
    const common = { clock: systemClock, home, configured: join(home, "tiny.gguf"), ownPorts: [] };
    pool = await openBackends({ ...common, role: "agent" });
    await vi.waitFor(() => expect(pool.backend.models).toEqual(["tiny"]), 60_000);
    relay = await startTestRelay();
    prepareFolder(agentFolder(relay.home));
    agent = createAgent({
      clock: systemClock,
      random: systemRandom,
      openLink: createWebSocketLink(`ws://127.0.0.1:${relay.port}/link`),
      keys: relay.hostKeys,
      relayKey: relay.relayKey,
      claimKey: claimKeyOf(relay.claimSeed),
      pins: openPinStore(agentFolder(relay.home)),
      backend: pool.backend,
    });
    device = await startAskingDevice(relay);
    await vi.waitFor(() => expect(device.announcement?.info.models).toEqual(["tiny"]), 10_000);
    const chat = await device.openChat();
    const run = await chat.ask("hello", { model: "tiny" });
    const lengths = new Set<number>();
    chat.chat.observe(() => lengths.add(chat.chat.run(run).text.length));
    await chat.until(run, ({ text }) => text.length > 40);
    chat.chat.stop(run, Date.now());
    const view = await chat.ended(run);
    expect(view).toMatchObject({
      status: "stopped",
      model: "tiny",
      label: "Embedded engine",
      where: "Embedded engine on this host",
    });
    expect(lengths.size).toBeGreaterThan(1);
    expect(chat.violations).toEqual([]);

    follower = await openBackends({ ...common, role: "gateway" });
    await vi.waitFor(() => expect(follower.backend.models).toEqual(["tiny"]), 30_000);
    const picked = await follower.pickBackend("tiny", "/v1/chat/completions");
    const body = { model: picked.model, max_tokens: 8, messages: [{ role: "user", content: "hello" }] };
    const url = `${picked.baseUrl}/chat/completions`;
    const response = await fetch(url, { method: "POST", headers: picked.headers, body: JSON.stringify(body) });
    expect(await response.json()).toMatchObject({ object: "chat.completion", choices: [{ index: 0 }] });
    expect((await fetch(url, { method: "POST", body: JSON.stringify(body) })).status).toBe(401);
    picked.release();
  });
});
