/** What a tool says, on its way into the vault: a real gateway, a real agent, a real relay, real devices. */
import "fake-indexeddb/auto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimKeyOf, hostFingerprint } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import type { Recipient } from "#crypto/record.ts";
import { isActiveMember } from "#crypto/roster.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import type { OpenLink } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, sleep, until } from "#sync/testing/testDevice.ts";
import { createVault, openVault, type Vault, type VaultPorts } from "#sync/vault.ts";
import { createAgent, type Agent } from "../agent/agent.ts";
import { agentFolder } from "../agent/identity.ts";
import { openPinStore } from "../agent/rosterPin.ts";
import { createOpenAiBackend } from "../backends/openAi.ts";
import { prepareFolder } from "../home.ts";
import {
  dropAfter,
  fail,
  hangAfter,
  say,
  startScriptedBackend,
  type ScriptedBackend,
} from "../testing/scriptedBackend.ts";
import { pairDevice } from "../testing/soakDevices.ts";
import { startTestGateway, type TestGateway } from "../testing/testGateway.ts";
import { startTestRelay, type TestRelay } from "../testing/testRelay.ts";
import { recordedTurnsMax, recordsWaitingMax, recordTextBytesMax } from "./limits.ts";

let relay: TestRelay;
let backend: ScriptedBackend;
let agent: Agent;
let gateway: TestGateway;
let laptop: { vault: Vault };
let ports: VaultPorts;
let key: string;
let recipients: readonly Recipient[];

function startAgent(): Agent {
  prepareFolder(agentFolder(relay.home));
  return createAgent({
    clock: systemClock,
    random: systemRandom,
    openLink: (events) => createWebSocketLink(`ws://127.0.0.1:${relay.port}/link`)(events),
    keys: relay.hostKeys,
    relayKey: relay.relayKey,
    claimKey: claimKeyOf(relay.claimSeed),
    pins: openPinStore(agentFolder(relay.home)),
    backend: createOpenAiBackend({ baseUrl: backend.url, product: "Scripted", models: ["scripted-model"] }),
    spool: gateway.spool,
    onRoster: (roster) => {
      recipients = [...roster.members.values()].filter(
        ({ id, role }) => role === "device" && isActiveMember(roster, id),
      );
    },
  });
}

beforeEach(async () => {
  recipients = [];
  relay = await startTestRelay();
  backend = await startScriptedBackend({ paths: ["/v1/completions", "/v1/responses"] });
  gateway = await startTestGateway({
    backends: [{ url: backend.url }],
    recipients: () => recipients,
    onRecorded: () => agent.sendRecords(),
  });
  agent = startAgent();
  const { sign, box } = relay.hostKeys;
  const fingerprint = hostFingerprint(sign.publicKey, box.publicKey, relay.relayKey);
  const openLink: OpenLink = (events) => createWebSocketLink(`ws://127.0.0.1:${relay.port}/link`)(events);
  ports = { clock: systemClock, random: systemRandom, openLink, identity: createMemoryIdentityStore() };
  const vault = await createVault(ports, { claim: { seed: relay.claimSeed, fingerprint }, deviceName: "Laptop" });
  laptop = { vault };
  key = await gateway.makeKey("Editor", { isRecorded: true });
  await until(() => recipients.length === 1, "the agent knows the device");
});

afterEach(async () => {
  await laptop.vault.close();
  await agent.drain();
  await gateway.dispose();
  await backend.close();
  await relay.dispose();
});

interface Asking {
  readonly path?: string;
  readonly chat?: string;
  readonly key?: string;
  readonly signal?: AbortSignal;
}

function ask(
  body: object,
  { path = "/chat/completions", chat = "record", signal, ...more }: Asking = {},
): Promise<Response> {
  return fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${more.key ?? key}`,
      "content-type": "application/json",
      ...(chat === "" ? {} : { "x-sovereign-chat": chat }),
    },
    body: JSON.stringify({ model: "scripted-model", ...body }),
    ...(signal === undefined ? {} : { signal }),
  });
}

const user = (content: unknown) => ({ role: "user", content });
const chats = () => laptop.vault.catalog.value.chats();

/** Who said what, in the one chat that there is. */
async function said(device: { vault: Vault } = laptop): Promise<string[]> {
  await until(() => device.vault.catalog.value.chats().length === 1, "a chat", 10_000);
  const chat = await device.vault.openChat(device.vault.catalog.value.chats()[0]!.id);
  const turns = chat.value.thread().map(({ role, text }) => `${role}: ${text}`);
  chat.close();
  return turns;
}

async function untilSaid(count: number, device = laptop): Promise<void> {
  const chat = await (async () => {
    await until(() => device.vault.catalog.value.chats().length === 1, "a chat", 20_000);
    return device.vault.openChat(device.vault.catalog.value.chats()[0]!.id);
  })();
  await until(() => chat.value.thread().length === count, `${count} turns`, 20_000);
  chat.close();
}

/** What waits at the relay for a device. */
function recordsAtRelay(): readonly Uint8Array[] {
  const database = new DatabaseSync(join(relay.home, "relay/log.sqlite"), { readOnly: true, timeout: 5_000 });
  const rows = database.prepare("SELECT record FROM record ORDER BY seq").all();
  database.close();
  return rows.map(({ record }) => record as Uint8Array);
}

describe("x-sovereign-chat", { timeout: 90_000 }, () => {
  it("RD1 a streamed conversation becomes one chat with the tool's name, and goes on in it", async () => {
    backend.script(say("Two and two\r\nmake four.", { reasoning: "hm" }), say("Five."));
    const first = await ask({ stream: true, messages: [{ role: "system", content: "Be brief." }, user("2 + 2?")] });
    const bytes = await first.text();
    expect(bytes).toContain("data: [DONE]");
    await untilSaid(2);
    expect(chats()[0]).toMatchObject({ tool: "Editor", title: "2 + 2?", titledBy: "auto" });
    const more = [user("2 + 2?"), { role: "assistant", content: "Two and two\r\nmake four." }, user("And 2 + 3?")];
    await (await ask({ messages: [{ role: "system", content: "Another." }, ...more] })).text();
    await untilSaid(4);
    expect(await said()).toEqual([
      "user: 2 + 2?",
      "assistant: Two and two\r\nmake four.",
      "user: And 2 + 3?",
      "assistant: Five.",
    ]);
    // RD2: nothing of it is left on the way, and nothing that was on the way could be read.
    await until(() => gateway.spool.count === 0 && recordsAtRelay().length === 0, "all is filed");
    expect(laptop.vault.status().alarms).toEqual([]);
  });

  it("RD2 with no device there it waits at the relay, sealed, through a restart of relay and agent", async () => {
    await laptop.vault.close();
    backend.script(say("A secret answer."));
    await (await ask({ messages: [user("A secret question.")] })).text();
    await until(() => recordsAtRelay().length === 1, "the relay has it");
    for (const text of ["secret", "Editor"])
      expect(Buffer.from(recordsAtRelay()[0]!).includes(text), "readable at the relay").toBe(false);
    // It is let go when the relay has said so, which is after it is there.
    await until(() => gateway.spool.count === 0, "the gateway has let it go");
    await relay.restart();
    await agent.drain();
    agent = startAgent();
    const reopened = await openVault(ports);
    if (reopened.kind !== "open") throw new Error("The vault is gone.");
    laptop = { vault: reopened.vault };
    await untilSaid(2);
    expect(await said()).toEqual(["user: A secret question.", "assistant: A secret answer."]);
    await until(() => recordsAtRelay().length === 0, "the relay has forgotten it");
  });

  it("RD3 without a link to the relay it waits beside the gateway, sealed", async () => {
    await agent.drain();
    backend.script(say("Spoken softly."));
    await (await ask({ messages: [user("Quietly, please")] })).text();
    await until(() => gateway.spool.count === 1, "it waits");
    const [name = ""] = gateway.spool.names();
    expect(Buffer.from(gateway.spool.read(name)!.sealed).includes("softly")).toBe(false);
    agent = startAgent();
    await untilSaid(2);
    expect(gateway.spool.count).toBe(0);
  });

  it("RD4 two devices file one chat, and what its owner deleted stays deleted", async () => {
    const phone = await pairDevice(laptop, relay.port, "Phone");
    await until(() => recipients.length === 2, "the agent knows both");
    backend.script(say("Once."));
    await (await ask({ messages: [user("How often?")] })).text();
    await untilSaid(2);
    await untilSaid(2, phone);
    await until(() => recordsAtRelay().length === 0, "it is filed");
    expect(await said(phone)).toEqual(["user: How often?", "assistant: Once."]);
    laptop.vault.catalog.value.remove(chats()[0]!.id, Date.now());
    await laptop.vault.flush();
    await (await ask({ messages: [user("How often?")] })).text();
    await sleep(200);
    await until(() => gateway.spool.count + recordsAtRelay().length === 0, "it is let go", 15_000);
    expect(chats()).toEqual([]);
    await phone.vault.close();
  });

  it("RD5 what breaks off, at the backend or because the tool hung up, is kept as far as it came", async () => {
    backend.script(dropAfter("One two three four"));
    await ask({ stream: true, messages: [user("First")] })
      .then((answer) => answer.text())
      .catch(() => {});
    await untilSaid(2);
    expect((await said())[1]).toMatch(/^assistant: .+ \[…\]$/);
    const gone = new AbortController();
    backend.script(hangAfter("One two"));
    const second = await ask({ stream: true, messages: [user("Second")] }, { signal: gone.signal });
    await second.body?.getReader().read();
    gone.abort();
    await until(() => chats().length === 2, "the second", 10_000);
    expect(backend.requests.length).toBe(2);
  });

  it("RD6 calls of tools and their results stand in it, and what was said again is not there twice", async () => {
    const calls = [{ id: "c1", type: "function", function: { name: "read_file", arguments: '{"path":"a.ts"}' } }];
    const head = [
      user([
        { type: "text", text: "Look" },
        { type: "image_url", image_url: { url: "data:," } },
      ]),
    ];
    backend.script((response) => {
      const choice = { index: 0, message: { role: "assistant", content: null, tool_calls: calls } };
      response.setHeader("content-type", "application/json").end(JSON.stringify({ choices: [choice] }));
    }, say("It is empty."));
    await (await ask({ messages: head })).text();
    await untilSaid(2);
    const assistant = { role: "assistant", content: null, tool_calls: calls };
    const result = { role: "tool", tool_call_id: "c1", content: "a ``` fence" };
    await (await ask({ stream: true, messages: [...head, assistant, result] })).text();
    await untilSaid(4);
    expect(await said()).toEqual([
      "user: Look\n[picture]",
      'assistant: `read_file`\n```\n{"path":"a.ts"}\n```',
      "user: ````\na ``` fence\n````",
      "assistant: It is empty.",
    ]);
  });

  it("RD7 completions and responses can be recorded too", async () => {
    backend.script((response) => {
      response.setHeader("content-type", "application/json").end(JSON.stringify({ choices: [{ text: " time" }] }));
    });
    await (await ask({ prompt: "Once upon a" }, { path: "/completions" })).text();
    await untilSaid(2);
    expect(await said()).toEqual(["user: Once upon a", "assistant:  time"]);
    laptop.vault.catalog.value.remove(chats()[0]!.id, Date.now());
    const item = { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hi." }] };
    backend.script((response) => {
      response.setHeader("content-type", "text/event-stream");
      const events = [
        { type: "response.created", response: { status: "in_progress", output: [] } },
        { type: "response.output_text.delta", delta: "Hi." },
        { type: "response.output_item.done", item },
        { type: "response.completed", response: { status: "completed", output: [item] } },
      ];
      response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
    });
    await (await ask({ stream: true, input: "Hello" }, { path: "/responses" })).text();
    await untilSaid(2);
    expect(await said()).toEqual(["user: Hello", "assistant: Hi."]);
  });

  it("RD8 is refused before any backend is asked: another key, a path that is no conversation, a name that is none", async () => {
    const plain = await gateway.makeKey("plain");
    const messages = [user("Hello")];
    const refused = async (answer: Promise<Response>): Promise<string> => {
      const { status } = await answer;
      return `${status} ${((await (await answer).json()) as { error: { message: string } }).error.message}`;
    };
    expect(await refused(ask({ messages }, { key: plain }))).toMatch(/^403 .*"plain".*--record/);
    expect(await refused(ask({ input: "x" }, { path: "/embeddings" }))).toMatch(/^400 Only a conversation/);
    expect(await refused(ask({ messages }, { chat: "two words" }))).toMatch(/^400 x-sovereign-chat is/);
    const known = recipients;
    recipients = [];
    expect(await refused(ask({ messages }))).toMatch(/^503 No device of yours/);
    recipients = known;
    expect(await refused(ask({ messages: [user("x".repeat(recordTextBytesMax + 1))] }))).toMatch(/^413 /);
    const many = Array.from({ length: recordedTurnsMax + 1 }, () => user("y"));
    expect(await refused(ask({ messages: many }))).toMatch(/^413 /);
    expect(await refused(ask({ messages: [user("z".repeat(1_100_000))] }))).toMatch(/^413 /);
    expect(backend.requests).toEqual([]);
    expect(chats()).toEqual([]);
  });

  it("RD9 as many may wait as may, and then tools are told; an error of the backend is not recorded", async () => {
    await agent.drain();
    backend.script(fail(400, "no such thing"));
    expect((await ask({ messages: [user("No")] })).status).toBe(400);
    backend.script(say("Yes."));
    const sealed = new Uint8Array(64);
    for (let at = 0; at < recordsWaitingMax; at++) gateway.spool.add({ id: systemRandom(16), atMs: at, sealed });
    const full = await ask({ messages: [user("One more")] });
    expect([full.status, await full.text()]).toEqual([503, expect.stringMatching(/wait for your devices/)]);
    expect((await ask({ messages: [user("One more")] }, { chat: "" })).status).toBe(200);
    expect(gateway.spool.count).toBe(recordsWaitingMax);
  });

  it("RD10 two conversations with one beginning are two chats when the tool names them", async () => {
    backend.script(say("Left."), say("Right."));
    await (await ask({ messages: [user("Which way?")] }, { chat: "a.1" })).text();
    await (await ask({ messages: [user("Which way?")] }, { chat: "b-2" })).text();
    const titles = (): string[] => chats().map(({ title }) => title);
    await until(() => titles().join() === "Which way?,Which way?", "both", 10_000);
    expect(titles()).toHaveLength(2);
  });
});
