/** What a question of the benchmarks is, and what it is given to answer with. `run.ts` finds questions by name; README.md says how to add one. */
import type { Row } from "./collect.ts";

export interface Question {
  /** One line: what is asked. */
  readonly asks: string;
  /** Measures, and notes what it measured. Rounds, order and warm-up are its own; peers that are not installed are left out. */
  run(bench: Bench): Promise<void>;
  /** Drawn from the result's rows alone, so that a plot can be drawn again without measuring again. Each is an SVG in `results/`, named after the question and its name here. */
  readonly plots?: (rows: readonly Row[]) => Readonly<Record<string, Plot>>;
}

export interface Bench {
  /** A smoke test: does it work? Few tokens, one round; its figures are written nowhere. */
  readonly isQuick: boolean;
  /** A folder of this question's own; gone afterwards. */
  readonly folder: string;
  /** `--only a,b`: subjects whose name holds one of these. */
  wants(subject: string): boolean;
  /** Whether all of these packages are in `peers/`. Says so once, in one line, when they are not. */
  hasPeers(...packages: readonly string[]): boolean;
  /** A line for whoever waits. */
  say(line: string): void;
  /** One measured value of one round. Values noted under one subject, metric and unit are its runs: the median counts. */
  note(subject: string, metric: string, value: number, unit: string): void;
  /** What physics allows here, shown beside the rows. */
  floor(name: string, value: number, unit: string): void;
  /** `ours` against `theirs` in one metric, round by round, the median of the rounds' ratios; with what PERFORMANCE.md asks for. */
  compare(ratio: Comparison): void;
}

export interface Comparison {
  readonly metric: string;
  readonly ours: string;
  readonly theirs: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly isLogarithmicY?: boolean;
  readonly isLogarithmicX?: boolean;
  readonly lines: readonly { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
}
