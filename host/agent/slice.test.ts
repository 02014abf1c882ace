/** The slice as a whole below the page: a real vault, a real relay, a real agent, and a model server that does as it is told. */
import "fake-indexeddb/auto";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimKeyOf, hostFingerprint } from "#crypto/claim.ts";
import type { DocId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import type { OpenLink } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault, openVault, type Vault, type VaultPorts } from "#sync/vault.ts";
import { unknownModel } from "../backends/backend.ts";
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

function startAgent(link: OpenLink = openLink, prefill = false): Agent {
  prepareFolder(agentFolder(relay.home));
  return createAgent({
    clock: systemClock,
    random: systemRandom,
    openLink: link,
    keys: relay.hostKeys,
    relayKey: relay.relayKey,
    claimKey: claimKeyOf(relay.claimSeed),
    pins: openPinStore(agentFolder(relay.home)),
    backend: createOpenAiBackend({
      baseUrl: server.url,
      product: "Scripted",
      models: [{ ...unknownModel("scripted-model"), prefill: prefill ? "flags" : "no", tellsReading: true }],
    }),
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
}, 90_000);

test("WG3 a question is left for a host that is away; the phone sleeps, the agent comes, and it is answered once", async () => {
  const doc = await vault.createChat();
  await vault.flush();
  await agent.drain();
  await until(() => vault.status().host?.live === false, "the host is away");
  server.script(say("Good morning."));
  const chat = await vault.openChat(doc);
  const { run } = await vault.ask(doc, { text: "Are you there?", parent: null });
  await until(() => (chat.value.run(run).waitingUntil ?? 0) > Date.now(), "it is left for the host");
  await until(() => vault.status().pending === 0, "the relay has it");
  await vault.close();
  await relay.restart();

  agent = startAgent();
  await until(() => server.requests.length === 1, "it is asked", 15_000);
  await until(() => agent.openDocs === 0, "the key is let go", 15_000);
  // Another life of it is offered nothing, and so is a third.
  for (let lives = 0; lives < 2; lives++) {
    await agent.drain();
    agent = startAgent();
    await until(() => agent.state.phase === "live", "the next life");
  }
  const reopened = await openVault(ports);
  if (reopened.kind !== "open") throw new Error("The vault is gone.");
  vault = reopened.vault;
  const again = await vault.openChat(doc);
  await until(() => again.value.run(run).status === "done", "the answer", 15_000);
  expect(await textOf(doc)).toEqual(["Are you there?", "Good morning."]);
  await vault.ask(doc, { text: "And now?", parent: again.value.thread().at(-1)?.id ?? null });
  await until(() => again.value.thread().at(-1)?.text === "Good morning.", "the next answer, under a new key", 15_000);
  expect(server.requests.length).toBe(2);
  expect(vault.status().alarms).toEqual([]);
  again.close();
}, 60_000);

test("WG4 an owner who wants nothing left for a host that is away is obeyed", async () => {
  const doc = await vault.createChat();
  await vault.flush();
  await agent.drain();
  await until(() => vault.status().host?.live === false, "the host is away");
  const chat = await vault.openChat(doc);
  const { run } = await vault.ask(doc, { text: "Are you there?", parent: null });
  await until(() => (chat.value.run(run).waitingUntil ?? 0) > 0, "it is left for the host");
  vault.catalog.value.setWaitingGrants(false);
  await until(() => chat.value.run(run).waitingUntil === null, "it is taken back");
  await vault.flush();
  await until(() => vault.status().pending === 0, "the relay knows");
  await vault.close();
  agent = startAgent();
  await until(() => agent.state.phase === "live", "the agent is there");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(server.requests.length).toBe(0);
  const reopened = await openVault(ports);
  if (reopened.kind !== "open") throw new Error("The vault is gone.");
  vault = reopened.vault;
}, 90_000);

test("FQ5 who waits sees their place, and may say it otherwise or take it back until it is begun", async () => {
  server.script(async (response, request) => {
    const asked = String(request.body.messages?.at(-1)?.content);
    const more = asked === "slow" ? " And so on.".repeat(12) : "";
    await say(`You said ${asked}.${more}`, { delayMs: more === "" ? 1 : 80 })(response, request);
  });
  const doc = await vault.createChat();
  const chat = await vault.openChat(doc);
  const slow = await vault.ask(doc, { text: "slow", parent: null });
  await until(() => chat.value.run(slow.run).status === "streaming", "it is begun");
  expect(await vault.editQuestion(doc, slow.run, "other")).toBe(false);
  const parent = chat.value.thread().at(-1)?.id ?? null;
  const second = await vault.ask(doc, { text: "second", parent });
  const third = await vault.ask(doc, { text: "third", parent });
  await until(() => chat.value.run(third.run).queue === 2, "its place");
  expect(chat.value.run(second.run).queue).toBe(1);
  expect(await vault.editQuestion(doc, third.run, "something else")).toBe(true);
  await vault.withdraw(doc, second.run);
  await until(() => chat.value.run(third.run).status === "done", "the answer", 15_000);
  expect(chat.value.run(third.run)).toMatchObject({ text: "You said something else.", queue: null });
  expect(chat.value.run(second.run)).toMatchObject({ status: "withdrawn", text: "" });
  chat.close();
}, 90_000);

test("LV5 words are shown before the document has them, and nothing of them is stored twice", async () => {
  server.script(say("Ein Wort nach dem anderen, 😀 auch dies.", { reasoning: "hm hm", delayMs: 25 }));
  const doc = await vault.createChat();
  const chat = await vault.openChat(doc);
  const { run } = await vault.ask(doc, { text: "Speak", parent: null });
  const seen = new Set<string>();
  let early = 0;
  chat.value.observe(() => {
    const { text, overlay } = chat.value.run(run);
    seen.add(text + overlay);
    early += overlay.length > 0 ? 1 : 0;
  });
  await until(() => chat.value.run(run).status === "done", "the answer");
  const { text, overlay } = chat.value.run(run);
  expect([text, overlay]).toEqual(["Ein Wort nach dem anderen, 😀 auch dies.", ""]);
  expect(early).toBeGreaterThan(3);
  for (const shown of seen) expect(text.startsWith(shown), shown).toBe(true);
  expect(vault.status().alarms).toEqual([]);
  chat.close();
});

test("LV8 before the first word a device sees how much of its question was read, and nothing of that is kept", async () => {
  const isSeen = Promise.withResolvers<void>();
  server.script(async (response, request) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const tell = (processed: number): void =>
      void response.write(
        `data: ${JSON.stringify({ choices: [], prompt_progress: { total: 800, cache: 0, processed, time_ms: 1 } })}\n\n`,
      );
    // A model reads for longer than it takes to say that it has begun.
    for (let processed = 200; processed <= 200 + 90 * 6; processed += 6) {
      tell(processed);
      const isDone = await Promise.race([isSeen.promise.then(() => true), pause(50, false)]);
      if (isDone) break;
    }
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "Read." } }] })}\n\n`);
    if (!request.isGone()) response.end("data: [DONE]\n\n");
  });
  const doc = await vault.createChat();
  const chat = await vault.openChat(doc);
  const read: number[] = [];
  const { run } = await vault.ask(doc, { text: "A long question", parent: null });
  chat.value.observe(() => {
    const { reading, status } = chat.value.run(run);
    if (reading === null) return;
    read.push(reading);
    expect(status).toBe("accepted");
    if (read.length === 3) isSeen.resolve();
  });
  await until(() => chat.value.run(run).status === "done", "the answer", 15_000);
  expect(read.length).toBeGreaterThanOrEqual(3);
  expect(read).toEqual(read.toSorted((a, b) => a - b));
  expect(chat.value.run(run)).toMatchObject({ text: "Read.", reading: null });
  expect(JSON.stringify(chat.value.doc.toJSON())).not.toContain("reading");
  chat.close();
}, 90_000);

test("stop, a backend that breaks off, and another try", async () => {
  server.script(say("word ".repeat(300), { delayMs: 15 }), dropAfter("Half an"), say("A whole answer."));
  const doc = await vault.createChat();
  const chat = await vault.openChat(doc);
  const first = await vault.ask(doc, { text: "Go on", parent: null });
  await until(() => chat.value.run(first.run).text.length > 20, "some words");
  await vault.stop(doc, first.run);
  await until(() => chat.value.run(first.run).status === "stopped", "the stop");
  const second = await vault.askAgain(doc, first.run);
  await until(() => chat.value.run(second).status === "interrupted", "the break");
  expect(chat.value.run(second)).toMatchObject({ text: "Half an", error: { code: "backend-dropped" } });
  const third = await vault.askAgain(doc, second);
  await until(() => chat.value.run(third).status === "done", "the answer");
  expect(await textOf(doc)).toEqual(["Go on", "A whole answer."]);
  expect(vault.status().alarms).toEqual([]);
  chat.close();
});

/** An agent whose machine loses its power when `kill` is called: nothing of it is heard any more. */
async function startMortalAgent(prefill: boolean): Promise<() => void> {
  let kill = (): void => {};
  await agent.drain();
  await until(() => vault.status().host?.live === false, "the first agent is gone");
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
  }, prefill);
  await until(() => vault.status().host?.live === true, "the host is live");
  return () => {
    kill();
    void agent.drain();
  };
}

const counted = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `w${from + index}`).join(" ");

test("CN4 an agent that dies in the middle: the next one goes on from its last stored word, and it reads as one answer", async () => {
  const kill = await startMortalAgent(true);
  // Goes on from whatever the last message says, as a model does.
  server.script(async (response, request) => {
    const last = request.body.messages?.at(-1);
    const next = last?.role === "assistant" ? Number(/w(\d+)$/.exec(last.content)?.[1] ?? -1) + 1 : 0;
    await say(`${next === 0 ? "" : " "}${counted(next, 80)}`, { delayMs: 15 })(response, request);
  });
  const doc = await vault.createChat();
  const chat = await vault.openChat(doc);
  const { run } = await vault.ask(doc, { text: "Count", parent: null });
  await until(() => chat.value.run(run).text.length > 20, "some words");
  kill();
  agent = startAgent(openLink, true);
  await until(() => chat.value.answer(run).status === "done", "the whole answer", 15_000);
  expect(chat.value.answer(run).text).toBe(counted(0, 80));
  expect(chat.value.run(run).status).toBe("interrupted");
  expect(chat.value.links(run)).toHaveLength(2);
  expect(server.requests[1]?.body).toMatchObject({ continue_final_message: true, add_generation_prompt: false });
  // One place in the thread, and nothing to choose between.
  expect(await textOf(doc)).toEqual(["Count", counted(0, 80)]);
  expect(chat.value.forks().size).toBe(0);
  expect(vault.status().alarms).toEqual([]);
  chat.close();
}, 90_000);

test("CN5 a backend that cannot go on answers anew, beside what was kept", async () => {
  const kill = await startMortalAgent(false);
  server.script(say("word ".repeat(400), { delayMs: 15 }), say("Anew."));
  const doc = await vault.createChat();
  const chat = await vault.openChat(doc);
  const { run } = await vault.ask(doc, { text: "Go on", parent: null });
  await until(() => chat.value.run(run).text.length > 20, "some words");
  kill();
  agent = startAgent();
  await until(() => chat.value.thread().at(-1)?.text === "Anew.", "the answer", 15_000);
  expect(chat.value.answer(run)).toMatchObject({ status: "interrupted", continuedBy: null });
  expect(chat.value.answer(run).text).toMatch(/^word word/);
  expect([...chat.value.forks().values()][0]).toHaveLength(2);
  expect(vault.status().alarms).toEqual([]);
  chat.close();
}, 90_000);

test("CN6 a backend that breaks off is continued when the owner says so, and a stopped answer too", async () => {
  await agent.drain();
  agent = startAgent(openLink, true);
  server.script(dropAfter("Half an answer, "), say("Half an answer, and the rest."));
  await until(() => vault.status().host?.live === true, "the host is live");
  const doc = await vault.createChat();
  const chat = await vault.openChat(doc);
  const { run } = await vault.ask(doc, { text: "Go on", parent: null });
  await until(() => chat.value.answer(run).status === "interrupted", "the break");
  const next = await vault.continueRun(doc, run);
  expect(await vault.continueRun(doc, run)).toBeNull();
  expect(chat.value.answer(run)).toMatchObject({ status: "requested", text: "Half an answer, ", continuedBy: next });
  await until(() => chat.value.answer(run).status === "done", "the rest");
  // It began anew, and what it repeated is left out.
  expect(chat.value.answer(run).text).toBe("Half an answer, and the rest.");
  expect(chat.value.run(next ?? run).text).toBe("and the rest.");
  chat.close();
}, 90_000);

test("TI5 the model's title is proposed after the first answer, and never wins over a person's", async () => {
  server.setTitle("Counting, briefly");
  server.script(say("One two three."));
  const titleOf = (doc: DocId): string | undefined => vault.catalog.value.entry(doc)?.title;
  const doc = await vault.createChat();
  const chat = await vault.openChat(doc);
  const { run } = await vault.ask(doc, { text: "Count to three", parent: null });
  expect(titleOf(doc)).toBe("Count to three");
  await until(() => chat.value.run(run).status === "done", "the answer");
  expect(titleOf(doc)).toBe("Counting, briefly");

  server.setTitle("Something else");
  const last = chat.value.thread().at(-1)?.id ?? null;
  const second = await vault.ask(doc, { text: "And four?", parent: last });
  await until(() => chat.value.run(second.run).status === "done", "the second answer");
  expect(titleOf(doc), "only the first answer names a chat").toBe("Counting, briefly");

  const mine = await vault.createChat();
  const named = await vault.openChat(mine);
  const asked = vault.ask(mine, { text: "Count again", parent: null });
  vault.catalog.value.rename(mine, "Mine");
  const { run: third } = await asked;
  await until(() => named.value.run(third).status === "done", "the third answer");
  expect(titleOf(mine)).toBe("Mine");
  chat.close();
  named.close();
});

test("PJ4 a project's instructions and model reach the model, and moving the chat out takes them away", async () => {
  const project = await vault.createProject("Kitchen", "moss");
  const open = await vault.openProject(project);
  open.value.setInstructions("Answer like a baker.");
  vault.catalog.value.projects.change(project, { model: "scripted-model" });
  const doc = await vault.createChat();
  await vault.moveChat(doc, project);
  const chat = await vault.openChat(doc);
  const systemOf = (at: number): string => server.requests[at]?.body.messages?.[0]?.content ?? "";
  const ask = async (text: string): Promise<void> => {
    const { run } = await vault.ask(doc, { text, parent: chat.value.thread().at(-1)?.id ?? null });
    await until(() => chat.value.run(run).status === "done", "the answer");
  };
  await ask("How long?");
  expect(systemOf(0)).toContain("Answer like a baker.");
  expect(chat.value.request(chat.value.runs()[0] as never)?.model).toBe("scripted-model");
  open.value.setInstructions("Answer like a pirate.");
  await ask("And now?");
  expect(systemOf(1)).toContain("Answer like a pirate.");
  expect(systemOf(1)).not.toContain("baker");
  await vault.moveChat(doc, null);
  await ask("And outside?");
  expect(systemOf(2)).not.toContain("pirate");
  chat.close();
  open.close();
});
