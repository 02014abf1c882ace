/** The whole way: a vault's device asks to be told, goes away, and the push service of its browser has word of the answer; real but for where that service stands. */
import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { claimKeyOf, hostFingerprint } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import { decodeFrame } from "#sync/frame.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import type { OpenLink } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault, type Vault } from "#sync/vault.ts";
import { createAgent, type Agent } from "../agent/agent.ts";
import { agentFolder } from "../agent/identity.ts";
import { openPinStore } from "../agent/rosterPin.ts";
import { createOpenAiBackend } from "../backends/openAi.ts";
import { prepareFolder } from "../home.ts";
import { createTestBrowser, startPushService, type TestPushService } from "../testing/pushService.ts";
import { dropAfter, say, startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import { startTestRelay, type TestRelay } from "../testing/testRelay.ts";
import { createSender, type Sender } from "./sender.ts";
import { createTellService } from "./tellService.ts";
import { vapidKeyFromSeed } from "./vapid.ts";

const name = "fcm.googleapis.com";
const key = vapidKeyFromSeed(systemRandom(32).fill(1, 0, 1));
let service: TestPushService;
let sender: Sender;
let relay: TestRelay;
let server: ScriptedBackend;
let agent: Agent;
let vault: Vault;
/** Chats in which the agent says that an answer is whole. */
let said: string[];

beforeEach(async () => {
  said = [];
  service = await startPushService(key.publicKey, name);
  const { port, authority } = service;
  const ports = { resolve: () => Promise.resolve(["127.0.0.1"]), isAllowed: () => true, port, authority };
  sender = createSender({
    post: createTellService(key, ports),
    after: systemClock.after,
    nowMs: systemClock.now,
    onGone: (endpoint) => relay.pushGone(endpoint),
    onSent: () => {},
  });
  relay = await startTestRelay({
    push: { key: key.publicKey, send: sender.send, forget: sender.forget, onCount: () => {} },
  });
  server = await startScriptedBackend();
  const openLink: OpenLink = (events) => createWebSocketLink(`ws://127.0.0.1:${relay.port}/link`)(events);
  const overheard: OpenLink = (events) => {
    const link = openLink(events);
    return {
      send: (bytes) => {
        const frame = decodeFrame(bytes);
        if (frame.type === "answered") said.push(frame.doc);
        link.send(bytes);
      },
      close: () => link.close(),
      get waitingBytes() {
        return link.waitingBytes;
      },
    };
  };
  prepareFolder(agentFolder(relay.home));
  agent = createAgent({
    ...{
      clock: systemClock,
      random: systemRandom,
      openLink: overheard,
      keys: relay.hostKeys,
      relayKey: relay.relayKey,
    },
    ...{ claimKey: claimKeyOf(relay.claimSeed), pins: openPinStore(agentFolder(relay.home)) },
    backend: createOpenAiBackend({
      baseUrl: server.url,
      product: "Scripted",
      models: ["scripted-model"],
      prefill: false,
    }),
  });
  const { sign, box } = relay.hostKeys;
  const fingerprint = hostFingerprint(sign.publicKey, box.publicKey, relay.relayKey);
  const own = { clock: systemClock, random: systemRandom, openLink, identity: createMemoryIdentityStore() };
  vault = await createVault(own, { claim: { seed: relay.claimSeed, fingerprint }, deviceName: "Phone" });
  await until(() => vault.status().host?.live === true, "the host is live");
});
afterEach(async () => {
  await vault.close();
  sender.close();
  await agent.drain();
  await server.close();
  await relay.dispose();
  await service.close();
});

it("WP40 a device that went away is told of the answer, by a name that only it can read; one that broke off counts, and none that was stopped", async () => {
  const { endpoint, publicKey, secret, open } = createTestBrowser(`https://${name}/fcm/send/phone`);
  expect((await vault.askPush())?.key).toEqual(key.publicKey);
  expect(await vault.setPush({ endpoint: "https://10.0.0.1/", publicKey, secret })).toBe(false);
  expect(await vault.setPush({ endpoint, publicKey, secret })).toBe(true);
  expect((await vault.askPush())?.endpoint).toBe(endpoint);

  server.script(
    say("Word by word by word. ".repeat(50), { delayMs: 20 }),
    dropAfter("The secret"),
    say("The secret word is heron.", { delayMs: 20 }),
  );
  const [stopped, cut, whole] = [await vault.createChat(), await vault.createChat(), await vault.createChat()];
  const { run } = await vault.ask(stopped, { text: "Tell me at length", parent: null });
  const chat = await vault.openChat(stopped);
  await until(() => chat.value.run(run).text.length > 0, "it has begun");
  await vault.stop(stopped, run);
  await until(() => chat.value.run(run).status === "stopped", "it was stopped");
  chat.close();

  const { run: broken } = await vault.ask(cut, { text: "Tell me the word", parent: null });
  const cutChat = await vault.openChat(cut);
  await until(() => cutChat.value.run(broken).status === "interrupted", "it broke off");
  cutChat.close();
  // While it is here, nobody tells it by push; the host may say so a moment after the answer's end has come.
  await until(() => said.length === 1, "the host has said so");

  const message = service.next();
  await vault.ask(whole, { text: "Tell me the word", parent: null });
  await until(() => server.requests.length === 3, "the model is asked");
  await vault.close();
  expect(open((await message).body)).toBe(whole);
  expect(said).toEqual([cut, whole]);
  expect(service.received).toHaveLength(1);
}, 90_000);
