import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemRandom } from "#crypto/random.ts";
import { clockSkewMs } from "#sync/limits.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import { createGuideBackend } from "../backends/guide/guide.ts";
import { createOpenAiBackend } from "../backends/openAi.ts";
import type { Backend } from "../backends/backend.ts";
import { newBootId, realClock, startAskingDevice, type AskingDevice, type TestChat } from "../testing/askingDevice.ts";
import {
  dropAfter,
  fail,
  hang,
  hangAfter,
  raw,
  say,
  startScriptedBackend,
  type ScriptedBackend,
} from "../testing/scriptedBackend.ts";
import { startTestRelay, type TestRelay } from "../testing/testRelay.ts";
import { createAgent, type Agent } from "./agent.ts";
import { agentFolder } from "./identity.ts";
import { openPinStore } from "./rosterPin.ts";
import { prepareFolder } from "../home.ts";
import { claimKeyOf } from "#crypto/claim.ts";

let relay: TestRelay;
let server: ScriptedBackend;
let device: AskingDevice;
let agent: Agent;
let notes: string[];
let chat: TestChat;

function startAgent(backend: Backend = scripted()): Agent {
  prepareFolder(agentFolder(relay.home));
  return createAgent({
    clock: realClock,
    random: systemRandom,
    openLink: (events) => createWebSocketLink(`ws://127.0.0.1:${relay.port}/link`)(events),
    keys: relay.hostKeys,
    relayKey: relay.relayKey,
    claimKey: claimKeyOf(relay.claimSeed),
    pins: openPinStore(agentFolder(relay.home)),
    backend,
    tooLarge: (models) => models.filter((model) => model === "other"),
    note: (what) => notes.push(what),
  });
}

const scripted = (): Backend =>
  createOpenAiBackend({ baseUrl: server.url, product: "Scripted", models: ["scripted-model", "other"] });

async function eventually(isTrue: () => boolean, what = "it"): Promise<void> {
  for (const until = Date.now() + 20_000; !isTrue();) {
    if (Date.now() > until) throw new Error(`${what} did not come true`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

beforeEach(async () => {
  notes = [];
  relay = await startTestRelay();
  server = await startScriptedBackend();
  agent = startAgent();
  device = await startAskingDevice(relay);
  await eventually(() => device.announcement !== null, "the announcement");
  chat = await device.openChat();
});

afterEach(async () => {
  await agent.drain();
  device.close();
  await server.close();
  await relay.dispose();
});

describe("a question", () => {
  test("is answered, with what is to be known about the answer, and the keys are let go", async () => {
    server.script(
      say("One two three.", { reasoning: "let me think", usage: { prompt_tokens: 7, completion_tokens: 3 } }),
    );
    const view = await chat.ended(await chat.ask("Count to three"));
    expect(view).toMatchObject({
      status: "done",
      text: "One two three.",
      thinking: "let me think",
      label: "Scripted",
      model: "scripted-model",
      where: `Scripted at 127.0.0.1:${server.port}`,
      error: null,
      usage: { promptTokens: 7, completionTokens: 3 },
    });
    expect(view.timings.firstTokenMs).toBeGreaterThanOrEqual(0);
    expect(view.timings.totalMs).toBeGreaterThanOrEqual(view.timings.firstTokenMs ?? Infinity);
    expect(chat.violations).toEqual([]);
    await eventually(() => agent.openDocs === 0, "closing the doc");
  });

  test("arrives in pieces while it is being written", async () => {
    server.script(say("word ".repeat(40).trim(), { delayMs: 20 }));
    const run = await chat.ask("Say word");
    const lengths = new Set<number>();
    chat.chat.observe(() => lengths.add(chat.chat.run(run).text.length));
    const view = await chat.ended(run);
    expect(view.text).toBe("word ".repeat(40).trim());
    // More than one piece, and fewer than words: however slow the machine, batches are neither the whole nor each token.
    expect(lengths.size).toBeGreaterThan(2);
    expect(lengths.size).toBeLessThan(40);
  });

  test("ends in one FINAL that stands for all of it at the relay", async () => {
    server.script(say("word ".repeat(30), { delayMs: 10 }));
    const run = await chat.ask("Say word");
    await chat.ended(run);
    await eventually(() => chat.received.some((parsed) => parsed.kind === "final"), "the final");
    const late = await startLateReader();
    expect(late.kinds).toEqual(["accept", "final"]);
    expect(chat.violations).toEqual([]);

    async function startLateReader(): Promise<{ kinds: string[] }> {
      const { connectPeer } = await import("../testing/testRelay.ts");
      const { parseEnvelope } = await import("#crypto/envelopeHeader.ts");
      const link = await connectPeer(relay, device.vault.device, device.vault.id);
      link.send({ type: "sub", doc: chat.doc, cursor: 0 });
      const { entries } = await link.next("entries");
      link.close();
      const parsed = entries.map(({ envelope }) => parseEnvelope(envelope));
      return { kinds: parsed.filter(({ author }) => author !== device.vault.device.id).map(({ kind }) => kind) };
    }
  });

  test("FN1 costs the relay at most 1.3 sealed bytes a character, once it is finished", async () => {
    // As long as models answer a plain question: 700 words.
    const text = Array.from({ length: 700 }, (_, at) => `word${at}`).join(" ");
    server.script(say(text));
    const run = await chat.ask("Say all words");
    const view = await chat.ended(run);
    await eventually(() => chat.received.some((parsed) => parsed.kind === "final"), "the final");
    const { connectPeer } = await import("../testing/testRelay.ts");
    const { parseEnvelope } = await import("#crypto/envelopeHeader.ts");
    const link = await connectPeer(relay, device.vault.device, device.vault.id);
    link.send({ type: "sub", doc: chat.doc, cursor: 0 });
    const { entries } = await link.next("entries");
    link.close();
    const ofLane = entries.filter(({ envelope }) => parseEnvelope(envelope).author !== device.vault.device.id);
    const bytes = ofLane.reduce((sum, { envelope }) => sum + envelope.length, 0);
    expect(ofLane).toHaveLength(2);
    expect(bytes / view.text.length).toBeLessThanOrEqual(1.3);
  });

  test("is put with its branch, and with no other", async () => {
    server.script(say("Paris."), say("Rome."), say("About two million."));
    const first = await chat.ask("Capital of France?");
    await chat.ended(first);
    const other = await chat.ask("Capital of Italy?");
    await chat.ended(other);
    const answer = chat.chat.thread(`q${first.slice(0, 8)}`).at(-1)?.id ?? null;
    await chat.ended(await chat.ask("How many people live there?", { parent: answer, model: "other" }));
    const body = server.requests[2]?.body;
    expect(body?.model).toBe("other");
    expect(body?.messages?.slice(1)).toEqual([
      { role: "user", content: "Capital of France?" },
      { role: "assistant", content: "Paris." },
      { role: "user", content: "How many people live there?" },
    ]);
  });

  test("is answered once, however often it is granted", async () => {
    server.script(say("Only once", { delayMs: 30 }));
    const run = await chat.ask("Answer once");
    for (let time = 0; time < 4; time++) await chat.grant(run);
    await chat.ended(run);
    expect(await chat.grant(run)).toBe("ack");
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(chat.accepts(run)).toBe(1);
    expect(notes).toEqual(["A run ended: answered."]);
    expect(server.requests.length).toBe(1);
    expect(chat.chat.run(run).text).toBe("Only once");
  });

  test("is not answered again by a later life of the agent", async () => {
    const run = await chat.ask("Answer once");
    await chat.ended(run);
    await agent.drain();
    await eventually(() => device.announcement === null, "going away");
    agent = startAgent();
    await eventually(() => device.announcement !== null, "coming back");
    await chat.grant(run);
    await eventually(() => notes.includes("A run ended: taken by another."), "the refusal");
    expect(chat.accepts(run)).toBe(1);
    expect(server.requests.length).toBe(1);
  });

  test("is read back to the chat's beginning when its key was changed in between", async () => {
    server.script(say("Blue."), say("You said blue."));
    const first = await chat.ask("My colour?");
    await chat.ended(first);
    await chat.rekey();
    await chat.rekey();
    const view = await chat.ended(await chat.ask("Again?", { parent: `a${first.slice(0, 8)}` }));
    expect(view.text).toBe("You said blue.");
    expect(server.requests[1]?.body.messages?.map((message) => message.content).slice(1)).toEqual([
      "My colour?",
      "Blue.",
      "Again?",
    ]);
  });

  test("that was taken back, or stopped, before the agent came to it is left alone", async () => {
    const withdrawn = await chat.ask("Never mind", { withGrant: false });
    chat.chat.withdraw(withdrawn, Date.now());
    const stopped = await chat.ask("Nor this", { withGrant: false });
    chat.chat.stop(stopped, Date.now());
    await chat.grant(withdrawn);
    await chat.grant(stopped);
    await eventually(() => notes.filter((what) => what === "A run ended: not asked.").length === 2, "both refusals");
    expect(chat.accepts(withdrawn) + chat.accepts(stopped)).toBe(0);
    expect(server.requests).toEqual([]);
    expect([withdrawn, stopped].map((run) => chat.chat.run(run).status)).toEqual(["withdrawn", "stopped"]);
  });

  test("beside others: all are answered, a few at a time", async () => {
    let running = 0;
    let most = 0;
    server.script(async (response, request) => {
      running += 1;
      most = Math.max(most, running);
      await say("Fine", { delayMs: 60 })(response, request);
      running -= 1;
    });
    const chats = [chat];
    while (chats.length < 7) chats.push(await device.openChat());
    const runs = await Promise.all(chats.map((each, index) => each.ask(`Question ${index}`)));
    for (const [index, each] of chats.entries()) expect((await each.ended(runs[index]!)).text).toBe("Fine");
    expect(most).toBe(4);
    await eventually(() => agent.openDocs === 0, "closing the doc");
  });

  test("behind another in the same chat waits for that one's answer, and knows it", async () => {
    server.script(say("Blue it is.", { delayMs: 40 }), say("You said blue."));
    const first = await chat.ask("My colour is blue");
    const second = await chat.ask("Which was it?", { parent: `a${first.slice(0, 8)}` });
    expect((await chat.ended(second)).text).toBe("You said blue.");
    expect((await chat.ended(first)).text).toBe("Blue it is.");
    expect(server.requests[1]?.body.messages?.map((message) => message.content).slice(1)).toEqual([
      "My colour is blue",
      "Blue it is.",
      "Which was it?",
    ]);
  });

  test("in two chats at once are kept apart", async () => {
    const second = await device.openChat();
    server.script(async (response, request) => {
      await say(`You said: ${request.body.messages?.at(-1)?.content}`, { delayMs: 10 })(response, request);
    });
    const runs = [await chat.ask("one"), await second.ask("two")] as const;
    expect((await chat.ended(runs[0])).text).toBe("You said: one");
    expect((await second.ended(runs[1])).text).toBe("You said: two");
  });

  test("is asked of models that are named, and those that are too large are named as such", async () => {
    expect(device.announcement?.info).toMatchObject({
      models: ["scripted-model", "other"],
      tooLarge: ["other"],
      facts: [{ server: 0 }, { server: 0 }],
      servers: [`Scripted at 127.0.0.1:${server.port}`],
    });
    agent.setBackend(createGuideBackend(0));
    await eventually(() => device.announcement?.info.kind === "guide", "the new announcement");
    expect(device.announcement?.info.tooLarge).toBeUndefined();
  });

  test("is answered by the guide when there is no model", async () => {
    agent.setBackend(createGuideBackend(0));
    await eventually(() => device.announcement?.info.kind === "guide", "the new announcement");
    const view = await chat.ended(await chat.ask("How do I connect Ollama?"));
    expect(view).toMatchObject({ status: "done", label: "Guide, not a model", model: "guide" });
    expect(view.text).toContain("ollama pull");
    expect(chat.violations).toEqual([]);
  });

  test("survives emoji cut in half, and a very long answer in one piece", async () => {
    const long = "0123456789abcdef".repeat(5_000);
    server.script(
      say("", { chunks: ["a \ud83d", "\ude00 b", "\ud83d"], delayMs: 150 }),
      say("", { chunks: [long, " end"] }),
    );
    expect((await chat.ended(await chat.ask("emoji"))).text).toBe("a 😀 b\ufffd");
    expect((await chat.ended(await chat.ask("long"))).text).toBe(`${long} end`);
    await eventually(() => chat.received.filter((parsed) => parsed.kind === "final").length === 2, "both finals");
    expect(chat.violations).toEqual([]);
  });

  test("PM3 PM4 in a model that holds little: what was left out is counted, and what cannot fit is said", async () => {
    agent.setBackend(
      createOpenAiBackend({ baseUrl: server.url, product: "Small", models: ["m"], contextTokens: 1_000 }),
    );
    server.script(say("Long. ".repeat(500)), say("Short."));
    const first = await chat.ask("Speak");
    await chat.ended(first);
    const second = await chat.ended(await chat.ask("And now?", { parent: `a${first.slice(0, 8)}` }));
    expect(second).toMatchObject({ status: "done", dropped: 2, text: "Short." });
    expect(server.requests[1]?.body.messages?.slice(1)).toEqual([{ role: "user", content: "And now?" }]);
    const third = await chat.ended(await chat.ask("word ".repeat(1_000)));
    expect(third).toMatchObject({ status: "failed", error: { code: "question-too-long" } });
    expect(third.error?.says).toContain("Shorten it");
    expect(server.requests.length).toBe(2);
    expect(chat.violations).toEqual([]);
  });

  test("as long as a book chapter is answered", async () => {
    agent.setBackend(
      createOpenAiBackend({ baseUrl: server.url, product: "Large", models: ["m"], contextTokens: 128_000 }),
    );
    const chapter = `${"Once upon a time. ".repeat(8_000)} And so: why?`;
    expect((await chat.ended(await chat.ask(chapter))).status).toBe("done");
    expect(server.requests[0]?.body.messages?.at(-1)?.content).toBe(chapter);
  });

  test("whose answer of 200 kB comes faster than it is written is answered whole", async () => {
    const words = "Many words in one piece, as a quick server says. ";
    const piece = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: words } }] })}\n\n`;
    const finish = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
    server.script(raw([piece.repeat(4_000), finish, "data: [DONE]\n\n"]));
    const view = await chat.ended(await chat.ask("Quickly, all of it"));
    expect(view).toMatchObject({ status: "done", error: null });
    expect(view.text).toBe(words.repeat(4_000));
    expect(chat.violations).toEqual([]);
  });

  test("whose answer never ends is cut at its limit", async () => {
    server.script(async (response, request) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const chunk = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "round and round ".repeat(200) } }] })}\n\n`;
      while (!request.isGone()) if (!response.write(chunk)) await new Promise((resolve) => setTimeout(resolve, 1));
    });
    const view = await chat.ended(await chat.ask("Go on"));
    expect(view).toMatchObject({ status: "interrupted", error: { code: "too-long" } });
    expect(chat.violations).toEqual([]);
  });

  test.each(["length", "stop"])(
    "whose model ends with %s is whole only where the model meant it to be",
    async (reason) => {
      const chunk = (choice: object): string => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
      const said = chunk({ delta: { content: "As far as it went" } });
      server.script(raw([said, chunk({ delta: {}, finish_reason: reason }), "data: [DONE]\n\n"]));
      const view = await chat.ended(await chat.ask("At length"));
      const ends = { length: { status: "interrupted", error: { code: "cut" } }, stop: { status: "done", error: null } };
      expect(view).toMatchObject({ text: "As far as it went", ...ends[reason as keyof typeof ends] });
      expect(chat.violations).toEqual([]);
    },
  );
});

describe("stop", () => {
  test.each([
    ["in the middle of a stream", say("word ".repeat(500), { delayMs: 15 })],
    ["of a backend that hangs in the middle", hangAfter("word word")],
  ])("%s is obeyed long before the answer would have ended, and what came is kept", async (_name, script) => {
    server.script(script);
    const run = await chat.ask("Go on and on");
    await chat.until(run, (view) => view.text.length > 5);
    chat.chat.stop(run, Date.now());
    const view = await chat.ended(run);
    expect(view).toMatchObject({ status: "stopped", error: null });
    expect(view.text).toMatch(/^word word/);
    expect(view.text.length).toBeLessThan("word ".length * 400);
    await eventually(() => server.requests[0]?.isGone() === true, "hanging up");
  });

  test("of a backend that never began ends it too", async () => {
    server.script(hang);
    const run = await chat.ask("Hello?");
    await chat.until(run, (view) => view.status === "accepted");
    chat.chat.stop(run, Date.now());
    expect(await chat.ended(run)).toMatchObject({ status: "stopped", text: "" });
  });
});

describe("a backend that fails", () => {
  test("before the first word: failed, with a sentence", async () => {
    server.script(fail(500, "CUDA out of memory"));
    const view = await chat.ended(await chat.ask("Hello?"));
    expect(view).toMatchObject({ status: "failed", text: "", error: { code: "backend-error" } });
    expect(view.error?.says).toContain("CUDA out of memory");
  });

  test("after some: interrupted, with what came and a sentence", async () => {
    server.script(dropAfter("Some words"));
    const view = await chat.ended(await chat.ask("Hello?"));
    expect(view).toMatchObject({ status: "interrupted", text: "Some words", error: { code: "backend-dropped" } });
  });

  test("that says nothing at all: failed, with a sentence", async () => {
    server.script(say(""));
    expect(await chat.ended(await chat.ask("Hello?"))).toMatchObject({ status: "failed", error: { code: "empty" } });
  });

  test("before its first word is asked once more, and after it never", async () => {
    server.script(fail(500, "x"), say("Second time lucky."));
    expect(await chat.ended(await chat.ask("Hello?"))).toMatchObject({ status: "done", text: "Second time lucky." });
    server.script(dropAfter("Half"), say("never said"));
    expect(await chat.ended(await chat.ask("And now?"))).toMatchObject({ status: "interrupted", text: "Half" });
    expect(server.requests.length).toBe(3);
  });

  test("and then works again: the next answer is fine", async () => {
    server.script(fail(500, "x"), fail(500, "x"), say("Fine"));
    const first = await chat.ask("Hello?");
    await chat.ended(first);
    expect((await chat.ended(await chat.ask("And now?", { parent: `a${first.slice(0, 8)}` }))).text).toBe("Fine");
    expect(server.requests[2]?.body.messages?.slice(1)).toEqual([{ role: "user", content: "Hello?\n\nAnd now?" }]);
  });
});

describe("the host", () => {
  test("that is stopped in the middle writes that down first", async () => {
    server.script(say("word ".repeat(500), { delayMs: 15 }));
    const run = await chat.ask("Go on and on");
    await chat.until(run, (view) => view.text.length > 20);
    await agent.drain();
    const view = await chat.ended(run);
    expect(view).toMatchObject({ status: "interrupted", error: { code: "drain" } });
    await eventually(() => chat.received.some((parsed) => parsed.kind === "final"), "the final");
    expect(agent.openDocs).toBe(0);
  });

  test("R-05 whose relay restarts in the middle loses no word and repeats none", async () => {
    const words = Array.from({ length: 120 }, (_, index) => `w${index}`).join(" ");
    server.script(say(words, { delayMs: 12 }));
    const run = await chat.ask("Count");
    await chat.until(run, (view) => view.text.length > 60);
    await relay.restart();
    const view = await chat.ended(run);
    expect(view).toMatchObject({ status: "done", text: words });
    expect(chat.violations).toEqual([]);
    expect(chat.accepts(run)).toBe(1);
  }, 90_000);

  test("keeps nothing of a chat on its disk", async () => {
    const canary = "canary-7f3a-in-the-question";
    server.script(say("canary-9b1c-in-the-answer and more", { delayMs: 20 }));
    await chat.ended(await chat.ask(canary));
    const files = readdirSync(relay.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      expect(readFileSync(join(file.parentPath, file.name)).includes("canary-")).toBe(false);
    }
    expect(notes.join()).not.toContain("canary");
  });
});

describe("an offer", () => {
  test.each([
    ["to another life of the agent", { boot: newBootId() }],
    ["that has expired", { notAfter: Date.now() - 300_000 }],
    ["that is valid for too long", { notAfter: Date.now() + 86_400_000 }],
  ])("%s is not taken", async (_name, changes) => {
    const saidAt = device.announcement?.time ?? 0;
    const run = await chat.ask("Hello?", { withGrant: false });
    await chat.grant(run, changes);
    await eventually(() => notes.some((what) => what.startsWith("An offer was refused")), "the refusal");
    if ("notAfter" in changes) await eventually(() => (device.announcement?.time ?? 0) > saidAt, "its time, said anew");
    expect(server.requests).toEqual([]);
    expect(chat.accepts(run)).toBe(0);
    await chat.grant(run);
    expect((await chat.ended(run)).status).toBe("done");
  });
});

describe("a lent key", () => {
  /** Just before an agent lets go, since clocks may differ. */
  const soonOver = (ms: number): number => Date.now() - clockSkewMs + ms;

  test("RG3 a run goes on past its grant when any device renews that, and ends with it when nobody does", async () => {
    // The answer lasts longer than its grant, and the grant as long as a busy machine may need until the first words are seen.
    server.script(say("word ".repeat(80).trim(), { delayMs: 40 }), say("word ".repeat(40).trim(), { delayMs: 40 }));
    const renewed = await chat.ask("Renewed", { withGrant: false });
    await chat.grant(renewed, { notAfter: soonOver(2_500) });
    await chat.until(renewed, (view) => view.text.length > 0);
    await chat.grant(renewed);
    expect(await chat.ended(renewed)).toMatchObject({ status: "done", text: "word ".repeat(80).trim() });
    const alone = await chat.ask("Alone", { withGrant: false });
    await chat.grant(alone, { notAfter: soonOver(700) });
    expect(await chat.ended(alone)).toMatchObject({ status: "interrupted", error: { code: "expired" } });
  });

  test("RG4 a lane goes on under the newer key that a renewal lends, and no older grant brings the old one back", async () => {
    server.script(say("word ".repeat(40).trim(), { delayMs: 40 }));
    const run = await chat.ask("Long");
    await chat.until(run, (view) => view.text.length > 0);
    await chat.rekey();
    await chat.grant(run);
    expect((await chat.ended(run)).status).toBe("done");
    await eventually(() => chat.received.some(({ kind }) => kind === "final"), "the final");
    const epochs = chat.received.filter(({ author }) => author !== device.vault.device.id).map(({ epoch }) => epoch);
    expect(epochs[0]).toBe(1);
    expect(epochs.at(-1)).toBe(2);
    expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
    expect(chat.violations).toEqual([]);
  });

  test("GE4 at GRANT_END the agent lets go of the key, and what it wrote so far stays", async () => {
    server.script(hangAfter("Half an answer"));
    const run = await chat.ask("Never ends");
    await chat.until(run, (view) => view.text.length > 0);
    expect(agent.openDocs).toBe(1);
    await chat.endGrant(run);
    expect(await chat.ended(run)).toMatchObject({
      status: "interrupted",
      text: "Half an answer",
      error: { code: "ended" },
    });
    await eventually(() => agent.openDocs === 0, "closing the doc");
  });
});
