/** The slice as a whole below the page: a real vault, a real relay, a real agent, and a model server that does as it is told. */
import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimKeyOf, hostFingerprint } from "#crypto/claim.ts";
import type { DocId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import type { OpenLink } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault, openVault, type Vault, type VaultPorts } from "#sync/vault.ts";
import { createOpenAiBackend } from "../backends/openAi.ts";
import { prepareFolder } from "../home.ts";
import { dropAfter, say, startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import { startTestRelay, type TestRelay } from "../testing/testRelay.ts";
import { createAgent, type Agent } from "./agent.ts";
import { agentFolder } from "./identity.ts";
import { openPinStore } from "./rosterPin.ts";

let relay: TestRelay;
let server: ScriptedBackend;
let agent: Agent;
let vault: Vault;
let ports: VaultPorts;
let openLink: OpenLink;

function startAgent(link: OpenLink = openLink): Agent {
  prepareFolder(agentFolder(relay.home));
  return createAgent({
    clock: systemClock,
    random: systemRandom,
    openLink: link,
    keys: relay.hostKeys,
    relayKey: relay.relayKey,
    claimKey: claimKeyOf(relay.claimSeed),
    pins: openPinStore(agentFolder(relay.home)),
    backend: createOpenAiBackend({ baseUrl: server.url, product: "Scripted", models: ["scripted-model"] }),
  });
}

beforeEach(async () => {
  relay = await startTestRelay();
  server = await startScriptedBackend();
  openLink = (events) => createWebSocketLink(`ws://127.0.0.1:${relay.port}/link`)(events);
  agent = startAgent();
  ports = { clock: systemClock, random: systemRandom, openLink, identity: createMemoryIdentityStore() };
  const { sign, box } = relay.hostKeys;
  const fingerprint = hostFingerprint(sign.publicKey, box.publicKey, relay.relayKey);
  vault = await createVault(ports, { claim: { seed: relay.claimSeed, fingerprint }, deviceName: "Laptop" });
  await until(() => vault.status().host?.live === true, "the host is live");
});

afterEach(async () => {
  await vault.close();
  await agent.drain();
  await server.close();
  await relay.dispose();
});

const textOf = async (doc: DocId): Promise<string[]> => {
  const chat = await vault.openChat(doc);
  const texts = chat.value.thread().map((message) => message.text);
  chat.close();
  return texts;
};

test("a question is answered word by word, and a second one knows the first", async () => {
  server.script(say("One two three.", { reasoning: "hm", delayMs: 30 }), say("Three."));
  const doc = await vault.createChat();
  const chat = await vault.openChat(doc);
  const lengths = new Set<number>();
  const { run } = await vault.ask(doc, { text: "Count to three", parent: null });
  chat.value.observe(() => lengths.add(chat.value.run(run).text.length));
  await until(() => chat.value.run(run).status === "done", "the answer");
  expect(chat.value.run(run)).toMatchObject({
    text: "One two three.",
    thinking: "hm",
    model: "scripted-model",
    label: "Scripted",
  });
  expect(lengths.size).toBeGreaterThan(1);
  const next = await vault.ask(doc, { text: "The last one?", parent: chat.value.thread().at(-1)?.id ?? null });
  await until(() => chat.value.run(next.run).status === "done", "the second answer");
  expect(server.requests[1]?.body.messages?.map((message) => message.content).slice(1)).toEqual([
    "Count to three",
    "One two three.",
    "The last one?",
  ]);
  expect(vault.status().alarms).toEqual([]);
  chat.close();
});

test("a question asked while the host is away is answered once when it is back, also after a reload", async () => {
  const doc = await vault.createChat();
  await vault.flush();
  await agent.drain();
  await until(() => vault.status().host?.live === false, "the host is away");
  server.script(say("Here I am."));
  const { run } = await vault.ask(doc, { text: "Are you there?", parent: null });
  await vault.close();
  const reopened = await openVault(ports);
  if (reopened.kind !== "open") throw new Error("The vault is gone.");
  vault = reopened.vault;
  agent = startAgent();
  const chat = await vault.openChat(doc);
  await until(() => chat.value.run(run).status === "done", "the answer", 15_000);
  expect(await textOf(doc)).toEqual(["Are you there?", "Here I am."]);
  expect(server.requests.length).toBe(1);
  chat.close();
}, 20_000);

test("stop, a backend that breaks off, and another try", async () => {
  server.script(say("word ".repeat(300), { delayMs: 15 }), dropAfter("Half an"), say("A whole answer."));
  const doc = await vault.createChat();
  const chat = await vault.openChat(doc);
  const first = await vault.ask(doc, { text: "Go on", parent: null });
  await until(() => chat.value.run(first.run).text.length > 20, "some words");
  const before = Date.now();
  await vault.stop(doc, first.run);
  await until(() => chat.value.run(first.run).status === "stopped", "the stop");
  expect(Date.now() - before).toBeLessThan(1_000);
  const second = await vault.askAgain(doc, first.run);
  await until(() => chat.value.run(second).status === "interrupted", "the break");
  expect(chat.value.run(second)).toMatchObject({ text: "Half an", error: { code: "backend-dropped" } });
  const third = await vault.askAgain(doc, second);
  await until(() => chat.value.run(third).status === "done", "the answer");
  expect(await textOf(doc)).toEqual(["Go on", "A whole answer."]);
  expect(vault.status().alarms).toEqual([]);
  chat.close();
});

test("an agent that dies in the middle leaves an interrupted answer, and the next one answers anew", async () => {
  let kill = (): void => {};
  await agent.drain();
  agent = startAgent((events) => {
    let isDead = false;
    const link = openLink({
      onOpen: () => !isDead && events.onOpen(),
      onFrame: (frame) => !isDead && events.onFrame(frame),
      onClose: () => {},
    });
    kill = () => {
      isDead = true;
      link.close();
    };
    return { ...link, send: (frame) => !isDead && link.send(frame) };
  });
  await until(() => vault.status().host?.live === true, "the host is live");
  server.script(say("word ".repeat(400), { delayMs: 15 }), say("Anew."));
  const doc = await vault.createChat();
  const chat = await vault.openChat(doc);
  const { run } = await vault.ask(doc, { text: "Go on", parent: null });
  await until(() => chat.value.run(run).text.length > 20, "some words");
  kill();
  void agent.drain();
  agent = startAgent();
  await until(() => chat.value.run(run).status === "interrupted", "the device notices", 15_000);
  const kept = chat.value.run(run).text;
  expect(kept).toMatch(/^word word/);
  const again = await vault.askAgain(doc, run);
  await until(() => chat.value.run(again).status === "done", "the answer");
  expect(chat.value.run(again).text).toBe("Anew.");
  expect(chat.value.run(run).text).toBe(kept);
  expect(vault.status().alarms).toEqual([]);
  chat.close();
}, 30_000);
