/**
 * What a command says and hears. Data goes to standard output, everything else to standard error, so that a pipe carries
 * data only. Progress is for a terminal alone, and so are colours, never with NO_COLOR. A terminal obeys what it is shown, so nothing
 * reaches one before `sayText`: whatever a model, a tool's server or another device wrote, only our own colours are colours. Data in a pipe is as it is.
 */
import { randomInt } from "node:crypto";
import { createInterface, type Interface } from "node:readline";
import { CliError, EXIT } from "./exit.ts";
import { wrapSentences, wrapText } from "./wrapText.ts";
import { sayJson, sayText } from "./plainly.ts";

export interface Terminal {
  /** `--json`: data as JSON, one value a line. */
  readonly isJson: boolean;
  /** Standard input is a pipe or a file. */
  readonly isPiped: boolean;
  /** Goes on where it was: text that still grows is given whole letter by whole letter (`shownLength`). */
  write(text: string): void;
  /** Sentences, cut between words where the terminal ends. */
  prose(text: string): void;
  line(text?: string): void;
  json(value: unknown): void;
  /** Something a person should know that is no data. */
  note(sentence: string): void;
  /** What is going on, on one line that is written over; `null` takes it away. */
  progress(text: string | null): void;
  bold(text: string): string;
  dim(text: string): string;
  /** The next line that is typed, or piped in; `null` when there are no more, or when `signal` ended the question: then the line is for the next one. */
  ask(question: string, signal?: AbortSignal): Promise<string | null>;
  readAll(bytesMax: number): Promise<string>;
  close(): void;
}

/** "1 file", "7 files". */
export function countOf(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

export interface TerminalOptions {
  readonly isJson: boolean;
  /** For tests. */
  readonly streams?: Pick<NodeJS.Process, "stdin" | "stdout" | "stderr" | "env">;
}

export function createTerminal({ isJson, streams = process }: TerminalOptions): Terminal {
  const { stdin, stdout, stderr, env } = streams;
  const hasColour = stdout.isTTY && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  // What begins a colour of ours until it is written: nobody who does not know it can write it.
  const mark = String.fromCodePoint(...[1, 2, 3].map(() => randomInt(0xf0000, 0xffffe)));
  const style = (code: string) => (text: string) => (hasColour ? `${mark}${code}${text}${mark}0` : text);
  const shown = (text: string): string => {
    const [first = "", ...rest] = text.split(mark);
    return sayText(first) + rest.map((each) => `\u001b[${each.slice(0, 1)}m${sayText(each.slice(1))}`).join("");
  };
  let reader: Interface | null = null;
  let lines: AsyncIterator<string> | null = null;
  let nextLine: Promise<IteratorResult<string>> | null = null;
  let hasProgress = false;

  // Who reads our output may have had enough, as `head` has: that is no failure of ours.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.ok);
  });

  function clearProgress(): void {
    if (hasProgress) stderr.write("\r\u001b[K");
    hasProgress = false;
  }

  const terminal: Terminal = {
    isJson,
    isPiped: !stdin.isTTY,
    write: (text) => {
      clearProgress();
      stdout.write(stdout.isTTY ? shown(text) : text);
    },
    line: (text = "") => terminal.write(`${text}\n`),
    prose: (text) => terminal.line(stdout.isTTY ? wrapText(text, stdout.columns) : text),
    json: (value) => terminal.line(sayJson(value)),
    note: (sentence) => {
      clearProgress();
      stderr.write(`${wrapSentences(shown(sentence), stderr.isTTY ? stderr.columns : undefined)}\n`);
    },
    progress: (text) => {
      clearProgress();
      if (text === null || !stderr.isTTY) return;
      // What is longer than its line could not be taken away again.
      stderr.write(shown(text.replaceAll("\n", " ")));
      hasProgress = true;
    },
    bold: style("1"),
    dim: style("2"),
    ask: async (question, signal) => {
      clearProgress();
      if (stdin.isTTY) stderr.write(`${shown(question)} `);
      reader ??= createInterface({ input: stdin });
      lines ??= reader[Symbol.asyncIterator]();
      nextLine ??= lines.next();
      const next = await Promise.race([nextLine, whenAborted(signal)]);
      if (next === null) return null;
      nextLine = null;
      return next.done === true ? null : next.value;
    },
    readAll: async (bytesMax) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of stdin as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > bytesMax)
          throw new CliError(
            EXIT.usage,
            `What is piped in is longer than one question may be (${bytesMax} bytes). Send less of it.`,
          );
        chunks.push(chunk);
      }
      return Buffer.concat(chunks).toString("utf8");
    },
    close: () => {
      clearProgress();
      reader?.close();
    },
  };
  return terminal;
}

function whenAborted(signal: AbortSignal | undefined): Promise<null> {
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(null), { once: true }));
}

/** Columns of equal width; the last one is as wide as it is. */
export function toTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** How long ago, as a person says it. */
export function toAgo(thenMs: number | null, nowMs: number): string {
  if (thenMs === null) return "never";
  const seconds = Math.max(0, Math.round((nowMs - thenMs) / 1_000));
  if (seconds < 60) return "now";
  for (const [size, name] of [
    [86_400, "day"],
    [3_600, "hour"],
    [60, "minute"],
  ] as const) {
    const count = Math.floor(seconds / size);
    if (count > 0) return `${count} ${name}${count === 1 ? "" : "s"} ago`;
  }
  return "now";
}

/** A size as a person reads it. */
export function toBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit] ?? ""}`;
}
