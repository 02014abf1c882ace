/** Artifacts from a question to a proposal: a real vault, a real relay, a real agent, and a model server that does as it is told. */
import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { claimKeyOf, hostFingerprint } from "#crypto/claim.ts";
import type { DocId, RunId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { readAnswerParts } from "#sync/artifacts/answerParts.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import type { OpenLink } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault, type Vault } from "#sync/vault.ts";
import { unknownModel } from "../backends/backend.ts";
import { createOpenAiBackend } from "../backends/openAi.ts";
import { prepareFolder } from "../home.ts";
import { raw, say, startScriptedBackend, type ScriptedBackend, type Script } from "../testing/scriptedBackend.ts";
import { startTestRelay, type TestRelay } from "../testing/testRelay.ts";
import { createAgent, type Agent } from "./agent.ts";
import { agentFolder } from "./identity.ts";
import { openPinStore } from "./rosterPin.ts";
import { ledgerFile } from "./vaultAgents.ts";

// Real sockets and processes take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let relay: TestRelay;
let server: ScriptedBackend;
let agent: Agent;
let vault: Vault;
let chat: DocId;

const backendWith = (tools: boolean) =>
  createOpenAiBackend({
    baseUrl: server.url,
    product: "Scripted",
    models: [{ ...unknownModel("scripted-model"), tools, contextTokens: 16_000 }],
  });

beforeEach(async () => {
  relay = await startTestRelay();
  server = await startScriptedBackend();
  const openLink: OpenLink = (events) => createWebSocketLink(`ws://127.0.0.1:${relay.port}/link`)(events);
  prepareFolder(agentFolder(relay.home));
  agent = createAgent({
    clock: systemClock,
    random: systemRandom,
    openLink,
    keys: relay.hostKeys,
    relayKey: relay.relayKey,
    claimKey: claimKeyOf(relay.claimSeed),
    pins: openPinStore(agentFolder(relay.home)),
    backend: backendWith(false),
    tools: { sources: [], ledgerFile: ledgerFile(agentFolder(relay.home)) },
  });
  const ports = { clock: systemClock, random: systemRandom, openLink, identity: createMemoryIdentityStore() };
  const { sign, box } = relay.hostKeys;
  const fingerprint = hostFingerprint(sign.publicKey, box.publicKey, relay.relayKey);
  vault = await createVault(ports, { claim: { seed: relay.claimSeed, fingerprint }, deviceName: "Laptop" });
  await until(() => vault.status().host?.live === true, "the host is live");
  chat = await vault.createChat();
});

afterEach(async () => {
  await vault.close();
  await agent.drain();
  await server.close();
  await relay.dispose();
});

async function ask(text: string, artifacts: readonly DocId[] = []): Promise<RunId> {
  const { value, close } = await vault.openChat(chat);
  const { run } = await vault.ask(chat, { text, parent: value.thread().at(-1)?.id ?? null, artifacts });
  await until(() => value.run(run).status === "done", "it is answered", 15_000);
  const told = value.run(run).seen !== null && value.run(run).text.includes("<artifact");
  if (told) await until(() => value.run(run).filed !== null, "its artifacts are filed", 15_000);
  close();
  return run;
}

/** What the model was shown, by request. */
const shown = (at: number): string[] => (server.requests[at]?.body.messages ?? []).map(({ content }) => content);

/** As vLLM, LM Studio and llama.cpp send a call. */
function callTool(name: string, given: object, id = "call_1"): Script {
  const call = { index: 0, id, type: "function", function: { name, arguments: JSON.stringify(given) } };
  const chunks = [
    { choices: [{ index: 0, delta: { role: "assistant", content: "One moment." }, finish_reason: null }] },
    { choices: [{ index: 0, delta: { tool_calls: [call] }, finish_reason: null }] },
    { choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] },
  ];
  return raw([...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), "data: [DONE]\n\n"]);
}

test("AP1 a model without tools is told the tags only where they are wanted; what it makes is shown to it as it is then, once", async () => {
  server.script(
    say("Plain."),
    say('Here.\n<artifact title="Poem" kind="text">\nroses are red\nviolets\n</artifact>\n'),
    say("Nice."),
  );
  await ask("Hello");
  expect(shown(0)[0]).not.toContain("artifact");
  const { value, close } = await vault.openChat(chat);
  value.setWantsArtifacts(true);
  const run = await ask("A poem, please");
  expect(shown(1)[0]).toContain('<artifact title="Letter to the landlord" kind="markdown">');
  const poem = vault.artifactOfAnswer(chat, run, 0);
  const open = await vault.openArtifact(poem);
  open.value.rewrite("roses are blue\nviolets\n");
  await ask("And now?");
  const turns = shown(2);
  expect(turns.join("\n").split("roses are").length - 1, "its text stands there once").toBe(1);
  expect(turns.at(-2)).toBe(`Here.\n[Here you made the artifact ${poem.slice(0, 8)} "Poem".]\n`);
  expect(turns.at(-1)).toMatch(
    /^Artifact [0-9a-f]{8} "Poem" \(text\), as it is now:\n```\nroses are blue\nviolets\n```\n\nAnd now\?$/,
  );
  open.close();
  close();
});

test("AP2 an edit that does not fit is told to the model with the next question, and a right one is a proposal at what it saw", async () => {
  const id = await vault.createArtifact({ title: "Letter", kind: "text", text: "Dear Ann,\nhello.\n" });
  const edit = (find: string): string =>
    `<artifact-edit id="${id.slice(0, 8)}">\n<find>${find}</find><replace>Anna</replace>\n</artifact-edit>\n`;
  server.script(say(edit("Bob")), say(edit("Ann")));
  const { value, close } = await vault.openArtifact(id);
  await ask("Her name is Anna", [id]);
  expect(value.proposals()).toEqual([]);
  value.splice(value.text().length, 0, "PS\n");
  await ask("Please");
  expect(shown(1).at(-1)).toMatch(
    /\[An edit in your last answer was not made\. Piece 1: the text to find is not there\..*"Bob"/,
  );
  expect(shown(1).at(-1)).toContain("hello.\nPS\n");
  const [proposal] = value.proposals();
  expect(proposal).toMatchObject({ choice: null, by: { model: "scripted-model" }, base: value.heads() });
  value.accept(proposal?.id ?? "");
  expect(value.text()).toBe("Dear Anna,\nhello.\nPS\n");
  close();
});

test("AP3 a model with tools corrects itself within one answer, and what it made becomes the same parts", async () => {
  agent.setBackend(backendWith(true));
  const id = await vault.createArtifact({ title: "Letter", kind: "text", text: "Dear Ann,\n" });
  const edit = (find: string, call: string): Script =>
    callTool("artifact_edit", { id: id.slice(0, 8), edits: [{ find, replace: "Anna" }] }, call);
  server.script(
    edit("Bob", "c1"),
    edit("Ann", "c2"),
    callTool("artifact_create", { title: "N", kind: "text", text: "new" }, "c3"),
    say("All done."),
  );
  const run = await ask("Her name is Anna", [id]);
  expect(server.requests).toHaveLength(4);
  expect(server.requests[0]?.body["tools"]).toMatchObject([
    { type: "function", function: { name: "artifact_create" } },
    { function: { name: "artifact_edit" } },
    { function: { name: "artifact_read" } },
    { function: { name: "search_chats" } },
  ]);
  // A model server is told what OpenAI's interface has, and nothing of ours.
  expect(JSON.stringify(server.requests[0]?.body["tools"])).not.toMatch(/"(?:version|class|isUntrusted)":/);
  expect(server.requests[1]?.body.messages?.slice(-2)).toMatchObject([
    { role: "assistant", content: "One moment.", tool_calls: [{ id: "c1", type: "function" }] },
    { role: "tool", tool_call_id: "c1", content: expect.stringContaining("is not there") as unknown },
  ]);
  const { value: open, close } = await vault.openChat(chat);
  expect(open.run(run).filed).toMatchObject([{ kind: "proposed", artifact: id }, { kind: "made" }]);
  expect(open.run(run).text).toMatch(/All done\.$/);
  // A page shows a card for each of these parts, in its place among the words.
  expect(open.run(run).seen).not.toBeNull();
  expect(readAnswerParts(open.run(run).text).map((part) => (part.kind === "words" ? part.text : part))).toMatchObject([
    "One moment.\n\nOne moment.\n",
    { kind: "edit", index: 0, isClosed: true },
    "One moment.\n",
    { kind: "new", index: 1, title: "N", text: "new", isClosed: true },
    "All done.",
  ]);
  expect(
    vault.catalog.value.artifacts
      .all()
      .map(({ title }) => title)
      .sort(),
  ).toEqual(["Letter", "N"]);
  expect(vault.status().alarms).toEqual([]);
  close();
});

test("AP4 a text that the model cannot hold is named and not shown, and the question is answered all the same", async () => {
  server.script(say("Too long for me."));
  const id = await vault.createArtifact({ title: "Book", kind: "text", text: "word ".repeat(49_000) });
  await ask("What is in it?", [id]);
  expect(shown(0).at(-1)).toMatch(
    /^Artifact [0-9a-f]{8} "Book" \(text\), as it is now: 1 lines, too long to be shown here/,
  );
}, 90_000);
