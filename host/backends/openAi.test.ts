import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  document,
  dropAfter,
  fail,
  failAfter,
  hang,
  hangAfter,
  keepAliveOnly,
  raw,
  redirectTo,
  say,
  startScriptedBackend,
  webPage,
  type Script,
  type ScriptedBackend,
} from "../testing/scriptedBackend.ts";
import {
  BackendError,
  unknownModel,
  type AnswerPart,
  type ModelInfo,
  type Question,
  type ToolCall,
} from "./backend.ts";
import type { BackendLimits } from "./limits.ts";
import { createOpenAiBackend } from "./openAi.ts";

/** Patient, so that a busy machine is not taken for a silent backend; only where silence is the case is waiting short. */
const limits: BackendLimits = { firstTokenMs: 10_000, idleMs: 10_000, answerMs: 20_000, busyRetryMs: [5, 5] };
const hasty: BackendLimits = { ...limits, firstTokenMs: 250, idleMs: 250 };

let server: ScriptedBackend;
beforeEach(async () => {
  server = await startScriptedBackend();
});
afterEach(() => server.close());

interface Outcome {
  text: string;
  thinking: string;
  parts: AnswerPart[];
  error: BackendError | null;
}

async function ask(signal = new AbortController().signal, baseUrl = server.url, waits = limits): Promise<Outcome> {
  const backend = createOpenAiBackend({ baseUrl, product: "Scripted", models: ["scripted-model"], limits: waits });
  const outcome: Outcome = { text: "", thinking: "", parts: [], error: null };
  try {
    for await (const part of backend.answer({ model: null, turns: [{ role: "user", text: "Hi" }] }, signal)) {
      outcome.parts.push(part);
      if (part.kind === "text") outcome.text += part.text;
      if (part.kind === "thinking") outcome.thinking += part.text;
    }
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    outcome.error = error;
  }
  return outcome;
}

const askScripted = (...scripts: Script[]): Promise<Outcome> => {
  server.script(...scripts);
  return ask();
};

/** For a script whose end is expected to have this code. */
const askFailing = (script: Script, code: string): Promise<Outcome> => {
  server.script(script);
  return ask(undefined, undefined, code === "backend-silent" ? hasty : limits);
};

const event = (chunk: unknown): string => `data: ${typeof chunk === "string" ? chunk : JSON.stringify(chunk)}\n\n`;
const delta = (content: unknown, more: object = {}): string =>
  event({ choices: [{ index: 0, delta: { content }, finish_reason: null, ...more }] });

describe("an answer that goes well", () => {
  test("comes word by word, with its usage", async () => {
    const outcome = await askScripted(say("One two three", { usage: { prompt_tokens: 5, completion_tokens: 3 } }));
    expect(outcome.text).toBe("One two three");
    expect(outcome.parts.filter((part) => part.kind === "text").length).toBe(3);
    expect(outcome.parts.at(-1)).toEqual({ kind: "usage", promptTokens: 5, completionTokens: 3 });
    expect(outcome.error).toBe(null);
  });

  test("asks for what it should, and hands over no key", async () => {
    process.env["OPENAI_API_KEY"] = "sk-for-somebody-else";
    process.env["OPENAI_ORG_ID"] = "org-for-somebody-else";
    try {
      await askScripted(say("x"));
    } finally {
      delete process.env["OPENAI_API_KEY"];
      delete process.env["OPENAI_ORG_ID"];
    }
    expect(server.requests[0]?.body).toEqual({
      model: "scripted-model",
      messages: [{ role: "user", content: "Hi" }],
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(server.requests[0]?.headers.authorization).toBe(undefined);
    expect(JSON.stringify(server.requests[0]?.headers)).not.toContain("somebody-else");
  });

  test.each(["reasoning", "reasoning_content"] as const)(
    "keeps reasoning in delta.%s apart",
    async (reasoningField) => {
      const outcome = await askScripted(say("Four.", { reasoning: "two and two", reasoningField }));
      expect([outcome.thinking, outcome.text]).toEqual(["two and two", "Four."]);
    },
  );

  test("keeps reasoning in <think> apart, wherever it is cut", async () => {
    const whole = "<think>two and two</think>\n\nFour, not <think>.";
    for (const size of [1, 2, 3, 5, 100]) {
      const chunks = whole.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      const outcome = await askScripted(say("", { chunks }));
      expect([outcome.thinking, outcome.text]).toEqual(["two and two", "Four, not <think>."]);
    }
  });

  test("needs no usage, no [DONE] and no finish_reason, as long as one of the last two comes", async () => {
    for (const options of [{ usage: null }, { withDone: false }, { withFinish: false }]) {
      expect(await askScripted(say("All of it", options))).toMatchObject({ text: "All of it", error: null });
    }
  });

  test("in one piece, from a server that does not stream", async () => {
    expect(await askScripted(document("All of it"))).toMatchObject({ text: "All of it", error: null });
  });

  test("with letters cut in half between two packets", async () => {
    const bytes = Buffer.from(`${delta("Größe 😀")}${event("[DONE]")}`);
    // A new packet before each byte that continues a letter: ö and ß come in two, the smiley in four.
    const cuts = [0, ...bytes.keys().filter((at) => ((bytes[at] ?? 0) & 0xc0) === 0x80), bytes.length];
    const packets = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
    expect(packets).toHaveLength(6);
    const outcome = await askScripted(raw(packets));
    expect(outcome).toMatchObject({ text: "Größe 😀", error: null });
  });

  test("from a server that does not know stream_options", async () => {
    const outcome = await askScripted(fail(400, "unknown field stream_options"), say("Fine"));
    expect(outcome).toMatchObject({ text: "Fine", error: null });
    expect(server.requests[1]?.body["stream_options"]).toBe(undefined);
  });

  test("after as much thought as was asked for, from a model that thinks, and from a server that does not know of it", async () => {
    const effortOf = async (reasoning: boolean | null, ...scripts: Script[]): Promise<unknown[]> => {
      const from = server.requests.length;
      server.script(...scripts);
      const models = [{ ...unknownModel("scripted-model"), reasoning }];
      const backend = createOpenAiBackend({ baseUrl: server.url, product: "Scripted", models, limits });
      const question: Question = { model: null, turns: [{ role: "user", text: "Hi" }], effort: "high" };
      let text = "";
      for await (const part of backend.answer(question, new AbortController().signal))
        if (part.kind === "text") text += part.text;
      expect(text).toBe("Fine");
      return server.requests.slice(from).map(({ body }) => body["reasoning_effort"]);
    };
    expect(await effortOf(true, say("Fine"))).toEqual(["high"]);
    expect(await effortOf(false, say("Fine"))).toEqual([undefined]);
    expect(await effortOf(null, say("Fine")), "nobody knows").toEqual([undefined]);
    expect(await effortOf(true, fail(400, "unknown field reasoning_effort"), say("Fine"))).toEqual(["high", undefined]);
  });

  test("with how much of the question it has read, from a server that tells it when asked, and from none that is not known to", async () => {
    const progress = (processed: unknown, total: unknown): string =>
      `data: ${JSON.stringify({ choices: [], prompt_progress: { total, cache: 0, processed, time_ms: 1 } })}\n\n`;
    const word = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "Fine" }, finish_reason: "stop" }] })}\n\n`;
    const readBy = async (tellsReading: boolean, ...scripts: Script[]): Promise<unknown> => {
      const from = server.requests.length;
      server.script(...scripts);
      const models = [{ ...unknownModel("scripted-model"), tellsReading }];
      const backend = createOpenAiBackend({ baseUrl: server.url, product: "Scripted", models, limits });
      const read: number[] = [];
      const turns: Question["turns"] = [{ role: "user", text: "Hi" }];
      const question: Question = { model: null, turns, onReading: (percent) => void read.push(percent) };
      const said: string[] = [];
      for await (const part of backend.answer(question, new AbortController().signal))
        if (part.kind === "text") said.push(part.text);
      return { said, read, asked: server.requests.slice(from).map(({ body }) => body["return_progress"]) };
    };
    const steps = [progress(0, 200), progress(50, 200), progress("x", 200), progress(7, 0), progress(300, 200)];
    expect(await readBy(true, raw([...steps, word]))).toEqual({ said: ["Fine"], read: [0, 25, 100], asked: [true] });
    expect(await readBy(false, say("Fine"))).toMatchObject({ read: [], asked: [undefined] });
    const refusing = await readBy(true, fail(400, "unknown field return_progress"), say("Fine"));
    expect(refusing).toEqual({ said: ["Fine"], read: [], asked: [true, undefined] });
  });

  test("from a server that was busy at first", async () => {
    const outcome = await askScripted(fail(503, "Loading model"), fail(429, "slow down"), say("Fine"));
    expect(outcome).toMatchObject({ text: "Fine", error: null });
  });

  test("skips what is no word", async () => {
    const outcome = await askScripted(
      raw([
        ": a comment\n\n",
        event({ choices: [{ index: 1, delta: { content: "other choice" } }] }),
        event({ choices: [{ index: 0, delta: { content: 7, tool_calls: "x" } }] }),
        event({ choices: "none" }),
        event({ usage: { prompt_tokens: null, completion_tokens: -1 } }),
        event(7),
        delta("yes"),
        event("[DONE]"),
        delta(" and after the end"),
      ]),
    );
    expect(outcome).toMatchObject({ text: "yes", error: null });
    expect(outcome.parts).toHaveLength(1);
  });
});

describe("T-42 a backend that fails", () => {
  const before: [string, Script, string][] = [
    ["reports an error", fail(500, "CUDA out of memory"), "backend-error"],
    ["stays busy", fail(503, "Loading model"), "backend-busy"],
    ["wants a key", fail(401, "no key"), "backend-key"],
    ["lacks the model", fail(404, 'model "x" not found, try pulling it first'), "backend-model"],
    ["refuses the question", fail(400, "context length exceeded"), "backend-refused"],
    ["is a web page", webPage, "backend-strange"],
    ["is a web page that calls itself JSON", raw(["<html>"], { "content-type": "application/json" }), "backend-error"],
    ["sends another type", raw(["x"], { "content-type": "image/png" }), "backend-strange"],
    ["redirects", redirectTo("http://169.254.169.254/latest"), "backend-redirect"],
    ["never answers", hang, "backend-silent"],
    ["only keeps alive", keepAliveOnly, "backend-silent"],
    ["sends an empty stream", raw([""]), "backend-dropped"],
    ["sends garbage", raw([event("{nonsense")]), "backend-strange"],
    ["sends an error as the only event", raw([event({ error: { message: "no GPU" } })]), "backend-error"],
  ];
  test.each(before)("and %s: no text, and a sentence", async (_name, script, code) => {
    const outcome = await askFailing(script, code);
    expect(outcome.text).toBe("");
    expect(outcome.error?.code).toBe(code);
    expect(outcome.error?.ownerSentence).toMatch(/^Scripted at 127\.0\.0\.1:\d+ |^The connection to Scripted/);
  });

  test("its own words are quoted, in one line and not at length", async () => {
    const { error } = await askScripted(fail(500, `CUDA\nout of memory ${"x".repeat(5_000)}`));
    expect(error?.ownerSentence).toContain("“CUDA out of memory xxx");
    expect(error?.ownerSentence.length).toBeLessThan(500);
  });

  const midway: [string, Script, string][] = [
    ["is cut off", dropAfter("Some words"), "backend-dropped"],
    ["ends without saying so", dropAfter("Some words", "end"), "backend-dropped"],
    ["hangs", hangAfter("Some words"), "backend-silent"],
    ["reports an error", failAfter("Some words", "the runner crashed"), "backend-error"],
    ["turns to garbage", raw([delta("Some"), delta(" words"), event("{nonsense")]), "backend-strange"],
    [
      "sends one endless line",
      raw([delta("Some"), delta(" words"), ...Array.from({ length: 8 }, () => "x".repeat(65_536))]),
      "backend-flood",
    ],
  ];
  test.each(midway)("and %s in the middle: what came is kept, and a sentence", async (_name, script, code) => {
    const outcome = await askFailing(script, code);
    expect(outcome.text).toBe("Some words");
    expect(outcome.error?.code).toBe(code);
  });

  test("floods: it is cut off", async () => {
    const line = delta("x".repeat(60_000));
    const outcome = await askScripted(async (response, request) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      while (!request.isGone()) {
        if (!response.write(line)) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    });
    expect(outcome.error?.code).toBe("backend-flood");
  });

  test("is not there", async () => {
    await server.close();
    expect((await ask()).error?.code).toBe("backend-away");
    server = await startScriptedBackend();
  });

  test("goes on for ever: the whole answer has an end", async () => {
    server.script(say("word ".repeat(200), { delayMs: 20 }));
    const backend = createOpenAiBackend({
      baseUrl: server.url,
      product: "Scripted",
      models: [],
      limits: { ...limits, answerMs: 300 },
    });
    const parts: AnswerPart[] = [];
    const reading = (async () => {
      for await (const part of backend.answer({ model: null, turns: [] }, new AbortController().signal))
        parts.push(part);
    })();
    await expect(reading).rejects.toMatchObject({ code: "backend-silent" });
    expect(parts.length).toBeGreaterThan(3);
  });
});

test("an abort ends the answer, without an error, and hangs up", async () => {
  server.script(say("word ".repeat(500), { delayMs: 10 }));
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 400);
  const outcome = await ask(controller.signal);
  expect(outcome.error).toBe(null);
  expect(outcome.text).toMatch(/^word/);
  expect(outcome.text.length).toBeLessThan("word ".length * 400);
  await vi.waitFor(() => expect(server.requests[0]?.isGone()).toBe(true), 20_000);
});

describe("what is asked", () => {
  const begun = [
    { role: "user" as const, text: "Count" },
    { role: "assistant" as const, text: "One, two" },
  ];
  const bodyOf = async (prefill: ModelInfo["prefill"], turns: Question["turns"], more: Partial<Question> = {}) => {
    const models = [{ ...unknownModel("m"), prefill }];
    const backend = createOpenAiBackend({ baseUrl: server.url, product: "Scripted", models, limits });
    for await (const _part of backend.answer({ model: "m", turns, ...more }, new AbortController().signal));
    const { model: _, stream: __, stream_options: ___, messages, ...rest } = server.requests.at(-1)?.body ?? {};
    return { messages, ...rest };
  };

  test.each([
    ["plain", {}],
    ["flags", { add_generation_prompt: false, continue_final_message: true }],
    ["unthinking", { chat_template_kwargs: { enable_thinking: false } }],
  ] as const)("an answer is continued by what its server understands: %s", async (prefill, flags) => {
    expect(await bodyOf(prefill, begun)).toEqual({
      messages: [
        { role: "user", content: "Count" },
        { role: "assistant", content: "One, two" },
      ],
      ...flags,
    });
    expect(Object.keys(await bodyOf(prefill, begun.slice(0, 1)))).toEqual(["messages"]);
  });

  test("pictures and tools go along in the usual form, and whole calls come back", async () => {
    const call = { index: 0, id: "c", function: { name: "add", arguments: '{"n":1}' } };
    server.script(
      raw([event({ choices: [{ delta: { tool_calls: [call] }, finish_reason: "tool_calls" }] }), event("[DONE]")]),
    );
    const calls: ToolCall[] = [];
    const tools = [{ name: "add", description: "Adds", parameters: { type: "object" } }];
    const turns = [{ role: "user" as const, text: "See", images: ["data:image/png;base64,AA=="] }];
    expect(await bodyOf("no", turns, { tools, onToolCall: (one) => calls.push(one) })).toEqual({
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "See" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
          ],
        },
      ],
      tools: [{ type: "function", function: tools[0] }],
    });
    expect(calls).toEqual([{ id: "c", name: "add", arguments: { n: 1 } }]);
  });
});
