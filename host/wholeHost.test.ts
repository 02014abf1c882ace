/** What goes through several processes of a host at once: the supervisor, relay, agent and gateway as they are, and a real device. */
import "fake-indexeddb/auto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { parseClaimLink } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { askHost, startControl, type Control } from "./control.ts";
import { createKey } from "./gateway/keys.ts";
import { startHost } from "./host.ts";
import type { Host } from "./hostOptions.ts";
import { appLink } from "./link/appLink.ts";
import { readPushKey } from "./push/pushHome.ts";
import { createTestBrowser } from "./testing/pushService.ts";
import { say, startScriptedBackend, type ScriptedBackend } from "./testing/scriptedBackend.ts";
import { createFirstDevice, type SoakDevice } from "./testing/soakDevices.ts";
import { writeTestApp } from "./testing/testRelay.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let home: string;
let backend: ScriptedBackend;
let host: Host;
let control: Control;
let port: number;
let device: SoakDevice;
let key: string;
beforeEach(async () => {
  await sodiumReady;
  home = mkdtempSync(join(tmpdir(), "sovereign-whole-"));
  backend = await startScriptedBackend();
  writeBackends({ maxConcurrent: 1 });
  const link = await new Promise<URL>((resolve, reject) => {
    host = startHost({
      config: {
        home,
        port: 0,
        gatewayPort: null,
        isGatewayPortSet: false,
        backend: null,
        opensBrowser: false,
        vaultBytesMax: 51_539_607_552,
        appDir: writeTestApp(join(home, "app")),
        only: null,
        wireguard: null,
        agent: null,
        relay: null,
        certificate: null,
        otlp: null,
        isDebug: true,
      },
      relayEntry: join(import.meta.dirname, "relay/main.ts"),
      agentEntry: join(import.meta.dirname, "agent/main.ts"),
      gatewayEntry: join(import.meta.dirname, "gateway/main.ts"),
      pushEntry: join(import.meta.dirname, "push/main.ts"),
      onReady: (at, seed, fingerprint) => resolve(new URL(appLink(at, seed, fingerprint))),
      onFatal: reject,
      notify: () => {},
    });
  });
  control = await startControl(home, { status: host.status, link: host.link });
  port = Number(link.port);
  device = await createFirstDevice(port, parseClaimLink(link.hash)!);
  key = (await createKey({ home, name: "Editor", random: systemRandom, nowMs: 1, isRecorded: true })).key;
});
afterEach(async () => {
  await device.vault.close();
  control.close();
  await host.stop();
  await backend.close();
  rmSync(home, { recursive: true, force: true });
});

function writeBackends(more: object): void {
  writeFileSync(
    join(home, "backends.json"),
    JSON.stringify({ backends: [{ name: "scripted", url: backend.url, ...more }] }),
  );
}

const ask = (text: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`http://localhost:${port}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "scripted-model", stream: true, messages: [{ role: "user", content: text }] }),
  });

it("RD12 a tool's conversation becomes a chat on the device, through every process of the host", async () => {
  backend.script(say("For the vault."));
  const answer = await vi.waitUntil(
    async () => {
      const response = await ask("Keep this", { "x-sovereign-chat": "record" });
      // The gateway may be up before the agent has told it of the device.
      return response.status === 503 ? false : response;
    },
    { timeout: 20_000, interval: 200 },
  );
  expect(await answer.text()).toContain("vault");
  const { value: catalog } = device.vault.catalog;
  await vi.waitFor(() => expect(catalog.chats()).toMatchObject([{ tool: "Editor", title: "Keep this" }]), 20_000);
  const chat = await device.vault.openChat(catalog.chats()[0]!.id);
  await vi.waitFor(
    () => expect(chat.value.thread().map(({ text }) => text)).toEqual(["Keep this", "For the vault."]),
    20_000,
  );
  chat.close();
});

it("WP41 the part that calls push services runs from the first subscription to the last, and gives its key to devices", async () => {
  const browser = createTestBrowser("https://fcm.googleapis.com/fcm/send/nobody");
  const { endpoint, publicKey, secret } = browser;
  const state = (): string | null => host.status().parts.push?.state ?? null;
  expect(state()).toBe(null);
  expect((await device.vault.askPush())?.key).toEqual(readPushKey(home).publicKey);
  expect(await device.vault.setPush({ endpoint, publicKey, secret })).toBe(true);
  await vi.waitFor(() => expect(state()).toBe("running"), 20_000);
  expect(await device.vault.setPush(null)).toBe(true);
  await vi.waitFor(() => expect(state()).toBe(null), 20_000);
});

it("SL6 devices and tools together ask a backend no more at once than it takes", async () => {
  let [now, most] = [0, 0];
  backend.script(async (response, request) => {
    most = Math.max(most, (now += 1));
    await say("one two three", { delayMs: 30 })(response, request);
    now -= 1;
  });
  const byDevice = async (text: string): Promise<string> => {
    const doc = await device.vault.createChat();
    const chat = await device.vault.openChat(doc);
    const { run } = await device.vault.ask(doc, { text, parent: null });
    await vi.waitFor(() => expect(chat.value.run(run).status).toBe("done"), 30_000);
    return chat.value.run(run).text;
  };
  const asked = [1, 2, 3].flatMap((at) => [byDevice(`d${at}`), ask(`t${at}`).then((answer) => answer.text())]);
  for (const text of await Promise.all(asked)) expect(text).toContain("three");
  expect(most).toBe(1);
  expect(backend.requests).toHaveLength(6);
});

it("RE3 a change of backends.json, a broken one, and a backend that is away are told to who asks how the host is, and to devices", async () => {
  const infoOf = () => device.vault.status().host?.info;
  await vi.waitFor(() => expect(infoOf()?.models).toEqual(["scripted-model"]), 20_000);
  writeFileSync(join(home, "backends.json"), "{");
  await vi.waitFor(
    async () =>
      expect((await askHost(home, "status"))?.notices.at(-1)?.says).toMatch(/is no JSON .* settings of before/),
    20_000,
  );
  expect(infoOf()?.models).toEqual(["scripted-model"]);
  // Nothing listens there.
  writeBackends({ url: "http://127.0.0.1:9/v1" });
  await vi.waitFor(() => expect(infoOf()?.remark).toMatch(/127\.0\.0\.1:9/), 20_000);
  // SB13: what the owner is shown of each part, the devices are.
  const partsOf = () => infoOf()?.services?.map(({ kind, state }) => `${kind} ${state}`);
  const parts = ["relay well", "agent well", "backend trouble", "gateway well"];
  await vi.waitFor(() => expect(partsOf()).toEqual(expect.arrayContaining(parts)), 20_000);
  expect(infoOf()?.incidents).toMatchObject([{ kind: "backend", trouble: "unreachable" }]);
  const status = await askHost(home, "status");
  expect(status?.backend?.remark).toBe(infoOf()?.remark);
  await vi.waitFor(async () => {
    const shown = (await askHost(home, "status"))?.services.map(({ kind, state }) => `${kind} ${state}`);
    expect(shown).toEqual(partsOf());
  }, 90_000);
  expect(status?.notices.at(-1)?.says).toBe("backends.json was changed and is in use: 1 model server.");
});
