/**
 * A tool server as a process: one JSON message a line on its standard input and output. The SDK's own transport passes on a part of our environment, reads
 * as fast as a server writes and knows no bound but a message's size, hence this one. A server that breaks a rule is killed with all it started:
 * its processes have a namespace of their own, which ends with the first of them.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { Writable, type Readable } from "node:stream";
import { parseJSONRPCMessage, type JSONRPCMessage, type Transport } from "@modelcontextprotocol/client";
import type { Clock } from "#sync/ports.ts";
import { goneError, McpError } from "./errors.ts";
import {
  callBytesMax,
  endMs,
  lastWordsBytesMax,
  messageBytesMax,
  messagesMax,
  messageWindowMs,
  processesBytesMax,
  processTasksMax,
  weighEveryMs,
  windowBytesMax,
} from "./limits.ts";
import { weigh } from "./processWatch.ts";
import { SETTINGS_PIPE, toolPath } from "./sandbox.ts";

export interface ProcessTransport extends Transport {
  /** Why we ended it. */
  readonly failure: McpError | null;
  /** The end of what it said on standard error: for its owner alone, and never for a model. */
  readonly lastWords: string;
  /** Of the outermost process; `null` when none runs. */
  readonly pid: number | null;
}

/** `environment`: for the program alone. It is handed over by a pipe, since who may see the machine's processes may see their command lines. */
export function createProcessTransport(
  name: string,
  commandLine: readonly string[],
  clock: Clock,
  environment: Readonly<Record<string, string>> = {},
): ProcessTransport {
  const [program = "", ...args] = commandLine;
  let child: ChildProcessByStdio<Writable, Readable, Readable> | null = null;
  let failure: McpError | null = null;
  let lastWords = Buffer.alloc(0);
  let held: Buffer[] = [];
  let heldBytes = 0;
  let windowFromMs = 0;
  let inWindow = 0;
  let windowBytes = 0;
  let callBytes = 0;
  /** Questions of ours that wait for an answer. */
  const asked = new Set<unknown>();
  let isClosed = false;
  let stopWeighing = (): void => {};

  function fail(error: McpError): void {
    if (failure !== null || isClosed) return;
    failure = error;
    held = [];
    transport.onerror?.(error);
    child?.kill("SIGKILL");
  }

  /** Whatever it starts counts with it. */
  function look(): void {
    if (child?.pid === undefined) return;
    const { tasks, bytes } = weigh(child.pid, processTasksMax);
    if (tasks > processTasksMax)
      return fail(new McpError("flood", `${name} started more programs than a tool may, so it was ended.`));
    if (bytes > processesBytesMax)
      return fail(new McpError("flood", `${name} took more memory than a tool may (2 GB), so it was ended.`));
    stopWeighing = clock.after(weighEveryMs, look);
  }

  function beginWindow(): void {
    const now = clock.now();
    if (now - windowFromMs > messageWindowMs || now < windowFromMs) [windowFromMs, inWindow, windowBytes] = [now, 0, 0];
  }

  function take(chunk: Buffer): void {
    beginWindow();
    windowBytes += chunk.length;
    callBytes += chunk.length;
    if (windowBytes > windowBytesMax || callBytes > callBytesMax)
      return fail(new McpError("flood", `${name} sent more than a tool may, so it was ended.`));
    let rest = chunk;
    for (;;) {
      if (failure !== null) return;
      const end = rest.indexOf(0x0a);
      const piece = end < 0 ? rest : rest.subarray(0, end);
      heldBytes += piece.length;
      if (heldBytes > messageBytesMax)
        return fail(new McpError("flood", `${name} sent more in one piece than a tool may (8 MB), so it was ended.`));
      held.push(piece);
      if (end < 0) return;
      const line = Buffer.concat(held).toString("utf8");
      [held, heldBytes, rest] = [[], 0, rest.subarray(end + 1)];
      if (line.trim() !== "") read(line);
    }
  }

  function read(line: string): void {
    inWindow += 1;
    if (inWindow > messagesMax)
      return fail(new McpError("flood", `${name} sent messages without end, so it was ended.`));
    const message = parseLine(line);
    // What is no message is a program that chats on its output: it is not heard.
    if (message === null) return;
    if (!("method" in message) && "id" in message) asked.delete(message.id);
    transport.onmessage?.(message);
  }

  const transport: ProcessTransport = {
    start: () =>
      new Promise((resolve, reject) => {
        const stdio = ["pipe", "pipe", "pipe", "pipe"] as const;
        const started = spawn(program, args, { env: toolPath(), stdio: [...stdio], shell: false });
        child = started as ChildProcessByStdio<Writable, Readable, Readable>;
        const settings = started.stdio[SETTINGS_PIPE];
        settings?.on("error", () => {
          // reason: it ended before it had read them; "close" says so.
        });
        if (settings instanceof Writable) settings.end(toArguments(environment));
        stopWeighing = clock.after(weighEveryMs, look);
        started.once("spawn", resolve);
        started.once("error", (cause) => reject(new McpError("start", `${name} cannot be started.`, { cause })));
        started.stdin.on("error", () => {
          // reason: it closed its input or ended; "close" says so.
        });
        started.stdout.on("data", take);
        started.stderr.on("data", (chunk: Buffer) => {
          lastWords = Buffer.concat([lastWords, chunk]).subarray(-lastWordsBytesMax);
        });
        started.once("close", () => {
          child = null;
          isClosed = true;
          stopWeighing();
          transport.onclose?.();
        });
      }),
    send: (message) =>
      new Promise((resolve, reject) => {
        if (child === null || !child.stdin.writable) return void reject(goneError(name));
        if ("method" in message && "id" in message) {
          if (asked.size === 0) callBytes = 0;
          asked.add(message.id);
        }
        // Nobody waits for that answer any more, and it need not come.
        if ("method" in message && message.method === "notifications/cancelled")
          asked.delete(message.params?.["requestId"]);
        child.stdin.write(`${JSON.stringify(message)}\n`, (error) => {
          if (error === null || error === undefined) resolve();
          else reject(goneError(name));
        });
      }),
    close: async () => {
      const ending = child;
      if (ending === null) return;
      const ended = new Promise<void>((resolve) => void ending.once("close", () => resolve()));
      ending.stdin.end();
      const cancel = clock.after(endMs, () => ending.kill("SIGKILL"));
      await ended;
      cancel();
    },
    get failure() {
      return failure;
    },
    get lastWords() {
      return lastWords.toString("utf8");
    },
    get pid() {
      return child?.pid ?? null;
    },
  };
  return transport;
}

/** As bubblewrap reads them: each ends with a zero byte, which no value can hold. */
function toArguments(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .flatMap(([variable, value]) => ["--setenv", variable, value])
    .map((each) => `${each}\0`)
    .join("");
}

function parseLine(line: string): JSONRPCMessage | null {
  try {
    return parseJSONRPCMessage(JSON.parse(line));
  } catch {
    return null;
  }
}
