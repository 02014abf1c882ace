/** Files of messages, from a device's vault over a real relay to what a model server is asked. */
import "fake-indexeddb/auto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { claimKeyOf, hostFingerprint } from "#crypto/claim.ts";
import { systemRandom } from "#crypto/random.ts";
import type { RunView } from "#sync/docs/run.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import type { Source } from "#sync/docs/sources.ts";
import type { OpenLink } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryRowStore } from "#sync/testing/memoryRowStore.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault, type Question, type Vault } from "#sync/vault.ts";
import { unknownModel } from "../backends/backend.ts";
import { createOpenAiBackend } from "../backends/openAi.ts";
import { prepareFolder } from "../home.ts";
import { say, startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import { startTestRelay, type TestRelay } from "../testing/testRelay.ts";
import { createAgent, type Agent } from "./agent.ts";
import { decodeText } from "./files.ts";
import { agentFolder } from "./identity.ts";
import { openPinStore } from "./rosterPin.ts";

let relay: TestRelay;
let server: ScriptedBackend;
let agent: Agent;
let vault: Vault;
let canSee: boolean | null = null;

beforeEach(async () => {
  relay = await startTestRelay();
  server = await startScriptedBackend();
  const openLink: OpenLink = (events) => createWebSocketLink(`ws://127.0.0.1:${relay.port}/link`)(events);
  prepareFolder(agentFolder(relay.home));
  const backend = createOpenAiBackend({ baseUrl: server.url, product: "Scripted", models: ["scripted-model"] });
  agent = createAgent({
    clock: systemClock,
    random: systemRandom,
    openLink,
    keys: relay.hostKeys,
    relayKey: relay.relayKey,
    claimKey: claimKeyOf(relay.claimSeed),
    pins: openPinStore(agentFolder(relay.home)),
    backend: {
      ...backend,
      describe: (model) => ({ ...unknownModel(model), contextTokens: 4_000, vision: canSee }),
      contextTokens: () => 4_000,
      embed: (texts) => Promise.resolve(texts.map((text) => (/refund|money back/.test(text) ? [0, 1] : [1, 0]))),
    },
  });
  const { sign, box } = relay.hostKeys;
  const fingerprint = hostFingerprint(sign.publicKey, box.publicKey, relay.relayKey);
  const ports = { clock: systemClock, random: systemRandom, openLink, identity: createMemoryIdentityStore() };
  vault = await createVault(
    { ...ports, fileRows: () => Promise.resolve(createMemoryRowStore()) },
    { claim: { seed: relay.claimSeed, fingerprint }, deviceName: "Laptop" },
  );
  await until(() => vault.status().host?.live === true, "the host is live");
});

afterEach(async () => {
  canSee = null;
  await vault.close();
  await agent.drain();
  await server.close();
  await relay.dispose();
});

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function answerTo(question: Question): Promise<RunView> {
  const doc = await vault.createChat();
  const { run } = await vault.ask(doc, question);
  const open = await vault.openChat(doc);
  await until(
    () => ["done", "failed", "interrupted"].includes(open.value.run(run).status),
    "the run has ended",
    15_000,
  );
  const view = open.value.run(run);
  open.close();
  return view;
}

/** What the model server was last asked, as it came. */
const lastContent = (): unknown => server.requests.at(-1)?.body.messages?.at(-1)?.content;

describe("files of messages", () => {
  test("FI1 a text's words stand before the question, in a frame that they cannot end", async () => {
    server.script(say("Read."));
    const file = await vault.files.keep({
      name: 'no"tes.md',
      type: "text/markdown",
      bytes: bytesOf("# Plan\n```js\n1\n```\n"),
    });
    const view = await answerTo({ text: "What is the plan?", parent: null, files: [file] });
    expect(view).toMatchObject({ status: "done", text: "Read." });
    expect(lastContent()).toBe('File "no\\"tes.md":\n````\n# Plan\n```js\n1\n```\n````\n\nWhat is the plan?');
  });

  test("FI2 a picture goes to a model that can see, and to another one nothing goes at all", async () => {
    server.script(say("A cat."));
    const picture = { name: "cat.png", type: "image/png", bytes: Uint8Array.of(1, 2, 3) };
    canSee = true;
    const file = await vault.files.keep(picture);
    expect(await answerTo({ text: "What is this?", parent: null, files: [file] })).toMatchObject({ status: "done" });
    expect(lastContent()).toEqual([
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: "data:image/png;base64,AQID" } },
    ]);
    canSee = false;
    const view = await answerTo({ text: "What is this?", parent: null, files: [file] });
    expect(view).toMatchObject({ status: "failed", error: { code: "file-unseen" } });
    expect(view.error?.says).toContain("cat.png");
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ["file-unread", { name: "a.zip", type: "application/zip", bytes: Uint8Array.of(0x50, 0x4b, 3, 4, 0xff, 0xfe, 0) }],
    ["file-too-large", { name: "log.txt", type: "text/plain", bytes: new Uint8Array(4_194_305).fill(65) }],
    ["question-too-long", { name: "book.txt", type: "text/plain", bytes: bytesOf("word ".repeat(10_000)) }],
  ])("FI3 %s: a sentence instead of an answer that knows nothing of the file", async (code, file) => {
    const view = await answerTo({ text: "And?", parent: null, files: [await vault.files.keep(file)] });
    expect(view).toMatchObject({ status: "failed", error: { code } });
    expect(server.requests).toHaveLength(0);
  });

  test("FI4 a file of several pieces that is still on its way is waited for", async () => {
    server.script(say("Long."));
    const words = `${"x".repeat(900)}\n`.repeat(10);
    const large = { name: "photo.png", type: "image/png", bytes: systemRandom(2_000_000) };
    canSee = true;
    const kept = [
      await vault.files.keep(large),
      await vault.files.keep({ name: "long.txt", type: "text/plain", bytes: bytesOf(words.slice(0, 500)) }),
    ];
    expect(await answerTo({ text: "Both?", parent: null, files: kept })).toMatchObject({
      status: "done",
      text: "Long.",
    });
    const [, image] = lastContent() as { image_url?: { url: string } }[];
    expect(image?.image_url?.url.length).toBeGreaterThan(2_600_000);
  });

  test("FI6 what a device has read out of a file is what a model is shown of it", async () => {
    server.script(say("900 euros."));
    const words = await vault.files.keep({
      name: "lease.pdf",
      type: "text/plain",
      bytes: bytesOf("One.\fDeposit: 900"),
    });
    const pdf = await vault.files.keep({
      name: "lease.pdf",
      type: "application/pdf",
      bytes: Uint8Array.of(0x25, 0xff),
    });
    const { id, bytes, key, content } = words;
    const file = { ...pdf, reading: { id, bytes, key, content, isPaged: true } };
    expect(await answerTo({ text: "How much?", parent: null, files: [file] })).toMatchObject({ status: "done" });
    expect(lastContent()).toBe('File "lease.pdf":\n```\nOne.\n\nDeposit: 900\n```\n\nHow much?');
  });

  test("FI7 where passages of a file were chosen they stand for it, by numbers that the answer's record repeats", async () => {
    server.script(say("900 euros [2]."));
    const file = await vault.files.keep({ name: "lease.txt", type: "text/plain", bytes: bytesOf("x".repeat(90_000)) });
    const source = (at: number, text: string): Source => ({ file: file.id, name: "lease.txt", page: 2, at, text });
    const view = await answerTo({
      text: "How much?",
      parent: null,
      files: [{ ...file, reading: "itself" }],
      sources: [source(800, "Pets: none."), source(20, "Deposit:\n900 euros")],
    });
    expect(view).toMatchObject({ status: "done", sources: { shown: [1, 2], by: "words" } });
    expect(lastContent()).toBe(
      '[2] "lease.txt", page 2:\n> Deposit:\n> 900 euros\n\n[1] "lease.txt", page 2:\n> Pets: none.\n\nHow much?',
    );
    const system = server.requests.at(-1)?.body.messages?.[0]?.content;
    expect(system).toMatch(/numbered sources.*square brackets/s);
    expect(system).not.toMatch(/Answer only/);
  });

  test("FI8 where not all sources fit, those that mean what was asked come before those that only sound like it", async () => {
    server.script(say("Yes."));
    const file = await vault.files.keep({ name: "shop.txt", type: "text/plain", bytes: bytesOf("x") });
    const words = Array.from({ length: 30 }, (_, at) =>
      at === 28 ? "You get your money back." : "Opening hours. ".repeat(40),
    );
    const sources = words.map((text, at): Source => ({ file: file.id, name: "shop.txt", page: null, at, text }));
    const view = await answerTo({ text: "Is there a refund?", parent: null, sources });
    expect(view.sources?.by).toBe("meaning");
    expect(view.sources?.shown).toContain(29);
    expect(view.sources?.shown.length).toBeLessThan(30);
  });

  test("FI5 what is decoded as text is text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        (text) => text.includes("\0") || text.startsWith("\uFEFF") || decodeText(bytesOf(text)) === text,
      ),
    );
    expect(decodeText(Uint8Array.of(0xff, 0xfe, 0x41, 0))).toBe("A");
    expect(decodeText(Uint8Array.of(0xfe, 0xff, 0, 0x41))).toBe("A");
    expect(decodeText(Uint8Array.of(0xc3))).toBeNull();
    expect(decodeText(Uint8Array.of(65, 0, 66))).toBeNull();
  });
});
