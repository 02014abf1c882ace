/** Runs workers, hears their reports, and ends one that hangs or was ended by its memory: the seed that it was at is what broke. */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import type { BrokenReport, Report } from "./worker.ts";

/** More than the machine has makes each of them slower. */
export const workersMax = Math.min(2, availableParallelism());

/** A schedule takes some tens of milliseconds; one that is silent for this long does not end. */
const silentMsMax = 120_000;
/** A worker holds some 200 MB. The machine has other work. */
const heapMegabytesMax = 1_024;
/** Most of what a schedule makes is garbage at once: a large nursery lets it die there. One that is large from the beginning saves 6 %. */
const nurseryMegabytes = 64;

export interface WorkerEnd {
  /** It came to its end by itself. */
  readonly isWhole: boolean;
  /** The seed that it was at when it was ended. */
  readonly stuckAt: string | null;
  readonly errors: string;
}

/** Resolves when it has ended, in whatever way. */
export function runWorker(options: readonly string[], onReport: (report: Report) => void): Promise<WorkerEnd> {
  const child = spawn(
    process.execPath,
    [
      "--no-warnings",
      `--max-old-space-size=${heapMegabytesMax}`,
      `--min-semi-space-size=${nurseryMegabytes}`,
      `--max-semi-space-size=${nurseryMegabytes}`,
      `${import.meta.dirname}/worker.ts`,
      ...options,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let rest = "";
  let errors = "";
  let seed: string | null = null;
  let isDone = false;
  let isSilent = false;
  const giveUp = (): void => {
    isSilent = true;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(giveUp, silentMsMax);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, silentMsMax);
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const report = JSON.parse(line) as Report;
      if (report.kind === "begun") ({ seed } = report);
      else onReport(report);
      if (report.kind === "done") isDone = true;
    }
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  return new Promise((resolve) =>
    child.on("close", (code) => {
      clearTimeout(timer);
      const isWhole = code === 0 && isDone;
      const says = isSilent ? `silent for ${silentMsMax / 1_000} s\n${errors}` : errors;
      resolve({ isWhole, stuckAt: isWhole ? null : seed, errors: says });
    }),
  );
}

/** The first that broke, a hang among them. */
export async function runFirst(options: readonly string[]): Promise<{ found: BrokenReport | null; errors: string }> {
  const reports: BrokenReport[] = [];
  const { isWhole, stuckAt, errors } = await runWorker([...options, "--first"], (report) => {
    if (report.kind === "broken") reports.push(report);
  });
  if (!isWhole && stuckAt !== null && reports.length === 0) return { found: toBroken(stuckAt, errors), errors };
  return { found: reports[0] ?? null, errors: isWhole ? "" : errors };
}

/** A worker that did not come back. */
export function toBroken(seed: string, errors: string): BrokenReport {
  const what = errors.split("\n").find((line) => /rror|silent|heap/.test(line)) ?? "the process ended";
  return { kind: "broken", seed, rule: "I13", what, atMs: 0, faults: [], planned: 0, shrunk: [] };
}
