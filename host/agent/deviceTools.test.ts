/** Calls that a device answers, over a real relay: a real vault that looks something up, and a real agent that is lent one chat. */
import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Doc } from "yjs";
import { createTemporaryDocId, docIdFromBytes, runIdFromBytes, type DocId, type RunId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { createChat, type Chat } from "#sync/docs/chat.ts";
import type { Looked } from "#sync/docs/looked.ts";
import { noTerms } from "#sync/docs/terms.ts";
import type { CallView } from "#sync/docs/toolSteps.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createManualClock, drainMicrotasks } from "#sync/testing/manualClock.ts";
import { until } from "#sync/testing/testDevice.ts";
import type { Vault } from "#sync/vault.ts";
import type { LookupAsked } from "#sync/vaultTypes.ts";
import { callTools } from "../testing/callTool.ts";
import { say, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import { openToolVault, type ToolVault } from "../testing/toolVault.ts";
import { textResult, versionOf, type Tool } from "../tools/tool.ts";
import { createDeviceTools } from "./deviceTools.ts";
import { deviceAnswerMs } from "./limits.ts";

// Real sockets and processes take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const terms = { ...noTerms, hasFiles: true };
const file = docIdFromBytes(systemRandom(16));
const passage = (name: string, page: number | null, text: string) => ({ file, name, page, at: 0, text });
const long = "A line of a long page.\n".repeat(1_000);
const longDefinition = {
  name: "long",
  description: "Gives much.",
  parameters: { type: "object" },
  class: "reads-here",
} as const;
const longTool: Tool = {
  ...longDefinition,
  version: versionOf(longDefinition),
  isUntrusted: false,
  target: () => "",
  run: () => Promise.resolve(textResult(long)),
};

let opened: ToolVault;
let server: ScriptedBackend;
let vault: Vault;
let doc: DocId;
let chat: Chat;
let asked: LookupAsked[];
let found: Looked;

beforeEach(async () => {
  asked = [];
  opened = await openToolVault({
    ...{ tools: [longTool], now: 0, contextTokens: 64_000 },
    lookUp: (_vault, call) => {
      asked.push(call);
      return Promise.resolve(found);
    },
  });
  ({ server, vault, doc, chat } = opened);
});

afterEach(() => opened.close());

const calls = (run: RunId): readonly CallView[] => opened.calls(run);
const done = (run: RunId): Promise<void> => opened.done(run);
const ask = (text: string): Promise<RunId> => opened.ask(text);
const offeredAt = (request: number): string => JSON.stringify(server.requests[request]?.body["tools"] ?? []);

async function beInProjectWithFile(): Promise<void> {
  const project = await vault.createProject("Flat", "amber");
  const open = await vault.openProject(project);
  open.value.files.add(
    { id: file, name: "lease.pdf", type: "application/pdf", bytes: 1, key: "ab".repeat(32), content: "cd".repeat(32) },
    1,
    vault.deviceId,
  );
  open.close();
  await vault.moveChat(doc, project);
}

test("DV1 passages of a project's files: found by a device, numbered after the question's own, cited by the answer", async () => {
  server.script(say("Hello."));
  await done(await ask("Hello"));
  expect(offeredAt(0)).not.toContain("search_knowledge");

  await beInProjectWithFile();
  found = {
    says: "",
    isError: false,
    sources: [passage("lease.pdf", 3, "Rent is 900."), passage("mail.txt", null, "Ok.")],
  };
  server.script(
    callTools([{ name: "search_knowledge", arguments: { query: "rent" } }]),
    callTools([{ name: "search_knowledge", arguments: { query: "deposit" } }]),
    say("It is 900 [2]."),
  );
  const question = await vault.ask(doc, {
    text: "What is the rent?",
    parent: chat.thread().at(-1)?.id ?? null,
    sources: [passage("lease.pdf", 1, "The flat.")],
  });
  await done(question.run);
  expect(asked.map(({ doc: of, name, args }) => [of, name, args])).toEqual([
    [doc, "search_knowledge", { query: "rent" }],
    [doc, "search_knowledge", { query: "deposit" }],
  ]);
  const told = server.requests.slice(-2).map(({ body }) => String(body.messages?.at(-1)?.["content"]));
  expect(told[0]).toContain('> [2] "lease.pdf", page 3:\n> Rent is 900.');
  expect(told[0]).toContain('> [3] "mail.txt":\n> Ok.');
  expect(told[1]).toContain('> [4] "lease.pdf", page 3:');
  expect(chat.answer(question.run).found.map(({ name }) => name)).toEqual([
    "lease.pdf",
    "mail.txt",
    "lease.pdf",
    "mail.txt",
  ]);
  expect(calls(question.run)).toMatchObject([{ status: "done", ask: null }, { status: "done" }]);
  expect(vault.status().alarms).toEqual([]);
});

test("DV2 other chats are looked through once a device said so, and what was found counts as strangers' words", async () => {
  const policy = await vault.openToolPolicy(null);
  policy.setClass("reads-here", "allow");
  policy.close();
  found = { says: '"Boat", 2026-05-01, the owner: paint it blue', isError: false, sources: [] };
  server.script(callTools([{ name: "search_chats", arguments: { query: "boat paint" } }]), say("Blue."));
  const run = await ask("Which colour did I want?");
  await until(() => calls(run)[0]?.status === "asks", "it asks, though its class may run");
  expect([asked, calls(run)[0]?.ask?.why]).toEqual([[], ["rule"]]);
  await vault.answerCall(doc, calls(run)[0] as CallView, "allow");
  await done(run);
  expect(asked).toMatchObject([{ name: "search_chats", args: { query: "boat paint" } }]);
  expect(String(server.requests[1]?.body.messages?.at(-1)?.["content"])).toMatch(/written by others[^]*paint it blue/);

  server.script(callTools([{ name: "search_chats", arguments: { query: "boat" } }]), say("Then not."));
  const second = await ask("And the sail?");
  await until(() => calls(second)[0]?.status === "asks", "it asks each time");
  await vault.answerCall(doc, calls(second)[0] as CallView, "refuse");
  await done(second);
  expect([asked.length, calls(second)[0]?.status]).toEqual([1, "refused"]);
});

test("DV3 nobody answers, or not any more: the call has its end", async () => {
  const clock = createManualClock();
  const lent = createChat(new Doc());
  const run = runIdFromBytes(new Uint8Array(16));
  const about = { clock, doc, run, numbered: 0, isUnattended: false, terms };
  const [tool] = createDeviceTools({ ...about, chat: lent });
  if (tool === undefined) throw new Error("There is no tool.");
  const stop = new AbortController();
  const context = { signal: stop.signal, call: "a", progress: () => {}, elicit: () => Promise.resolve(null) };
  const waiting = tool.run({ query: "x" }, context);
  await clock.advance(deviceAnswerMs);
  expect(await waiting).toMatchObject({ isError: true, parts: [{ text: expect.stringMatching(/None of the owner/) }] });
  const stopped = tool.run({ query: "x" }, context);
  stop.abort();
  await drainMicrotasks();
  expect(await stopped).toMatchObject({ isError: true });
});

test("DV4 they are not there while the device that asked sleeps, nor other chats in a temporary one", () => {
  const names = (more: object): readonly string[] =>
    createDeviceTools({
      ...{ chat: createChat(new Doc()), doc, run: runIdFromBytes(new Uint8Array(16)), clock: systemClock, numbered: 0 },
      ...{ isUnattended: false, terms, ...more },
    }).map(({ name }) => name);
  expect(names({})).toEqual(["search_knowledge", "search_chats"]);
  expect(names({ terms: noTerms })).toEqual(["search_chats"]);
  expect(names({ terms: { ...noTerms, takesTasks: true } })).toEqual(["search_chats", "task_add"]);
  expect(names({ terms: { ...noTerms, hasTasks: true } })).toEqual(["search_chats", "task_list", "task_done"]);
  expect(names({ isUnattended: true })).toEqual([]);
  expect(names({ doc: createTemporaryDocId(systemRandom) })).toEqual(["search_knowledge"]);
});

test("DV5 what a call gives beyond its beginning stands in the chat, too, and a second host tells its model the same", async () => {
  server.script(callTools([{ name: "long", arguments: {} }]), say("Read."));
  const run = await ask("Read it");
  await done(run);
  expect(calls(run)[0]).toMatchObject({ status: "done", says: long.slice(0, 4_000), saysCut: 0, gave: long });
  expect(vault.status().alarms).toEqual([]);
});

test("DV6 what a model proposes to remember stands at its answer's end, for a device to ask about", async () => {
  const remember = (await import("#sync/docs/memory.ts")).createMemory(vault.catalog.yDoc);
  server.script(say("Hello."));
  await done(await ask("Hello"));
  expect(offeredAt(0)).not.toContain('"remember"');
  remember.setProposes(true);
  server.script(
    callTools([
      { name: "remember", arguments: { fact: "They sail\n on <b>Sundays." }, id: "a" },
      { name: "remember", arguments: { fact: " " }, id: "b" },
    ]),
    say("Nice."),
  );
  const run = await ask("I sail on Sundays");
  await done(run);
  expect(offeredAt(1)).toContain('"remember"');
  expect(JSON.stringify(server.requests[1]?.body.messages)).not.toContain("<remember>");
  expect(chat.answer(run).text).toBe("Nice.\n<remember>They sail on bSundays.</remember>");
  expect(calls(run).map(({ status }) => status)).toEqual(["done", "failed"]);
});
