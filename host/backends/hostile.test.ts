/**
 * SECURITY T-42: what a backend may do to us. Each behaviour ends in a defined state within its time, everything that arrived before is kept
 * once and in order, and memory does not grow with what is sent.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { raw, startScriptedBackend, type Script, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import { BackendError, type ToolCall } from "./backend.ts";
import type { BackendLimits } from "./limits.ts";
import { createOpenAiBackend } from "./openAi.ts";

/** Patient, so that a busy machine is not taken for a silent backend; only where silence is the case is waiting short. */
const patient: BackendLimits = { firstTokenMs: 20_000, idleMs: 20_000, answerMs: 40_000, busyRetryMs: [5, 5, 5] };
const hasty: BackendLimits = { ...patient, firstTokenMs: 400, idleMs: 400, answerMs: 2_000 };
/** Everything is over by the whole answer's time, and a second for a busy machine. */
const graceMs = 1_000;
const growthBytesMax = 32 * 1_048_576;

let server: ScriptedBackend;
beforeAll(async () => {
  server = await startScriptedBackend();
});
afterAll(() => server.close());

const event = (chunk: unknown): string => `data: ${typeof chunk === "string" ? chunk : JSON.stringify(chunk)}\n\n`;
const word = (content: unknown, more: object = {}, choice: object = {}): string =>
  event({ choices: [{ index: 0, delta: { content, ...more }, finish_reason: null, ...choice }] });
const finish = event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
const done = event("[DONE]");
const head = { "content-type": "text/event-stream" };

/** Writes until the other end has hung up. */
function forEver(piece: string | Uint8Array, everyMs = 0, first = ""): Script {
  return async (response, request) => {
    response.writeHead(200, head);
    if (first !== "") response.write(first);
    while (!request.isGone()) {
      if (!response.write(piece) && !request.isGone()) {
        await Promise.race([new Promise((resolve) => response.once("drain", resolve)), wait(50)]);
      }
      if (everyMs > 0) await wait(everyMs);
    }
  };
}

/** These bytes, and then nothing more, with the connection open. */
function thenHang(...parts: (string | Uint8Array)[]): Script {
  return (response) => {
    response.writeHead(200, head);
    for (const part of parts) response.write(part);
  };
}

/** These bytes on the bare socket, and then nothing, an end, or a reset. */
function bare(text: string, then: "hang" | "end" | "reset" = "end"): Script {
  return (response) => {
    const { socket } = response;
    if (then === "hang") socket?.write(text);
    else if (then === "end") socket?.end(text);
    else socket?.write(text, () => setTimeout(() => socket.resetAndDestroy(), 20));
  };
}

const whole = `${word("Some")}${word(" words")}${finish}${done}`;
const statusAlways =
  (status: number, headers: Record<string, string> = {}): Script =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify({ error: { message: "no" } }));
  };

/** What it does, how, what is kept of it, and how it ends: `null` is a good end. */
const behaviours: [string, Script, string, string | null][] = [
  ["hangs before its headers", () => {}, "", "backend-silent"],
  ["hangs after its headers", thenHang(""), "", "backend-silent"],
  ["hangs in the middle of a word", thenHang(word("Some"), 'data: {"choices":[{"del'), "Some", "backend-silent"],
  ["sends a byte now and then, and never a word", forEver(":", 50), "", "backend-silent"],
  ["sends a byte now and then after some words", forEver(":", 50, word("Some")), "Some", "backend-silent"],
  ["keeps alive for ever with comments", forEver(": ping\n\n", 20), "", "backend-silent"],
  ["keeps alive for ever with empty words", forEver(word(""), 20), "", "backend-silent"],
  ["says one word for ever, slowly", forEver(word("a"), 50), "a…", "backend-silent"],
  ["resets before its headers", bare("", "reset"), "", "backend-away"],
  [
    "resets in the middle",
    bare(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${word("Some")}`, "reset"),
    "Some",
    "backend-dropped",
  ],
  ["ends in the middle without a word about it", raw([word("Some")]), "Some", "backend-dropped"],
  ["ends in the middle of its headers", bare("HTTP/1.1 200 OK\r\ncontent-ty"), "", "backend-away"],
  ["drips its headers", bare("HTTP/1.1 200 OK\r\nx-slow: ", "hang"), "", "backend-silent"],
  [
    "sends headers without end",
    bare(`HTTP/1.1 200 OK\r\n${`x: ${"y".repeat(1_000)}\r\n`.repeat(200)}`),
    "",
    "backend-away",
  ],
  ["speaks no HTTP", bare("SSH-2.0-OpenSSH_9.9\r\n"), "", "backend-away"],
  [
    "sends fewer bytes than it said",
    bare(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9999\r\n\r\n${word("Some")}`),
    "Some",
    "backend-dropped",
  ],
  [
    "answers 200 with a web page",
    raw(["<!doctype html><h1>Hi</h1>"], { "content-type": "text/html" }),
    "",
    "backend-strange",
  ],
  ["answers with a wrong type", raw([whole], { "content-type": "application/octet-stream" }), "", "backend-strange"],
  ["answers without a type", (response) => void response.writeHead(200).end(whole), "", "backend-strange"],
  ["says that it is JSON, and is not", raw(["<html>"], { "content-type": "application/json" }), "", "backend-error"],
  ["answers with an empty document", raw(["{}"], { "content-type": "application/json" }), "", "backend-error"],
  ["sends a line of 100 MB", forEver("x".repeat(1_048_576), 0, `${word("Some")}data: {"a":"`), "Some", "backend-flood"],
  [
    "sends an event of 100 MB in short lines",
    forEver("data: x\n".repeat(10_000), 0, word("Some")),
    "Some",
    "backend-flood",
  ],
  ["sends words without end", forEver(word("a".repeat(30_000))), "a…", "backend-flood"],
  ["sends a document of 100 MB", forEverJson(), "", "backend-error"],
  ["sends a gzip bomb as a stream", gzipBomb("text/event-stream"), "", "backend-flood"],
  ["sends a gzip bomb as a document", gzipBomb("application/json"), "", "backend-error"],
  ["sends a gzip bomb as an error", gzipBomb("application/json", 500), "", "backend-error"],
  [
    "cuts letters in half between packets",
    raw([...Buffer.from(`${word("Größe 😀")}${done}`)].map((byte) => Uint8Array.of(byte))),
    "Größe 😀",
    null,
  ],
  [
    "sends bytes that are no UTF-8",
    raw([word("Some"), Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0xfe, 0x0a, 0x0a])]),
    "Some",
    "backend-strange",
  ],
  [
    "sends half a surrogate",
    raw([event(String.raw`{"choices":[{"index":0,"delta":{"content":"a\ud83d"}}]}`), done]),
    "a\ud83d",
    null,
  ],
  ["sends no [DONE]", raw([word("Some"), word(" words"), finish]), "Some words", null],
  ["sends [DONE] twice", raw([whole, done]), "Some words", null],
  ["says something after [DONE]", raw([whole, word(" and more"), done]), "Some words", null],
  ["keeps the connection open after [DONE]", thenHang(whole), "Some words", null],
  ["says a chunk twice", raw([word("ab"), word("ab"), finish, done]), "abab", null],
  [
    "numbers its choices out of order",
    raw([word("x", {}, { index: 1 }), word("Some"), word("y", {}, { index: 7 }), finish, done]),
    "Some",
    null,
  ],
  ["numbers a choice below zero", raw([word("x", {}, { index: -1 }), word("Some"), finish, done]), "Some", null],
  ["cuts a tool call in half", raw([word("Some", toolPiece('{"a":')), event("nonsense{")]), "Some", "backend-strange"],
  [
    "ends with half a tool call",
    raw([
      word("Some", toolPiece('{"a":')),
      event({ choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] }),
      done,
    ]),
    "Some",
    null,
  ],
  [
    "counts its usage as NaN",
    raw([word("Some"), 'data: {"choices":[],"usage":{"prompt_tokens":NaN}}\n\n', done]),
    "Some",
    "backend-strange",
  ],
  [
    "counts its usage absurdly",
    raw([word("Some"), event('{"usage":{"prompt_tokens":1e400,"completion_tokens":-7}}'), finish, done]),
    "Some",
    null,
  ],
  ["nests without end", raw([word("Some"), event(`${"[".repeat(50_000)}`)]), "Some", "backend-strange"],
  [
    "names fields after what objects inherit",
    raw([event('{"__proto__":{"choices":[{"delta":{"content":"x"}}]}}'), word("Some"), finish, done]),
    "Some",
    null,
  ],
  ["sends an error as its only event", raw([event({ error: { message: "no GPU" } })]), "", "backend-error"],
  [
    "sends an error in the middle",
    raw([word("Some"), event({ error: { message: "crashed", code: 500 } })]),
    "Some",
    "backend-error",
  ],
  ["redirects to a metadata service", redirect("http://169.254.169.254/latest/meta-data"), "", "backend-redirect"],
  ["redirects to itself for ever", redirect("/v1/chat/completions"), "", "backend-redirect"],
  ["says 429 for ever", statusAlways(429), "", "backend-busy"],
  ["says 429 and to come back in a year", statusAlways(429, { "retry-after": "31536000" }), "", "backend-busy"],
  ["says 500 for ever", statusAlways(500), "", "backend-error"],
  [
    "answers with a date of another century",
    raw([whole], { ...head, date: "Mon, 01 Jan 1900 00:00:00 GMT", expires: "-1" }),
    "Some words",
    null,
  ],
  [
    "sets cookies and asks for a login",
    (response) => void response.writeHead(401, { "set-cookie": "a=b", "www-authenticate": "Basic" }).end(),
    "",
    "backend-key",
  ],
  ["uses carriage returns", raw([whole.replaceAll("\n", "\r\n")]), "Some words", null],
  ["uses carriage returns cut in half", raw([...whole.replaceAll("\n", "\r\n")]), "Some words", null],
];

function toolPiece(given: string): object {
  return { tool_calls: [{ index: 0, id: "c", function: { name: "add", arguments: given } }] };
}

function redirect(location: string): Script {
  return (response) => void response.writeHead(307, { location }).end();
}

/** 200 MB in 200 kB. */
const bomb = gzipSync(Buffer.alloc(200 * 1_048_576, 120));

/** One megabyte a packet, each of 1 kB on the wire. */
function gzipBomb(type: string, status = 200): Script {
  return async (response, request) => {
    response.writeHead(status, { "content-type": type, "content-encoding": "gzip" });
    for (let at = 0; at < bomb.length && !request.isGone(); at += 1_024) {
      response.write(bomb.subarray(at, at + 1_024));
      await wait(0);
    }
    response.end();
  };
}

function forEverJson(): Script {
  return async (response, request) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"a":"');
    for (let mb = 0; mb < 100 && !request.isGone(); mb++) {
      if (!response.write("x".repeat(1_048_576)) && !request.isGone()) {
        await Promise.race([new Promise((resolve) => response.once("drain", resolve)), wait(50)]);
      }
    }
    response.end();
  };
}

interface Ending {
  text: string;
  code: string | null;
  tookMs: number;
  calls: ToolCall[];
}

async function ask(script: Script, limits = patient): Promise<Ending> {
  server.script(script);
  const backend = createOpenAiBackend({ baseUrl: server.url, product: "Hostile", models: ["m"], limits });
  const ending: Ending = { text: "", code: null, tookMs: 0, calls: [] };
  const question = {
    model: null,
    turns: [{ role: "user" as const, text: "Hi" }],
    tools: [{ name: "add", description: "", parameters: {} }],
    onToolCall: (call: ToolCall) => ending.calls.push(call),
  };
  const begunMs = performance.now();
  try {
    for await (const part of backend.answer(question, new AbortController().signal)) {
      // Everything is kept, as a run keeps it, up to what a run takes.
      if (part.kind === "text" && ending.text.length < 8_388_608) ending.text += part.text;
    }
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    ending.code = error.code;
  }
  ending.tookMs = performance.now() - begunMs;
  return ending;
}

describe("T-42 a backend that", () => {
  test("does at least forty things", () => {
    expect(behaviours.length).toBeGreaterThanOrEqual(40);
    expect(new Set(behaviours.map(([name]) => name)).size).toBe(behaviours.length);
  });

  test.each(behaviours)("%s", { timeout: 60_000 }, async (_name, script, kept, code) => {
    const limits = code === "backend-silent" ? hasty : patient;
    const ending = await ask(script, limits);
    expect(ending.code).toBe(code);
    if (kept.endsWith("…")) expect(ending.text).toMatch(/^a+$/);
    else expect(ending.text).toBe(kept);
    expect(ending.calls).toEqual([]);
    expect(ending.tookMs).toBeLessThan(limits.answerMs + graceMs);
  });
});

test(
  "T-42 memory does not grow with what is sent: all that is much, again and again",
  { timeout: 240_000 },
  async () => {
    const heavy = behaviours.filter(([name]) => /100 MB|bomb|without end/.test(name)).map(([, script]) => script);
    expect(heavy.length).toBeGreaterThanOrEqual(7);
    let at = 0;
    server.script((response, request) => heavy[at++ % heavy.length]?.(response, request));
    // In a process of its own with the agent's own options: here the backend itself fills the memory with what it sends.
    const entry = join(import.meta.dirname, "../testing/askHostile.ts");
    const options = { env: { ...process.env, MALLOC_ARENA_MAX: "1" }, timeout: 200_000 };
    const args = ["--max-semi-space-size=1", "--expose-gc", entry, server.url, String(heavy.length)];
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    const { beforeBytes, peakBytes, answers } = JSON.parse(stdout) as Record<string, number>;
    const growth = (peakBytes ?? Infinity) - (beforeBytes ?? 0);
    console.log(`Memory grew by ${(growth / 1_048_576).toFixed(1)} MiB at most in ${answers} heavy answers.`);
    expect(answers).toBe(heavy.length * 3);
    expect(growth).toBeLessThan(growthBytesMax);
  },
);
