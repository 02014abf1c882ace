/** Gathers what a question notes: medians of its rounds, and ratios made round by round. */
import type { Comparison } from "./question.ts";

export interface Row {
  readonly subject: string;
  readonly metric: string;
  /** The median of the runs. */
  readonly value: number;
  readonly unit: string;
  readonly runs: readonly number[];
}

export interface Ratio {
  readonly value: number;
  readonly runs: readonly number[];
  /** "≤ 1.2": what PERFORMANCE.md asks for. */
  readonly goal?: string;
  readonly isMet?: boolean;
}

export interface Collected {
  note(subject: string, metric: string, value: number, unit: string): void;
  compare(ratio: Comparison): void;
  rows(): readonly Row[];
  ratios(): Readonly<Record<string, Ratio>>;
}

export function createCollection(): Collected {
  const noted = new Map<string, { subject: string; metric: string; unit: string; runs: number[] }>();
  const comparisons: Comparison[] = [];
  const runsOf = (subject: string, metric: string): readonly number[] =>
    [...noted.values()].find((row) => row.subject === subject && row.metric === metric)?.runs ?? [];

  return {
    note: (subject, metric, value, unit) => {
      const key = JSON.stringify([subject, metric, unit]);
      const row = noted.get(key) ?? { subject, metric, unit, runs: [] };
      row.runs.push(value);
      noted.set(key, row);
    },
    compare: (comparison) => void comparisons.push(comparison),
    rows: () => [...noted.values()].map((row) => ({ ...row, value: median(row.runs) })),
    ratios: () => {
      const found: Record<string, Ratio> = {};
      for (const { metric, ours, theirs, atMost, atLeast } of comparisons) {
        const [own, other] = [runsOf(ours, metric), runsOf(theirs, metric)];
        if (own.length === 0 || other.length === 0) continue;
        const runs = own.length === other.length ? own.map((value, at) => value / (other[at] ?? value)) : [];
        const value = runs.length > 0 ? median(runs) : median(own) / median(other);
        const goal = atMost === undefined ? (atLeast === undefined ? null : `≥ ${atLeast}`) : `≤ ${atMost}`;
        const isMet = value <= (atMost ?? Infinity) && value >= (atLeast ?? 0);
        found[`${metric}: ${ours} / ${theirs}`] = { value, runs, ...(goal === null ? {} : { goal, isMet }) };
      }
      return found;
    },
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** `share` of them are at most this. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
