/** `sovereign tools add|remove|approve|test`: which servers bring tools, and what of them was approved, word for word. */
import { resolve } from "node:path";
import { systemClock } from "#sync/systemClock.ts";
import type { Connection } from "../mcp/connection.ts";
import { approve, compareTools, toOfferedName, type ApprovedTool, type ServedTool } from "../mcp/definitions.ts";
import { McpError } from "../mcp/errors.ts";
import { removeKeys } from "../mcp/keys/keyStore.ts";
import { openServer } from "../mcp/openServer.ts";
import { planSandbox, realPath } from "../mcp/sandbox.ts";
import { parseServerUrl } from "../mcp/serverAddress.ts";
import { changeServers, parseServerName, readServers, type ServerSettings } from "../mcp/settings.ts";
import type { Call } from "./command.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { sayPlainly } from "./plainly.ts";
import { findServer, giveKey, login } from "./toolsKeys.ts";

export const toolsAddUsage =
  "add NAME [--read FOLDER,…] [--write FOLDER,…] [--login | --key [--header HEADER] | --env VARIABLE] (https://… | -- COMMAND [WORD…]) | approve NAME | test NAME | remove NAME";
export const toolsAddHelp = `A tool server is a program that brings tools for models (the Model Context Protocol), or an address where one answers. It is added
after you have read what its tools say of themselves, and a tool that says anything else later is not used until you approve it again.

A program runs apart from everything: no network, an empty environment, none of your files but the folders you name. Folders after
--read it may read, folders after --write it may also change. It needs bubblewrap (on Debian: sudo apt install bubblewrap). As it has no
network, it has to be installed already: npx and uvx cannot fetch it.

  sovereign tools add notes --read ~/notes -- mcp-server-filesystem ~/notes
  sovereign tools add wiki https://wiki.example.org/mcp

A setting that a program wants in its environment, and that is no secret, is given by the program "env": -- env NAME=VALUE COMMAND.`;
export const toolsAddOptions = {
  read: { type: "string" },
  write: { type: "string" },
  yes: { type: "boolean" },
  key: { type: "boolean" },
  login: { type: "boolean" },
} as const;

/** `null`: it is another of the command's verbs. */
export async function runToolsAdd(call: Call): Promise<ExitCode | null> {
  const [verb, name, ...rest] = call.words;
  if (verb !== "add" && verb !== "remove" && verb !== "approve" && verb !== "test") return null;
  if (name === undefined || (verb !== "add" && rest.length > 0))
    throw new CliError(EXIT.usage, `Try: sovereign tools ${toolsAddUsage}`);
  try {
    if (verb === "add") return await add(call, parseServerName(name), rest);
    if (verb === "remove") return remove(call, name);
    return verb === "approve" ? await approveAgain(call, name) : await test(call, name);
  } catch (error) {
    if (error instanceof McpError)
      throw new CliError(error.code === "settings" ? EXIT.usage : EXIT.failed, error.ownerSentence, { cause: error });
    throw error;
  }
}

async function add(call: Call, name: string, rest: readonly string[]): Promise<ExitCode> {
  const { home, terminal } = call;
  if (readServers(home).some((server) => server.name === name))
    throw new CliError(
      EXIT.usage,
      `There is a tool server "${name}" already. Remove it first (sovereign tools remove ${name}), or take another name.`,
    );
  const settings = readWanted(call, name, rest);
  for (const line of describeReach(settings)) terminal.note(line);
  const hasKey = call.options["key"] === true || typeof call.options["env"] === "string";
  let isAdded = false;
  try {
    if (call.options["login"] === true) await login(call, settings);
    else if (hasKey) await giveKey(call, settings);
    const code = await decide(call, settings, "add");
    isAdded = code === EXIT.ok;
    return code;
  } catch (error) {
    throw error instanceof McpError && error.code === "key" ? notAddedError(settings, error) : error;
  } finally {
    // Nothing is kept for a server that is not there.
    if (!isAdded) removeKeys(home, name);
  }
}

function notAddedError(settings: ServerSettings, cause: McpError): McpError {
  if (settings.kind !== "address" || cause.message.includes("Nothing was changed")) return cause;
  const again = `sovereign tools add ${settings.name} ${settings.url}`;
  return new McpError(
    "key",
    `${settings.name} does not answer whom it does not know, so it was not added. Add it with a login: ${again} --login (or, with a key that it gave you: ${again} --key)`,
    { cause },
  );
}

function readWanted(call: Call, name: string, [first, ...rest]: readonly string[]): ServerSettings {
  if (first === undefined) throw new CliError(EXIT.usage, `Try: sovereign tools ${toolsAddUsage}`);
  const none = { name, hasResources: false, approved: [] };
  const [reads, writes] = [foldersOf(call, "read"), foldersOf(call, "write")];
  if (/^https?:\/\//i.test(first)) {
    if (rest.length > 0 || reads.length + writes.length > 0)
      throw new CliError(
        EXIT.usage,
        "An address takes no folders and no words: a server elsewhere sees none of your files.",
      );
    return { kind: "address", ...none, url: parseServerUrl(first).href };
  }
  const { program } = planSandbox({ command: first, args: rest, reads, writes });
  return { kind: "program", ...none, command: program, args: rest, reads, writes };
}

function foldersOf({ options }: Call, key: string): readonly string[] {
  const given = options[key];
  return typeof given === "string"
    ? given
        .split(",")
        .filter((each) => each !== "")
        .map((each) => realPath(resolve(each)))
    : [];
}

/** What it will see and reach, in whole: said before anything of it is started. */
function describeReach(settings: ServerSettings): readonly string[] {
  if (settings.kind === "address")
    return [
      `${settings.name} answers at ${new URL(settings.url).host}. What models give its tools leaves this machine, so every call of one is asked about unless a project allows it.`,
    ];
  const plan = planSandbox(settings);
  const list = (paths: readonly string[]): string =>
    paths.length === 0 ? "nothing" : paths.map(sayPlainly).join(", ");
  return [
    `${settings.name} runs: ${sayPlainly([plan.program, ...plan.args].join(" "))}`,
    `  it may read    ${list(plan.reads)} (and the system's programs in /usr)`,
    `  it may change  ${list(plan.writes)}`,
    "  it has no network, an empty environment, and sees no other program and none of your other files",
  ];
}

/** Starts it, shows what its tools say of themselves, asks, and keeps exactly that. */
export async function decide(
  call: Call,
  settings: ServerSettings,
  verb: "add" | "approve",
  check: (tools: readonly ServedTool[]) => void = () => {},
): Promise<ExitCode> {
  const { terminal, home, options } = call;
  const { tools, refused, hasResources } = await look(call, settings);
  check(tools);
  const states = compareTools(settings.approved, tools);
  const shown = tools.filter((tool) => states.get(tool.name) !== "approved");
  for (const tool of shown) {
    const before = settings.approved.find((each) => each.name === tool.name);
    terminal.note(
      `\n${terminal.bold(toOfferedName(settings.name, tool.name))}${before === undefined ? "" : "  CHANGED"}`,
    );
    if (before !== undefined) terminal.note(`it said:\n${describeTool(before)}\nit says now:`);
    terminal.note(describeTool(tool));
  }
  for (const why of refused) terminal.note(`Left out: ${sayPlainly(why)}`);
  const gone = settings.approved.filter((tool) => states.get(tool.name) === "gone").map((tool) => tool.name);
  if (gone.length > 0) terminal.note(`Gone: ${gone.map(sayPlainly).join(", ")}`);
  if (verb === "approve" && shown.length + gone.length === 0) {
    terminal.note(`All tools of ${settings.name} are as you approved them. Nothing was changed.`);
    return EXIT.ok;
  }
  const question = `\nUse ${count(tools.length)} of ${settings.name} as they stand here? Type yes:`;
  const answer = options["yes"] === true ? "yes" : await terminal.ask(question);
  if (answer?.trim().toLowerCase() !== "yes") {
    terminal.note("Nothing was changed.");
    return EXIT.declined;
  }
  const next = { ...settings, hasResources, approved: tools.map(approve) };
  changeServers(home, (servers) => [...servers.filter((each) => each.name !== settings.name), next]);
  if (terminal.isJson)
    terminal.json({ name: next.name, tools: tools.map((tool) => toOfferedName(next.name, tool.name)) });
  else
    terminal.line(
      `${count(tools.length)} of ${settings.name} can be used. Which may act without asking is for each project to say.`,
    );
  return EXIT.ok;
}

async function approveAgain(call: Call, name: string): Promise<ExitCode> {
  return decide(call, findServer(call, name), "approve");
}

async function test(call: Call, name: string): Promise<ExitCode> {
  const { terminal } = call;
  const settings = findServer(call, name);
  const { tools, refused, hasResources } = await look(call, settings);
  const states = compareTools(settings.approved, tools);
  if (terminal.isJson) terminal.json({ name, tools: Object.fromEntries(states), refused, hasResources });
  else {
    terminal.line(`${name} answers. ${count(tools.length)}${hasResources ? ", and resources to read" : ""}.`);
    for (const [tool, state] of states)
      terminal.line(`  ${SAYS[state].padEnd(12)} ${sayPlainly(toOfferedName(name, tool))}`);
    for (const why of refused) terminal.line(`  left out     ${sayPlainly(why)}`);
  }
  const isSame = [...states.values()].every((state) => state === "approved");
  if (!isSame) terminal.note(`Look at what is new or changed, and approve it: sovereign tools approve ${name}`);
  return isSame ? EXIT.ok : EXIT.failed;
}

const SAYS = { approved: "approved", new: "new", changed: "CHANGED", gone: "gone" } as const;

function remove({ home, terminal }: Call, name: string): ExitCode {
  if (!readServers(home).some((server) => server.name === name))
    throw new CliError(EXIT.usage, `There is no tool server "${name}". See: sovereign tools list`);
  changeServers(home, (servers) => servers.filter((server) => server.name !== name));
  const hadKeys = removeKeys(home, name);
  terminal.line(`${name} is removed. None of its tools is offered any more.`);
  if (hadKeys)
    terminal.note("What was kept to be known there is forgotten here. If it was a login: it may still be good there.");
  return EXIT.ok;
}

async function look({ terminal, home }: Call, settings: ServerSettings) {
  let connection: Connection | null = null;
  try {
    const onLastWords = (words: string): void => terminal.note(sayPlainly(words.trim()));
    connection = await openServer({
      ...{ settings, home },
      clock: systemClock,
      onToolsChanged: () => {},
      onClosed: () => {},
      onLastWords,
    });
    return { ...(await connection.tools()), hasResources: connection.hasResources };
  } finally {
    await connection?.close();
  }
}

function describeTool({ definition }: ServedTool | ApprovedTool): string {
  const { name: _name, description, inputSchema, ...other } = definition;
  const said = typeof description === "string" ? sayPlainly(description) : "(It does not say what it does.)";
  const rest = Object.keys(other).length === 0 ? "" : `\nalso: ${sayPlainly(JSON.stringify(other))}`;
  return `${said}\ntakes: ${sayPlainly(JSON.stringify(inputSchema))}${rest}`;
}

const count = (tools: number): string => `${tools} tool${tools === 1 ? "" : "s"}`;
