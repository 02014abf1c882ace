/** The command line: finds the command, reads its options, runs it, ends with its number. See README.md beside this file. */
import "../steadyCompiler.ts";
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { VaultError } from "#sync/errors.ts";
import { CryptoError } from "#crypto/errors.ts";
import { parseConfig } from "../config.ts";
import { HostError, toOwnerSentence } from "../errors.ts";
import type { Command } from "./command.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { sayText } from "./plainly.ts";
import { createTerminal } from "./terminal.ts";
import { wrapText } from "./wrapText.ts";

/** Loaded when asked for: what needs no vault needs none of the ciphers, and answers at once. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import("./commands/up.ts")).up,
  status: async () => (await import("./commands/status.ts")).status,
  pair: async () => (await import("./commands/pair.ts")).pair,
  join: async () => (await import("./commands/join.ts")).join,
  devices: async () => (await import("./commands/devices.ts")).devices,
  chats: async () => (await import("./commands/chats.ts")).chats,
  chat: async () => (await import("./commands/chat.ts")).chat,
  projects: async () => (await import("./commands/projects.ts")).projects,
  keys: async () => (await import("./commands/keys.ts")).keys,
  models: async () => (await import("./commands/models.ts")).models,
  bench: async () => (await import("./commands/bench.ts")).bench,
  tools: async () => (await import("./commands/tools.ts")).tools,
  folders: async () => (await import("./commands/folders.ts")).folders,
  plugins: async () => (await import("./commands/plugins.ts")).plugins,
  mcp: async () => (await import("./commands/mcp.ts")).mcp,
  tailnet: async () => (await import("./commands/tailnet.ts")).tailnet,
  export: async () => (await import("./commands/export.ts")).exportChats,
  invite: async () => (await import("./commands/invite.ts")).invite,
  backup: async () => (await import("./commands/backup.ts")).backup,
  restore: async () => (await import("./commands/restore.ts")).restore,
  logs: async () => (await import("./commands/logs.ts")).logs,
  audit: async () => (await import("./commands/audit.ts")).audit,
  egress: async () => (await import("./commands/egress.ts")).egress,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  install: async () => (await import("./commands/install.ts")).install,
  version: async () => (await import("./commands/version.ts")).version,
};
const COMMON: ParseArgsOptionsConfig = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } };

async function main(words: readonly string[]): Promise<ExitCode> {
  // node:sqlite and its like still call themselves experimental, which is ours to know and not the owner's to read.
  process.removeAllListeners("warning");
  // Each open doc listens for the end of the process.
  process.setMaxListeners(0);
  process.umask(0o077);
  const [name, ...rest] = words;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    const topic = await load(rest[0] ?? "");
    sayHelp(topic === null ? await overview() : helpOf(topic));
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const command = await load(name === "--version" ? "version" : name);
  if (command === null) {
    const near = nearest(name, Object.keys(COMMANDS));
    const meant = near === null ? "See: sovereign help" : `Did you mean: sovereign ${near}?`;
    throw new CliError(EXIT.usage, `There is no command "${name}". ${meant}`);
  }
  const { values, positionals } = parse(command, rest);
  if (values["help"] === true) {
    sayHelp(helpOf(command));
    return EXIT.ok;
  }
  const terminal = createTerminal({ isJson: values["json"] === true });
  try {
    const { home } = parseConfig(process.env);
    return await command.run({ words: positionals, options: values, terminal, home });
  } finally {
    terminal.close();
  }
}

function parse(command: Command, words: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { ...COMMON, ...command.options },
      allowPositionals: true,
    });
    if (positionals.length <= command.wordsMax)
      return { values: values as Record<string, string | boolean | undefined>, positionals };
    const tooMany = positionals[command.wordsMax] ?? "";
    throw new CliError(EXIT.usage, `"${tooMany}" is one word too many here.\n${seeHelp(command)}`);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError(EXIT.usage, `${whyNotParsed(command, words, cause)}\n${seeHelp(command)}`, { cause });
  }
}

const seeHelp = (command: Command): string => `${lineOf(command)}\nSee: sovereign ${command.name} --help`;

/** What Node says of it is for who wrote the program. */
function whyNotParsed(command: Command, words: readonly string[], cause: unknown): string {
  const options: ParseArgsOptionsConfig = { ...COMMON, ...command.options };
  const message = cause instanceof Error ? cause.message : "";
  const [, named = ""] = /'(?:-\w, )?--?([\w-]+)/.exec(message) ?? [];
  if (!Object.hasOwn(options, named)) {
    const near = nearest(named, Object.keys(options));
    const option = words.find((word) => word.replace(/^-+/, "").split("=")[0] === named) ?? `--${named}`;
    return `There is no ${option.split("=")[0] ?? option} here.${near === null ? "" : ` Did you mean --${near}?`}`;
  }
  return options[named]?.type === "string"
    ? `--${named} needs something behind it.`
    : `--${named} takes nothing behind it.`;
}

/** What was typed with a letter too many, too few or another one, or two changed over; `null`: none is near. */
function nearest(typed: string, names: readonly string[]): string | null {
  if (typed.length < 3) return null;
  const isNear = (name: string): boolean => {
    let from = 0;
    while (from < Math.min(typed.length, name.length) && typed[from] === name[from]) from += 1;
    const [a, b] = [typed.slice(from), name.slice(from)];
    const isTurned = a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
    return a === b || a.slice(1) === b || a === b.slice(1) || a.slice(1) === b.slice(1) || isTurned;
  };
  return names.find(isNear) ?? names.find((name) => name.startsWith(typed)) ?? null;
}

function sayHelp(text: string): void {
  console.log(wrapText(text, process.stdout.columns));
}

function lineOf({ name, usage }: Command): string {
  return `Usage: sovereign ${name}${usage === "" ? "" : ` ${usage}`}`;
}

function helpOf(command: Command): string {
  const also = command.name === "up" ? "" : "\n  --json   data as JSON, one value a line";
  return [lineOf(command), "", capital(command.summary) + ".", command.help, also]
    .filter((part) => part !== "")
    .join("\n");
}

async function load(name: string): Promise<Command | null> {
  return Object.hasOwn(COMMANDS, name) ? ((await COMMANDS[name]?.()) ?? null) : null;
}

async function overview(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((open) => open()));
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "sovereign: your assistant, from a terminal",
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`),
    "",
    "Each takes --help, and those that print data take --json.",
    "Exit codes: 0 done · 1 failed · 2 usage · 3 no vault here · 4 no host · 5 no answer · 6 declined · 130 Ctrl-C",
  ].join("\n");
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  if (!(error instanceof VaultError)) return EXIT.failed;
  if (error.code === "no-host") return EXIT.noHost;
  return error.code === "not-a-pairing-link" || error.code === "too-long" ? EXIT.usage : EXIT.failed;
}

function sentenceOf(error: unknown): string {
  if (error instanceof CliError) return error.message;
  // The vault's own sentence is for a page.
  if (error instanceof VaultError && error.code === "storage") return storageSentence;
  if (error instanceof VaultError || error instanceof CryptoError || error instanceof HostError)
    return error.ownerSentence;
  return toOwnerSentence(error);
}

const storageSentence =
  "This terminal's disk did not take what it was given, as when it is full. Free some room where SOVEREIGN_HOME is, then run this again. What was stored before is as it was.";

main(process.argv.slice(2))
  .catch((error: unknown) => {
    console.error(wrapText(sayText(sentenceOf(error)), process.stderr.columns));
    return exitCodeOf(error);
  })
  .then((exitCode) => {
    // What was written may still be on its way through a pipe; timers of a library must not hold the command up.
    process.stdout.write("", () => process.exit(exitCode));
  });
