/** Prompts of tool servers as a device asks for them, over a real relay: a real vault, a real agent, and servers that say what the test wants. */
import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { claimKeyOf, hostFingerprint } from "#crypto/claim.ts";
import type { DocId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { isRunEnd } from "#sync/docs/run.ts";
import { parsePromptAsk, parsePromptList, parsePromptText, promptsModel } from "#sync/docs/toolPrompts.ts";
import { promptFieldsMax, promptsMax } from "#sync/limits.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import type { OpenLink } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault, type Vault } from "#sync/vault.ts";
import { unknownModel } from "../backends/backend.ts";
import { createOpenAiBackend } from "../backends/openAi.ts";
import { prepareFolder } from "../home.ts";
import { McpError } from "../mcp/errors.ts";
import { createPrompts } from "../mcp/prompts.ts";
import type { Connection } from "../mcp/connection.ts";
import { say, startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import { startTestRelay, type TestRelay } from "../testing/testRelay.ts";
import { createAgent, type Agent } from "./agent.ts";
import { agentFolder } from "./identity.ts";
import { openPinStore } from "./rosterPin.ts";
import { ledgerFile } from "./vaultAgents.ts";

// Real sockets and processes take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const review = { name: "review", says: "Looks at a text", takes: [{ name: "text", says: "Which", isRequired: true }] };
const wiki = {
  prompts: () => Promise.resolve([review]),
  prompt: (name: string, values: Readonly<Record<string, string>>) =>
    Promise.resolve({
      isError: false,
      parts: [
        { kind: "text", text: `${name}: ${JSON.stringify(values)}` },
        { kind: "bytes", name: "image-2", mediaType: "image/png", bytes: new Uint8Array(1) },
      ],
    }),
} as unknown as Connection;
const gone = new McpError("gone", "broken does not start.");
const servers = new Map([
  ["broken", { exchange: () => Promise.reject(gone) }],
  ["wiki", { exchange: <T>(work: (connection: Connection) => Promise<T>) => work(wiki) }],
]);

let relay: TestRelay;
let server: ScriptedBackend;
let agent: Agent;
let vault: Vault;

beforeEach(async () => {
  relay = await startTestRelay();
  server = await startScriptedBackend();
  const openLink: OpenLink = (events) => createWebSocketLink(`ws://127.0.0.1:${relay.port}/link`)(events);
  prepareFolder(agentFolder(relay.home));
  agent = createAgent({
    ...{ clock: systemClock, random: systemRandom, openLink, keys: relay.hostKeys, relayKey: relay.relayKey },
    claimKey: claimKeyOf(relay.claimSeed),
    pins: openPinStore(agentFolder(relay.home)),
    backend: createOpenAiBackend({
      baseUrl: server.url,
      product: "Scripted",
      models: [unknownModel("scripted-model")],
    }),
    tools: { sources: [], ledgerFile: ledgerFile(agentFolder(relay.home)), prompts: createPrompts(() => servers) },
  });
  const { sign, box } = relay.hostKeys;
  const fingerprint = hostFingerprint(sign.publicKey, box.publicKey, relay.relayKey);
  const ports = { clock: systemClock, random: systemRandom, openLink, identity: createMemoryIdentityStore() };
  vault = await createVault(ports, { claim: { seed: relay.claimSeed, fingerprint }, deviceName: "Laptop" });
  await until(() => vault.status().host?.live === true, "the host is live");
});

afterEach(async () => {
  await vault.close();
  await agent.drain();
  await server.close();
  await relay.dispose();
});

async function ask(doc: DocId, asked: object | string): Promise<string> {
  const { value: chat } = await vault.openChat(doc);
  const text = typeof asked === "string" ? asked : JSON.stringify(asked);
  const { run } = await vault.ask(doc, { text, parent: null, model: promptsModel });
  await until(() => isRunEnd(chat.answer(run).status), "an answer", 15_000);
  return chat.answer(run).text;
}

test("PP1 a device hears what prompts there are and gets one as its server writes it, and no model is asked", async () => {
  const doc = await vault.temporary.begin();
  expect(parsePromptList(await ask(doc, { kind: "list" }))).toEqual({
    prompts: [{ server: "wiki", ...review }],
    away: ["broken"],
  });
  const got = await ask(doc, { kind: "get", server: "wiki", name: "review", values: { text: "boats" } });
  expect(parsePromptText(got)).toEqual({ text: 'review: {"text":"boats"}\n\n[image-2, left out here]' });
  for (const [server, says] of [
    ["broken", "broken does not start."],
    ["nobody", 'There is no tool server "nobody" here any more.'],
  ] as const)
    expect(parsePromptText(await ask(doc, { kind: "get", server, name: "review", values: {} }))).toEqual({
      error: says,
    });
  expect(parsePromptText(await ask(doc, "Hello"))).toMatchObject({ error: expect.stringMatching(/newer version/) });
  await vault.temporary.close(doc);
  expect(server.requests).toEqual([]);
});

test("PP2 in a chat that is kept nobody answers with a server's words: the model is asked as always", async () => {
  const doc = await vault.createChat();
  server.script(say("What do you mean?"));
  expect(await ask(doc, { kind: "list" })).toBe("What do you mean?");
  expect(server.requests).toHaveLength(1);
});

test("PP3 what is asked and said is read within bounds, or not at all", () => {
  expect(parsePromptAsk('{"kind":"get","server":"a","name":"b","values":{"c":1}}')).toBeNull();
  for (const text of ["", "null", "[]", "{", '{"kind":"drop"}', '{"kind":"get","server":1}']) {
    expect(parsePromptAsk(text), text).toBeNull();
    expect(parsePromptList(text), text).toBeNull();
    expect(parsePromptText(text), text).toBeNull();
  }
  const takes = Array.from({ length: 99 }, (_, at) => ({ name: `f${at}` }));
  const prompts = Array.from({ length: 999 }, (_, at) => ({
    server: "s",
    name: `p${at}`,
    says: "x".repeat(9_999),
    takes,
  }));
  const read = parsePromptList(JSON.stringify({ prompts: [{}, 5, ...prompts] }));
  expect(read?.prompts).toHaveLength(promptsMax - 2);
  expect(read?.prompts[0]?.takes).toHaveLength(promptFieldsMax);
  expect(read?.prompts[0]?.says.length).toBeLessThan(1_000);
});
