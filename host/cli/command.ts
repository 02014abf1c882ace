/** What a command is: its line of help, its options, and what it does. */
import type { ParseArgsOptionsConfig } from "node:util";
import type { ExitCode } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

export interface Call {
  /** Without options and without the command's own name. */
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly terminal: Terminal;
  /** The host's home, of which a terminal's folder is a part. */
  readonly home: string;
}

export interface Command {
  readonly name: string;
  /** After the name: `LINK [--name NAME]`. */
  readonly usage: string;
  /** One line in the list of commands. */
  readonly summary: string;
  /** What `--help` says below. */
  readonly help: string;
  readonly options?: ParseArgsOptionsConfig;
  readonly wordsMax: number;
  run(call: Call): Promise<ExitCode>;
}

export function textOption(call: Call, name: string): string | null {
  const value = call.options[name];
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}
