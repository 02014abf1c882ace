/** What the host's processes take, over time: file handles and memory, read from the system. */
import { readdirSync, readFileSync } from "node:fs";

interface Sample {
  readonly atMinutes: number;
  readonly handles: number;
  readonly heapKb: number;
}

export interface SoakHealth {
  look(pids: Readonly<Record<string, number | undefined>>): void;
  /** For each process's longest life: how its memory grew, and its most handles. */
  report(): Readonly<Record<string, { minutes: number; kbAMinute: number; handlesFirst: number; handlesMost: number }>>;
}

/** Starting up is no growth. */
const warmUpMinutes = 0.25;

export function createSoakHealth(): SoakHealth {
  const startedMs = performance.now();
  const lives = new Map<string, Sample[]>();
  return {
    look: (pids) => {
      for (const [name, pid] of Object.entries(pids)) {
        const sample = pid === undefined ? null : readSample(pid, (performance.now() - startedMs) / 60_000);
        if (sample === null) continue;
        const life = `${name}#${pid}`;
        lives.set(life, [...(lives.get(life) ?? []), sample]);
      }
    },
    report: () => {
      const longest = new Map<string, Sample[]>();
      for (const [life, samples] of lives) {
        const [name = ""] = life.split("#");
        const begun = samples[0]?.atMinutes ?? 0;
        const warm = samples.filter(({ atMinutes }) => atMinutes - begun >= warmUpMinutes);
        if (warm.length > (longest.get(name)?.length ?? 1)) longest.set(name, warm);
      }
      return Object.fromEntries(
        [...longest].map(([name, samples]) => [
          name,
          {
            minutes: Number(((samples.at(-1)?.atMinutes ?? 0) - (samples[0]?.atMinutes ?? 0)).toFixed(1)),
            kbAMinute: Math.round(slopeOf(samples)),
            handlesFirst: samples[0]?.handles ?? 0,
            handlesMost: Math.max(...samples.map(({ handles }) => handles)),
          },
        ]),
      );
    },
  };
}

/** Least squares. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(samples.map(({ atMinutes }) => atMinutes)), mean(samples.map(({ heapKb }) => heapKb))];
  const spread = samples.reduce((sum, { atMinutes }) => sum + (atMinutes - x) ** 2, 0);
  return spread === 0 ? 0 : samples.reduce((sum, each) => sum + (each.atMinutes - x) * (each.heapKb - y), 0) / spread;
}

function readSample(pid: number, atMinutes: number): Sample | null {
  try {
    const heap = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return { atMinutes, handles: readdirSync(`/proc/${pid}/fd`).length, heapKb: Number(heap ?? 0) };
  } catch {
    // reason: a process that has just been killed, or a system without /proc.
    return null;
  }
}
