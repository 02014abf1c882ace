/** What a backend outside hears, over real HTTP, and what its answer is for the owner. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "#sync/systemClock.ts";
import { raw, say, startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import { BackendError, type Question, type Redacted, type ToolCall } from "./backend.ts";
import { openPool, type Pool } from "./pool.ts";
import { usualRedaction, type RedactionSettings } from "./redactedAnswer.ts";
import { readRedaction } from "./redactionSettings.ts";
import type { Place } from "./settings.ts";

let server: ScriptedBackend;
let pool: Pool | null = null;
beforeEach(async () => {
  server = await startScriptedBackend();
});
afterEach(async () => {
  await pool?.close();
  await server.close();
});

async function open(place: Place, settings: RedactionSettings = usualRedaction): Promise<void> {
  const backends = [{ name: "one", baseUrl: server.url, keyFile: null, place, maxConcurrent: 2 }];
  pool = await openPool({
    clock: systemClock,
    settings: { backends, files: [], routes: new Map(), onChange: "warn" },
    ownPorts: [],
    redaction: () => settings,
  });
}

async function ask(text: string, more: Partial<Question> = {}): Promise<string> {
  let said = "";
  const question: Question = { model: null, turns: [{ role: "user", text }], ...more };
  for await (const part of pool!.backend.answer(question, new AbortController().signal))
    if (part.kind !== "usage") said += part.text;
  return said;
}

const heard = (): string => JSON.stringify(server.requests.map(({ body }) => body));
const chunk = (delta: object): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`;
const end = `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`;
const mail = "ada@example.org";

describe("RB1 a backend outside", { timeout: 60_000 }, () => {
  it("RB1 hears placeholders, and its answer has the owner's words again, wherever the stream is cut", async () => {
    await open("outside");
    server.script(
      raw([
        chunk({ content: "I write to [EM" }),
        chunk({ content: "AIL_" }),
        chunk({ content: "1] for you; [EMAIL_7] is not mine." }),
        end,
      ]),
    );
    expect(await ask(`Write to ${mail}, my key is AKIAIOSFODNN7EXAMPLE.`)).toBe(
      `I write to ${mail} for you; [EMAIL_7] is not mine.`,
    );
    expect(heard()).toContain("Write to [EMAIL_1], my key is [AWS_KEY_1].");
    expect(heard()).not.toMatch(/ada@|AKIA/);
  });

  it("RB1 what it calls gets the owner's words, and what a call came to is told with placeholders", async () => {
    await open("outside");
    const calls: ToolCall[] = [];
    const given = {
      function: { name: "send", arguments: '{"to":["[EMAIL_1]"],"[EMAIL_1]":1}' },
      index: 0,
      id: "a",
      type: "function",
    };
    server.script(raw([chunk({ tool_calls: [given] }), end]));
    const turns: Question["turns"] = [
      { role: "user", text: `Write to ${mail}.` },
      { role: "assistant", text: "", calls: [{ id: "z", name: "look", arguments: { who: mail } }] },
      { role: "tool", text: `Found ${mail} and bob@example.org.`, callId: "z" },
    ];
    const tools = [{ name: "send", description: "Sends.", parameters: { type: "object" } }];
    let restored = false;
    const onRestored = (): void => {
      restored = true;
    };
    // Said before the call is: what it asks for may go out to others.
    await ask("", { turns, tools, onRestored, onToolCall: (call) => void (restored && calls.push(call)) });
    expect(calls.map(({ arguments: args }) => args)).toEqual([{ to: [mail], [mail]: 1 }]);
    expect(heard()).toContain("Found [EMAIL_1] and [EMAIL_2].");
    expect(heard()).not.toContain("@example.org");
  });

  it("RB1 hears the owner's own words neither, masks where that is wanted, and all where nothing is to be taken out", async () => {
    await open("outside", { mode: "mask", words: ["Project Falcon"], isLoose: true });
    await ask(`About project falcon: Dear Ada Sample, mail ${mail}.`);
    expect(heard()).toContain("About [word]: Dear [name], mail [email].");
    await pool?.close();
    await open("outside", { ...usualRedaction, mode: "off" });
    await ask(`Mail ${mail}.`);
    expect(heard()).toContain(`Mail ${mail}.`);
  });

  it("RB4 hears what its project says, whatever the host does otherwise; what either names is taken out, and what was found is told once", async () => {
    const found: Redacted[] = [];
    const onRedacted = (each: Redacted): void => void found.push({ ...each, counts: new Map(each.counts) });
    await open("outside", { mode: "placeholders", words: ["Falcon"], isLoose: false });
    server.script(say("1"), say("2"), say("3"), say("4"));
    const said = `Falcon and Heron write to ${mail}.`;
    const rules = { mode: null, words: ["Heron"], names: false };
    await ask(said, { redaction: rules, onRedacted });
    await ask(said, { redaction: { ...rules, mode: "mask" }, onRedacted });
    await ask(said, { redaction: { ...rules, mode: "warn" }, onRedacted });
    await ask(said, { redaction: { ...rules, mode: "off" }, onRedacted });
    expect(server.requests.map(({ body }) => body.messages?.at(-1))).toMatchObject([
      { content: "[WORD_1] and [WORD_2] write to [EMAIL_1]." },
      { content: "[word] and [word] write to [email]." },
      { content: said },
      { content: said },
    ]);
    expect(found.map(({ mode, counts }) => [mode, Object.fromEntries(counts)])).toEqual([
      ["placeholders", { word: 2, email: 1 }],
      ["mask", { word: 2, email: 1 }],
      ["warn", { word: 2, email: 1 }],
    ]);
  });

  it("RB4 at home nothing is looked for, whatever a project says", async () => {
    await open("local");
    server.script(say("1"));
    const found: Redacted[] = [];
    const redaction = { mode: "mask", words: [], names: true } as const;
    await ask(`Write to ${mail}.`, { redaction, onRedacted: (each) => void found.push(each) });
    expect([heard().includes(mail), found]).toEqual([true, []]);
  });

  it("RB1 what was said of an answer that broke off stays", async () => {
    await open("outside");
    server.script(raw([chunk({ content: "It is [EMAIL" })]));
    let said = "";
    const answer = pool!.backend.answer(
      { model: null, turns: [{ role: "user", text: mail }] },
      new AbortController().signal,
    );
    await expect(async () => {
      for await (const part of answer) if (part.kind === "text") said += part.text;
    }).rejects.toThrow(BackendError);
    expect(said).toBe("It is [EMAIL");
  });
});

it("RB2 a backend of the owner's is asked as it always was", { timeout: 60_000 }, async () => {
  await open("local");
  server.script(say("Yes."));
  await ask(`Write to ${mail}.`);
  expect(heard()).toContain(`Write to ${mail}.`);
});

describe("RB3 redaction.json", { timeout: 60_000 }, () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "sovereign-redaction-"));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));
  const written = (text: string): RedactionSettings => {
    writeFileSync(join(home, "redaction.json"), text);
    return readRedaction(home);
  };

  it("RB3 without it the usual holds, and with one that makes no sense the strictest", () => {
    expect(readRedaction(home)).toEqual(usualRedaction);
    expect(written('{"mode":"mask","words":["Falcon"],"names":true}')).toEqual({
      mode: "mask",
      words: ["Falcon"],
      isLoose: true,
    });
    for (const text of [
      "",
      "{",
      "[]",
      "null",
      '{"mode":"of"}',
      '{"mode":"off","word":[]}',
      '{"words":[1]}',
      '{"names":"yes"}',
      " ".repeat(300_000),
    ])
      expect(written(text), text.slice(0, 20)).toEqual({ mode: "placeholders", words: [], isLoose: true });
  });
});
