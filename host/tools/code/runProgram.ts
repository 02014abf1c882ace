/** A program by a model, run in a process of its own (program.ts), which has nothing of the machine and is killed when its time is over. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { codePermissions } from "../../sandbox.ts";
import { codeGraceMs, codeMs, codeReplyBytesMax } from "./limits.ts";
import type { ProgramEnd } from "./program.ts";

/** `killed`: it could not be interrupted, or was not wanted any more. `lost`: its process ended by itself. */
export type ProgramOutcome = ProgramEnd | { readonly end: "killed" | "lost"; readonly text: ""; readonly cut: 0 };

export function runProgram(code: string, signal: AbortSignal, forMs = codeMs): Promise<ProgramOutcome> {
  const words = [...codePermissions(), join(import.meta.dirname, "program.ts"), String(forMs)];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, words, {
      env: {},
      cwd: import.meta.dirname,
      stdio: ["pipe", "pipe", "ignore"],
      shell: false,
    });
    let reply = Buffer.alloc(0);
    let isKilled = false;
    const kill = (): void => {
      isKilled = true;
      child.kill("SIGKILL");
    };
    const ending = AbortSignal.any([signal, AbortSignal.timeout(forMs + codeGraceMs)]);
    ending.addEventListener("abort", kill, { once: true });
    if (ending.aborted) kill();
    const finish = (): void => {
      ending.removeEventListener("abort", kill);
      const none = { end: isKilled ? "killed" : "lost", text: "", cut: 0 } as const;
      resolve(isKilled ? none : (parseReply(reply) ?? none));
    };
    child.stdout.on("data", (chunk: Buffer) => {
      if (reply.length + chunk.length > codeReplyBytesMax) kill();
      else reply = Buffer.concat([reply, chunk]);
    });
    child.once("error", finish);
    child.once("close", finish);
    child.stdin.on("error", () => {
      // reason: it ended before it read all; "close" says so.
    });
    child.stdin.end(code);
  });
}

/** From a process that runs what a model wrote: nothing but the three fields is taken. */
function parseReply(reply: Buffer): ProgramEnd | null {
  try {
    const { end, text, cut } = JSON.parse(reply.toString("utf8")) as Record<string, unknown>;
    const ends: readonly ProgramEnd["end"][] = ["done", "threw", "time", "memory", "stack", "waits"];
    const known = ends.find((each) => each === end);
    if (known === undefined || typeof text !== "string" || !Number.isSafeInteger(cut)) return null;
    return { end: known, text, cut: Number(cut) };
  } catch {
    // reason: a process that was ended in the middle has said nothing.
    return null;
  }
}
