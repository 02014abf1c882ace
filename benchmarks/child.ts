/** A subject's process: started with Node, asked by messages, measured from outside, ended by its id. */
import { fork, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Child {
  readonly pid: number;
  /** One question, one answer (`parts/answering.mjs`). */
  ask<T>(message: Readonly<Record<string, unknown>> & { readonly do: string }): Promise<T>;
  end(): Promise<void>;
}

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
}

/** `file`: below benchmarks/. */
export function startChild(file: string, { env = {}, args = [], nodeArgs = [] }: ChildOptions = {}): Child {
  const child = fork(join(import.meta.dirname, file), args, {
    env: { ...process.env, NODE_ENV: "production", ...env },
    execArgv: [...nodeArgs],
    stdio: ["ignore", process.env["BENCH_DEBUG"] === "1" ? "inherit" : "ignore", "inherit", "ipc"],
    serialization: "advanced",
  });
  return overChild(child, file);
}

function overChild(child: ChildProcess, name: string): Child {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let next = 1;
  let isOver = false;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  void gone.then(() => {
    isOver = true;
    for (const { reject } of waiting.values()) reject(new Error(`${name} ended`));
  });
  child.on("message", (message: { id: number; result?: unknown; error?: string }) => {
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) asked?.resolve(message.result);
    else asked?.reject(new Error(`${name}: ${message.error}`));
  });
  return {
    pid: child.pid ?? 0,
    ask: <T>(message: Readonly<Record<string, unknown>>) => {
      if (isOver) return Promise.reject(new Error(`${name} is not there any more`));
      const asked = Promise.withResolvers<unknown>();
      waiting.set(next, asked);
      child.send({ ...message, id: next });
      next += 1;
      return asked.promise as Promise<T>;
    },
    end: async () => {
      if (!isOver) child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Microseconds that a process has spent on a core, all its threads together; `NaN` where the system does not tell. */
export function cpuMicros(pid: number): number {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const nanos = tasks.map((task) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]),
    );
    return nanos.reduce((sum, each) => sum + each, 0) / 1_000;
  } catch {
    // reason: only Linux tells.
    return NaN;
  }
}

/** Resident memory in MB; `NaN` where the system does not tell. */
export function residentMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
  } catch {
    // reason: only Linux tells.
    return NaN;
  }
}
