/**
 * How the owner's commands ask a running host: a socket in its home that the owner alone may open (mode 0600 in a folder
 * of mode 0700; on Windows a named pipe). One line of JSON asks, one answers, and nothing can be changed by it.
 *
 *   {"ask":"status"} → {"answer":{…}}     {"ask":"link"} → {"answer":"http://localhost:4242/#…"}     else {"answer":null}
 *
 * A killed host leaves its socket behind; the next one, which holds the home's lock, puts its own in that place.
 */
import { createHash } from "node:crypto";
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HostError, systemCode } from "./errors.ts";
import type { HostStatus } from "./hostStatus.ts";

export interface Control {
  close(): void;
}

export interface ControlAnswers {
  readonly status: () => HostStatus;
  readonly link: () => string | null;
}

/** A socket's path has room for about a hundred bytes on every system; a home that is deeper gets one in the temporary folder. */
const socketPathBytesMax = 100;
/** A question is a few words; more than this is none. */
const askBytesMax = 256;
/** It answers from memory. Who does not ask within this is cut off, and who is not answered gives up. */
const controlMsMax = 3_000;

export async function startControl(home: string, answers: ControlAnswers): Promise<Control> {
  const path = controlPath(home);
  removeStale(path);
  const server = createServer((socket) => {
    let asked = "";
    socket.setTimeout(controlMsMax, () => socket.destroy());
    socket.on("error", () => {});
    socket.setEncoding("utf8").on("data", (text: string) => {
      asked += text;
      if (asked.length > askBytesMax) return void socket.destroy();
      if (asked.includes("\n")) socket.end(`${JSON.stringify({ answer: answerTo(asked, answers) })}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const says = `The socket ${path} cannot be made (${systemCode(cause)}), so "sovereign status" cannot see this host.`;
      reject(new HostError("home", `${says} The host itself is not affected.`, { cause }));
    });
    server.listen(path, resolve);
  });
  if (process.platform !== "win32") chmodSync(path, 0o600);
  // The host lives as long as its parts, not as long as somebody may ask.
  server.unref();
  return { close: () => server.close() };
}

/** `null`: no host runs on this home, or it does not answer. */
export async function askHost(home: string, ask: "status"): Promise<HostStatus | null>;
export async function askHost(home: string, ask: "link"): Promise<string | null>;
export async function askHost(home: string, ask: keyof ControlAnswers): Promise<unknown> {
  const path = controlPath(home);
  if (!isOwn(path)) return null;
  return new Promise((resolve) => {
    let told = "";
    const socket = connect(path, () => socket.write(`${JSON.stringify({ ask })}\n`));
    socket.setTimeout(controlMsMax, () => socket.destroy());
    socket.setEncoding("utf8").on("data", (text: string) => (told += text));
    socket.on("error", () => {});
    socket.on("close", () => resolve(readAnswer(told)));
  });
}

function answerTo(asked: string, answers: ControlAnswers): unknown {
  const ask = readField(asked, "ask");
  return ask === "status" ? answers.status() : ask === "link" ? answers.link() : null;
}

function readAnswer(told: string): unknown {
  return readField(told, "answer") ?? null;
}

function readField(line: string, name: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  } catch {
    // reason: what is no JSON asks nothing and answers nothing.
    return undefined;
  }
}

function controlPath(home: string): string {
  const name = createHash("sha256").update(home).digest("hex").slice(0, 32);
  if (process.platform === "win32") return `\\\\.\\pipe\\sovereign-${name}`;
  const inHome = join(home, "control.sock");
  return Buffer.byteLength(inHome) <= socketPathBytesMax ? inHome : join(tmpdir(), `sovereign-${name}.sock`);
}

/** In the temporary folder anybody could have put a socket in that place. */
function isOwn(path: string): boolean {
  if (process.platform === "win32") return true;
  try {
    return lstatSync(path).uid === process.getuid?.();
  } catch {
    // reason: a socket that is not there belongs to nobody.
    return false;
  }
}

function removeStale(path: string): void {
  if (process.platform === "win32") return;
  try {
    unlinkSync(path);
  } catch (cause) {
    if (systemCode(cause) !== "ENOENT")
      throw new HostError("home", `${path} is in the way. Delete it, then start again.`, { cause });
  }
}
