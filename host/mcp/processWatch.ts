/**
 * How much of the machine a tool server takes with all it started: processes, and what they hold in memory. The kernel bounds the processes of a server by itself (`prlimit --nproc`), except where the host runs as root, whose processes
 * it never bounds; and it bounds memory for each process alone. So somebody looks, now and then, at all of them together.
 */
import { readdirSync, readFileSync } from "node:fs";

export interface Weight {
  /** Processes and their threads, as the kernel counts them. */
  readonly tasks: number;
  readonly bytes: number;
}

const pageBytes = 4_096;

/** Of a process and all below it. It stops counting beyond `tasksMax`: who has so many is not counted to the end. What ends meanwhile weighs nothing. */
export function weigh(pid: number, tasksMax: number): Weight {
  const waiting = [pid];
  const seen = new Set<number>();
  let [tasks, bytes] = [0, 0];
  for (let next = waiting.pop(); next !== undefined && tasks <= tasksMax; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const threads = list(`/proc/${next}/task`);
    tasks += threads.length;
    bytes += Number(read(`/proc/${next}/statm`).split(" ")[1] ?? 0) * pageBytes;
    for (const thread of threads) {
      const children = read(`/proc/${next}/task/${thread}/children`).trim();
      if (children !== "") waiting.push(...children.split(" ").map(Number));
    }
  }
  return { tasks, bytes };
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // reason: it has ended.
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // reason: it has ended.
    return "";
  }
}
