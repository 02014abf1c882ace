/** Two agents, of one host or of two: exactly one answers, and one takes over when the other falls silent. */
import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimKeyOf, hostFingerprint } from "#crypto/claim.ts";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import type { DocId, RunId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster } from "#crypto/roster.ts";
import { createAddHost, openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import { readIdentity } from "#sync/identityLock.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import type { OpenLink } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault, type Vault, type VaultPorts } from "#sync/vault.ts";
import { createOpenAiBackend } from "../backends/openAi.ts";
import { say, startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import { connectPeer, startTestRelay, type TestRelay } from "../testing/testRelay.ts";
import { createAgent, type Agent } from "./agent.ts";
import type { Pin } from "./rosterPin.ts";

let relay: TestRelay;
let server: ScriptedBackend;
let vault: Vault;
let ports: VaultPorts;
let openLink: OpenLink;
let agents: Agent[];
let notes: string[];

function startAgent(keys: DeviceKeys = relay.hostKeys, link: OpenLink = openLink): Agent {
  let pin: Pin | null = null;
  const agent = createAgent({
    clock: systemClock,
    random: systemRandom,
    openLink: link,
    keys,
    relayKey: relay.relayKey,
    claimKey: claimKeyOf(relay.claimSeed),
    pins: {
      read: () => pin,
      write: (next) => {
        pin = next;
      },
    },
    backend: createOpenAiBackend({ baseUrl: server.url, product: "Scripted", models: ["m"], prefill: true }),
    note: (what) => notes.push(what),
  });
  agents.push(agent);
  return agent;
}

/** A second host in the roster of the vault, as its owner would let one in. */
async function addHost(): Promise<DeviceKeys> {
  const held = await readIdentity(ports.identity, systemRandom);
  if (held === null) throw new Error("no identity");
  const entries = [...held.entries];
  const roster = readRoster(entries);
  const vaultKey = openRosterVaultKeys(entries, held.keys).get(roster.generation);
  if (vaultKey === undefined) throw new Error("no vault key");
  const host = createDeviceKeys(systemRandom);
  const entry = createAddHost({
    roster,
    by: held.keys,
    host: { signKey: host.sign.publicKey, boxKey: host.box.publicKey, relayKey: systemRandom(32) },
    name: "Second",
    vaultKey,
    random: systemRandom,
  });
  const link = await connectPeer(relay, held.keys, roster.vault);
  link.send({ type: "rosterCas", request: 1, prevSeq: roster.seq, entry, claim: null });
  await link.next("rosterAck");
  link.close();
  return host;
}

/** Asks while nobody is there, so that what is left can be opened by each of the agents. */
async function askNobody(text: string): Promise<{ doc: DocId; run: RunId }> {
  const doc = await vault.createChat();
  const chat = await vault.openChat(doc);
  const { run } = await vault.ask(doc, { text, parent: null });
  await until(() => (chat.value.run(run).waitingUntil ?? 0) > 0, "it is left for the host");
  await until(() => vault.status().pending === 0, "the relay has it");
  return { doc, run };
}

beforeEach(async () => {
  agents = [];
  notes = [];
  relay = await startTestRelay();
  server = await startScriptedBackend();
  openLink = (events) => createWebSocketLink(`ws://127.0.0.1:${relay.port}/link`)(events);
  startAgent();
  ports = { clock: systemClock, random: systemRandom, openLink, identity: createMemoryIdentityStore() };
  const { sign, box } = relay.hostKeys;
  const fingerprint = hostFingerprint(sign.publicKey, box.publicKey, relay.relayKey);
  vault = await createVault(ports, { claim: { seed: relay.claimSeed, fingerprint }, deviceName: "Laptop" });
  await until(() => vault.status().host?.live === true, "the host is live");
});

afterEach(async () => {
  await vault.close();
  await Promise.all(agents.map((agent) => agent.drain()));
  await server.close();
  await relay.dispose();
});

test("TH1 of two agents with one identity, each of which could, exactly one answers, and the other is told why it may not", async () => {
  await agents[0]?.drain();
  await until(() => vault.status().host?.live === false, "nobody is there");
  server.script(say("Once.", { delayMs: 20 }));
  const asked = await Promise.all(["one", "two", "three", "four"].map(askNobody));
  const both = [startAgent(), startAgent()];
  for (const { doc, run } of asked) {
    const chat = await vault.openChat(doc);
    await until(() => chat.value.answer(run).status === "done", "the answer", 20_000);
    expect(chat.value.answer(run).text).toBe("Once.");
    // No device takes the one for an earlier life of the other, so nothing is gone on with.
    expect(chat.value.runs()).toEqual([run]);
  }
  expect(server.requests).toHaveLength(asked.length);
  const refused = both.filter(({ state }) => state.phase === "refused");
  expect(refused.map(({ state }) => state)).toMatchObject([
    { code: "duplicate", says: expect.stringContaining("only one may answer") },
  ]);
  expect(vault.status().alarms).toEqual([]);
}, 60_000);

test("TH4 the one that was kept out answers when the other is gone", async () => {
  const second = startAgent();
  await until(() => second.state.phase === "refused", "it is kept out");
  await agents[0]?.drain();
  await until(() => second.state.phase === "live", "its turn", 15_000);
  server.script(say("Now me."));
  const doc = await vault.createChat();
  const chat = await vault.openChat(doc);
  const { run } = await vault.ask(doc, { text: "Who?", parent: null });
  await until(() => chat.value.run(run).status === "done", "the answer", 20_000);
  expect(chat.value.run(run).text).toBe("Now me.");
}, 60_000);

test("TH1 of two hosts, to both of which a question was left, exactly one answers it", async () => {
  const second = await addHost();
  await agents[0]?.drain();
  await until(() => vault.status().host?.live === false, "nobody is there");
  server.script(say("Once.", { delayMs: 20 }));
  const asked = await Promise.all(["one", "two", "three", "four"].map(askNobody));
  startAgent();
  startAgent(second);
  for (const { doc, run } of asked) {
    const chat = await vault.openChat(doc);
    await until(() => chat.value.run(run).status === "done", "the answer", 20_000);
    expect(chat.value.answer(run).text).toBe("Once.");
  }
  expect(server.requests.length).toBe(asked.length);
  const answered = (): number => notes.filter((note) => note === "A run ended: answered.").length;
  // The answer may be on the device a moment before its agent hears that it is stored.
  await until(() => answered() >= asked.length, "the agents have heard of it");
  expect(answered()).toBe(asked.length);
  expect(vault.status().alarms).toEqual([]);
}, 60_000);

test("TH3 a host that falls silent in the middle is taken over from by the other, where it stopped", async () => {
  const second = await addHost();
  await agents[0]?.drain();
  let kill = (): void => {};
  const mortal = startAgent(relay.hostKeys, (events) => {
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
  await until(() => vault.status().host?.live === true, "the first host is live");
  startAgent(second);
  server.script(say("one two three four five six seven eight nine ten", { delayMs: 60 }), say(" and the rest."));
  const doc = await vault.createChat();
  const chat = await vault.openChat(doc);
  const { run } = await vault.ask(doc, { text: "Count", parent: null });
  await until(() => chat.value.run(run).text.length > 8, "some words");
  kill();
  void mortal.drain();
  await until(() => chat.value.answer(run).status === "done", "the rest by the other", 30_000);
  const kept = chat.value.run(run).text;
  expect("one two three four five six seven eight nine ten".startsWith(kept)).toBe(true);
  expect(chat.value.answer(run).text).toBe(`${kept.trimEnd()} and the rest.`);
  expect(vault.status().alarms).toEqual([]);
}, 60_000);
