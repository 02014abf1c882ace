/** `sovereign tools key|keys|forget|login|logout`: what tool servers want to know their owner by. A key is typed or piped in, never an argument, which other programs of the machine could read; and none is ever shown again. */
import { systemClock } from "#sync/systemClock.ts";
import { systemRandom } from "#crypto/random.ts";
import { listKeys, readKeys, removeKeys, writeKeys } from "../mcp/keys/keyStore.ts";
import { McpError } from "../mcp/errors.ts";
import { keyCharsMax, keyVariablesMax } from "../mcp/limits.ts";
import { readServers, type ServerSettings } from "../mcp/settings.ts";
import { textOption, type Call } from "./command.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { sayPlainly } from "./plainly.ts";

export const toolsKeysUsage =
  "key NAME [--header HEADER | --env VARIABLE] | keys | forget NAME | login NAME [--client ID [--secret]] [--scope SCOPE] [--provider URL] [--port N] | logout NAME";
export const toolsKeysHelp = `A server that wants to know who asks gave you a key, or lets you log in. The host keeps what it needs for that, sealed, and hands it to that
server alone: no model is shown it, no log and no ledger has it.

  sovereign tools key wiki                     the key is asked for, and sent as "Authorization: Bearer …"
  sovereign tools key wiki --header X-Api-Key  the same by another header
  sovereign tools key notes --env NOTES_KEY    for a program: in its environment, under this name
  sovereign tools login wiki                   prints an address to open; the login comes back to this machine
  sovereign tools logout wiki                  takes it back there, and forgets it here
  sovereign tools keys                         for whom something is kept
  sovereign tools forget wiki                  forgets it here

A server that says nothing to strangers is added with its key (tools add … --key) or with a login (tools add … --login).`;
export const toolsKeysOptions = {
  header: { type: "string" },
  env: { type: "string" },
  client: { type: "string" },
  secret: { type: "boolean" },
  scope: { type: "string" },
  provider: { type: "string" },
  port: { type: "string" },
} as const;

/** `null`: it is another of the command's verbs. */
export async function runToolsKeys(call: Call): Promise<ExitCode | null> {
  const [verb, name, ...rest] = call.words;
  if (verb === "keys" && name === undefined) return list(call);
  if (verb !== "key" && verb !== "forget" && verb !== "login" && verb !== "logout") return null;
  if (name === undefined || rest.length > 0) throw new CliError(EXIT.usage, `Try: sovereign tools ${toolsKeysUsage}`);
  try {
    if (verb === "forget") return forget(call, name);
    if (verb === "logout") return await logout(call, name);
    const settings = findServer(call, name);
    if (verb === "key") await giveKey(call, settings);
    else await login(call, settings);
    return EXIT.ok;
  } catch (error) {
    throw error instanceof McpError ? new CliError(EXIT.failed, error.ownerSentence, { cause: error }) : error;
  }
}

export function findServer({ home }: Call, name: string): ServerSettings {
  const found = readServers(home).find((server) => server.name === name);
  if (found === undefined)
    throw new CliError(EXIT.usage, `There is no tool server "${name}". See: sovereign tools list`);
  return found;
}

/** Asks for what this server is to be given, and keeps it. */
export async function giveKey(call: Call, settings: ServerSettings): Promise<void> {
  const { home, terminal } = call;
  const [header, env] = [textOption(call, "header"), textOption(call, "env")];
  if (settings.kind === "address") {
    if (env !== null)
      throw new CliError(EXIT.usage, "An address has no environment. Leave --env out, or take --header.");
    if (header !== null && !/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(header))
      throw new CliError(
        EXIT.usage,
        `"${sayPlainly(header.slice(0, 80))}" is no header's name. It looks like X-Api-Key`,
      );
    const value = await askKey(call, `The key for ${settings.name}:`);
    writeKeys(home, settings.name, { kind: "header", url: settings.url, header: header ?? "Authorization", value });
  } else {
    if (env === null || header !== null)
      throw new CliError(
        EXIT.usage,
        `${settings.name} is a program: say under which name it looks for its key. sovereign tools key ${settings.name} --env VARIABLE`,
      );
    if (!/^[A-Za-z_]\w{0,127}$/.test(env))
      throw new CliError(
        EXIT.usage,
        `"${sayPlainly(env.slice(0, 80))}" is no name of a setting. It looks like NOTES_KEY`,
      );
    const known = readKeys(home, settings.name);
    const before = known?.kind === "environment" && known.command === settings.command ? known.variables : {};
    const variables = { ...before, [env]: await askKey(call, `What ${settings.name} finds as ${env}:`) };
    if (Object.keys(variables).length > keyVariablesMax)
      throw new CliError(EXIT.usage, `${settings.name} has ${keyVariablesMax} such settings already.`);
    writeKeys(home, settings.name, { kind: "environment", command: settings.command, variables });
  }
  terminal.note(`It is kept for ${settings.name} alone, and is not shown again.`);
}

async function askKey({ terminal }: Call, question: string): Promise<string> {
  const typed = (await terminal.ask(question))?.trim() ?? "";
  if (typed === "") throw new CliError(EXIT.usage, "No key was given. Nothing was changed.");
  // What a header cannot hold (a line break, a letter outside of ASCII) is no key.
  if (typed.length > keyCharsMax || !/^[\x20-\x7e]+$/.test(typed))
    throw new CliError(
      EXIT.usage,
      "That is no key: it is too long, or holds signs that no key has. Nothing was changed.",
    );
  return typed;
}

export async function login(call: Call, settings: ServerSettings): Promise<void> {
  const { home, terminal } = call;
  const port = Number(textOption(call, "port") ?? "0");
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new CliError(EXIT.usage, "A port is a number from 1 to 65535.");
  if (settings.kind !== "address")
    throw new CliError(
      EXIT.usage,
      `${settings.name} is a program on this machine, where nobody logs in. If it wants a key: sovereign tools key ${settings.name} --env VARIABLE`,
    );
  const { logIn } = await import("../mcp/keys/login.ts");
  const clientSecret =
    call.options["secret"] === true ? await askKey(call, "The secret that came with the client id:") : null;
  const over = new AbortController();
  await logIn({
    ...{ home, name: settings.name, url: settings.url, clock: systemClock, random: systemRandom, port },
    clientId: textOption(call, "client"),
    clientSecret,
    scope: textOption(call, "scope"),
    provider: textOption(call, "provider"),
    onAddress: (address, take) => {
      terminal.note(`Open this address in a browser and log in there, within five minutes:\n`);
      terminal.line(sayPlainly(address));
      terminal.note(
        `\nIf that browser is on another machine, it ends at an address that begins with http://127.0.0.1 and cannot be opened. Paste that address here:`,
      );
      void readPasted(call, take, over.signal);
    },
  }).finally(() => over.abort());
  terminal.note(`You are logged in at ${settings.name}. The host renews it by itself, until you log out.`);
}

/** Until one fits. Nobody waits for it: a browser on this machine is quicker. */
async function readPasted({ terminal }: Call, take: (pasted: string) => boolean, signal: AbortSignal): Promise<void> {
  for (;;) {
    const pasted = await terminal.ask("", signal).catch(() => null);
    if (pasted === null || take(pasted)) return;
    terminal.note("That is not the address at which this login ends. Copy all of it, from http:// on.");
  }
}

async function logout({ home, terminal }: Call, name: string): Promise<ExitCode> {
  const { logOut } = await import("../mcp/keys/login.ts");
  const done = await logOut({ home, name, clock: systemClock });
  if (done === null)
    throw new CliError(EXIT.usage, `You are not logged in at "${sayPlainly(name)}". See: sovereign tools keys`);
  terminal.line(
    done.isTold
      ? `You are logged out of ${name}: it was taken back there and forgotten here.`
      : `The login at ${name} is forgotten here. It could not be taken back there, so end it in your account at ${name}, too.`,
  );
  return EXIT.ok;
}

function forget({ home, terminal }: Call, name: string): ExitCode {
  if (!listKeys(home).includes(name))
    throw new CliError(EXIT.usage, `Nothing is kept for "${sayPlainly(name)}". See: sovereign tools keys`);
  removeKeys(home, name);
  terminal.line(`What was kept for ${name} is forgotten here. If it was a login: it may still be good there.`);
  return EXIT.ok;
}

const KINDS = { header: "a key", environment: "in its environment", login: "a login" } as const;

/** Names alone, also for --json: what is kept is shown to nobody. */
function list({ home, terminal }: Call): ExitCode {
  const names = listKeys(home);
  if (names.length === 0) terminal.note("Nothing is kept for any tool server.");
  for (const name of names) {
    const keys = readKeys(home, name);
    const kind = keys === null ? "cannot be opened: give it again" : sayKind(keys);
    if (terminal.isJson) terminal.json({ name, kind: keys?.kind ?? null });
    else terminal.line(`${name}  ${terminal.dim(kind)}`);
  }
  return EXIT.ok;
}

function sayKind(keys: NonNullable<ReturnType<typeof readKeys>>): string {
  if (keys.kind === "environment") return `${KINDS.environment}: ${Object.keys(keys.variables).join(", ")}`;
  if (keys.kind === "login" && keys.access === null) return "a login that is over: log in again";
  return KINDS[keys.kind];
}
