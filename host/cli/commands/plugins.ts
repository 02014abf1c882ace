import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import { bytesToHex, hexToBytes } from "#crypto/bytes.ts";
import { signingKeyFromSeed } from "#crypto/device.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { readFileIfThere, writeFileWhole } from "../../home.ts";
import type { ServedTool } from "../../mcp/definitions.ts";
import { McpError } from "../../mcp/errors.ts";
import { realPath } from "../../mcp/sandbox.ts";
import { changeServers, readServers, type ProgramServer } from "../../mcp/settings.ts";
import {
  forgetSeen,
  keepFiles,
  noteSeen,
  readToInstall,
  removeFiles,
  removeVersion,
  toServer,
} from "../../plugins/installed.ts";
import { settingCharsMax, settingsBytesMax } from "../../plugins/limits.ts";
import { signPlugin, type Manifest } from "../../plugins/manifest.ts";
import { distrust, readTrusted, trust } from "../../plugins/trust.ts";
import { textOption, type Call, type Command } from "../command.ts";
import { CliError, EXIT, type ExitCode } from "../exit.ts";
import { sayPlainly } from "../plainly.ts";
import { decide } from "../toolsAdd.ts";

export const plugins: Command = {
  name: "plugins",
  usage:
    "[list] | trust NAME KEY | distrust NAME | install FOLDER [--read FOLDER,…] [--write FOLDER,…] [--set NAME[=VALUE],…] | remove NAME | forget NAME | sign FOLDER KEYFILE",
  summary: "installs tools that somebody you trust has signed",
  help: `A plugin is a folder with tools for models, signed by its publisher. Nothing is used before you trust a publisher by their key, which you should have
from them and not from the folder. Before it is installed you read what it may do, and what its tools say of themselves; it runs apart from
everything, without a network, and sees none of your files but the folders that it asks for and you name.

  sovereign plugins trust Ann 3b6a27bc…
  sovereign plugins install ~/Downloads/weather --set unit=celsius
  sovereign plugins install ~/Downloads/weather --set token     (asked for, so that no other program of this machine reads it)

A changed file, a version older than one that was here, or a publisher whom you trust no more: then it is not run. A newer version is
installed the same way, and shows what is new. sign is for who makes plugins.`,
  options: {
    read: { type: "string" },
    write: { type: "string" },
    set: { type: "string" },
    yes: { type: "boolean" },
  },
  wordsMax: 3,
  run: async (call) => {
    await sodiumReady;
    const [verb = "list", first, second] = call.words;
    try {
      if (verb === "list" && first === undefined) return list(call);
      if (verb === "trust" && first !== undefined && second !== undefined) return addTrust(call, first, second);
      if (verb === "sign" && first !== undefined && second !== undefined) return makeSigned(call, first, second);
      if (first !== undefined && second === undefined) {
        if (verb === "distrust") return removeTrust(call, first);
        if (verb === "install") return await install(call, resolve(first));
        if (verb === "remove") return remove(call, first);
        if (verb === "forget") return forget(call, first);
      }
    } catch (error) {
      if (error instanceof McpError) throw new CliError(EXIT.failed, error.ownerSentence, { cause: error });
      throw error;
    }
    throw new CliError(EXIT.usage, `Try: sovereign plugins ${plugins.usage}`);
  },
};

function list({ terminal, home }: Call): ExitCode {
  const trusted = readTrusted(home);
  const here = installed(home);
  if (terminal.isJson) {
    terminal.json({
      trusted,
      plugins: here.map(({ name, plugin }) => ({ name, version: plugin?.version, publisher: plugin?.publisher })),
    });
    return EXIT.ok;
  }
  if (trusted.length === 0)
    terminal.note("You trust no publisher, so no plugin is used. See: sovereign plugins --help");
  for (const { name, key } of trusted) terminal.line(`trusted  ${terminal.bold(name)}  ${terminal.dim(key)}`);
  for (const { name, plugin } of here) {
    const publisher = trusted.find(({ key }) => key === plugin?.publisher)?.name ?? null;
    terminal.line(
      `plugin   ${terminal.bold(name)} ${plugin?.version ?? ""}  ${publisher === null ? "by nobody you trust: not used" : `by ${publisher}`}`,
    );
  }
  return EXIT.ok;
}

function addTrust({ terminal, home }: Call, name: string, key: string): ExitCode {
  trust(home, name, key);
  terminal.line(`Plugins by ${name} may be installed from now on. None is yet.`);
  return EXIT.ok;
}

function removeTrust({ terminal, home }: Call, name: string): ExitCode {
  const gone = distrust(home, name);
  if (gone === null) throw new CliError(EXIT.usage, `You trust no "${name}". See: sovereign plugins`);
  const used = installed(home).filter(({ plugin }) => plugin?.publisher === gone.key);
  terminal.line(`${gone.name} is trusted no more.`);
  if (used.length > 0) terminal.note(`Not used any more: ${used.map((each) => each.name).join(", ")}`);
  return EXIT.ok;
}

async function install(call: Call, folder: string): Promise<ExitCode> {
  const { terminal, home } = call;
  const plugin = readToInstall(home, folder);
  const { manifest } = plugin;
  const before = readServers(home).find(({ name }) => name === manifest.name);
  if (before !== undefined && (before.kind !== "program" || before.plugin === undefined))
    throw new CliError(
      EXIT.usage,
      `There is a tool server "${manifest.name}" already, which is no plugin. Remove it first: sovereign tools remove ${manifest.name}`,
    );
  const lent = {
    reads: foldersOf(call, "read", "read-folders", manifest),
    writes: foldersOf(call, "write", "write-folders", manifest),
  };
  const set = await settingsOf(call, manifest, before);
  for (const line of describe(home, manifest, lent, set, before)) terminal.note(line);
  keepFiles(home, plugin);
  let isKept = false;
  try {
    const server: ProgramServer = { ...toServer(home, manifest, lent, set), approved: before?.approved ?? [] };
    const code = await decide(call, server, "add", (served) => checkTools(manifest, served));
    isKept = code === EXIT.ok;
    if (isKept) noteSeen(home, manifest);
    if (isKept && before?.plugin !== undefined)
      removeVersion(home, { name: manifest.name, version: before.plugin.version });
    return code;
  } finally {
    // Nothing of what was not wanted stays; what was there before does.
    if (!isKept && before === undefined) removeFiles(home, manifest.name);
    else if (!isKept) removeVersion(home, manifest);
  }
}

/** All that it may do, before anything of it is started; at an update, first what is another. */
function describe(
  home: string,
  manifest: Manifest,
  lent: Pick<ProgramServer, "reads" | "writes">,
  set: Readonly<Record<string, string>>,
  before: ProgramServer | undefined,
): readonly string[] {
  const paths = (folders: readonly string[]): string =>
    folders.length === 0 ? "nothing" : folders.map(sayPlainly).join(", ");
  const publisher = readTrusted(home).find(({ key }) => key === manifest.publisher)?.name ?? manifest.publisher;
  const was = before?.plugin;
  const changed = (now: readonly string[], then: readonly string[]): string =>
    was !== undefined && now.join() !== then.join() ? "   NEW" : "";
  const storage = manifest.capabilities.includes("storage");
  return [
    `${manifest.name} ${manifest.version} by ${publisher}${was === undefined ? "" : ` (here is ${was.version})`}: ${sayPlainly(manifest.says)}`,
    `  it may read    ${paths(lent.reads)} (its own files, and the system's programs in /usr)${changed(lent.reads, before?.reads ?? [])}`,
    `  it may change  ${paths(lent.writes)}${changed(lent.writes, before?.writes ?? [])}`,
    `  it may keep    ${storage ? "files in a folder of its own" : "nothing"}${was !== undefined && storage !== (was.data !== null) ? "   NEW" : ""}`,
    "  it has no network, an empty environment, and sees no other program and none of your other files",
    ...manifest.settings.map(
      ({ name, says }) => `  setting ${name} = ${sayPlainly(JSON.stringify(set[name] ?? ""))}: ${sayPlainly(says)}`,
    ),
  ];
}

/** What runs is asked for its tools; it may say neither more nor something else than was signed. */
function checkTools(manifest: Manifest, served: readonly ServedTool[]): void {
  const signed = new Map(manifest.tools.map(({ name, pin }) => [name, pin]));
  const other = served.find(({ name, pin }) => signed.get(name) !== pin);
  const gone = manifest.tools.find(({ name }) => !served.some((tool) => tool.name === name));
  if (other === undefined && gone === undefined) return;
  const says =
    other === undefined
      ? `lacks the tool ${gone?.name ?? ""}`
      : `says something else of the tool ${sayPlainly(other.name)}`;
  throw new McpError(
    "strange",
    `Once started, ${manifest.name} ${says} than its publisher signed, so it is not installed.`,
  );
}

function foldersOf(
  call: Call,
  option: "read" | "write",
  capability: "read-folders" | "write-folders",
  manifest: Manifest,
): readonly string[] {
  const named = (textOption(call, option) ?? "").split(",").filter((each) => each !== "");
  if (named.length > 0 && !manifest.capabilities.includes(capability))
    throw new CliError(
      EXIT.usage,
      `${manifest.name} does not ask for folders to ${option}, so it is lent none. Leave out --${option}.`,
    );
  return named.map((each) => realPath(resolve(each)));
}

/** `--set NAME=VALUE`, or `--set NAME` for what no command line should hold: then it is asked for. At an update, what was set before stays. */
async function settingsOf(
  call: Call,
  manifest: Manifest,
  before: ProgramServer | undefined,
): Promise<Readonly<Record<string, string>>> {
  const known = new Set(manifest.settings.map(({ name }) => name));
  const settings = new Map(Object.entries(before?.plugin?.settings ?? {}).filter(([name]) => known.has(name)));
  for (const pair of (textOption(call, "set") ?? "").split(",").filter((each) => each !== "")) {
    const at = pair.indexOf("=");
    const name = at < 0 ? pair : pair.slice(0, at);
    if (!known.has(name))
      throw new CliError(
        EXIT.usage,
        `${manifest.name} has no setting "${sayPlainly(name)}". It has: ${[...known].join(", ") || "none"}`,
      );
    const value = at < 0 ? ((await call.terminal.ask(`${name}:`)) ?? "") : pair.slice(at + 1);
    if (value.length > settingCharsMax)
      throw new CliError(EXIT.usage, `What ${name} is set to is too long: ${settingCharsMax} characters at most.`);
    settings.set(name, value);
  }
  const set = Object.fromEntries(settings);
  if (Buffer.byteLength(JSON.stringify(set)) > settingsBytesMax)
    throw new CliError(EXIT.usage, `Its settings are too long together: ${settingsBytesMax} bytes at most.`);
  return set;
}

function remove({ terminal, home }: Call, name: string): ExitCode {
  if (!installed(home).some((each) => each.name === name))
    throw new CliError(EXIT.usage, `There is no plugin "${name}". See: sovereign plugins`);
  changeServers(home, (servers) => servers.filter((each) => each.name !== name));
  removeFiles(home, name);
  terminal.line(`${name} is removed, with all that it kept.`);
  return EXIT.ok;
}

function forget({ terminal, home }: Call, name: string): ExitCode {
  if (installed(home).some((each) => each.name === name))
    throw new CliError(EXIT.usage, `"${name}" is installed. Remove it first: sovereign plugins remove ${name}`);
  if (!forgetSeen(home, name)) throw new CliError(EXIT.usage, `"${name}" never was here.`);
  terminal.line(`It is forgotten that ${name} was here: an older version, or another publisher's, can be installed.`);
  return EXIT.ok;
}

function makeSigned({ terminal }: Call, folder: string, keyFile: string): ExitCode {
  const stored = readFileIfThere(resolve(keyFile));
  const seed =
    stored === null ? new Uint8Array(randomBytes(32)) : hexToBytes(Buffer.from(stored).toString("latin1").trim());
  if (seed?.length !== 32) throw new CliError(EXIT.failed, `${keyFile} holds no key of a publisher.`);
  const key = signingKeyFromSeed(seed);
  const { manifest, signature } = signPlugin(resolve(folder), key);
  if (stored === null) {
    writeFileWhole(resolve(keyFile), Buffer.from(`${bytesToHex(seed)}\n`));
    terminal.note(
      `Your key is new, and in ${keyFile}. Who has it can sign in your name; keep it, and keep it to yourself.`,
    );
  }
  writeFileWhole(join(resolve(folder), "plugin.json"), manifest);
  writeFileWhole(join(resolve(folder), "plugin.sig"), signature);
  terminal.line(bytesToHex(key.publicKey));
  terminal.note("That is what others trust you by.");
  return EXIT.ok;
}

const installed = (home: string): readonly ProgramServer[] =>
  readServers(home).flatMap((each) => (each.kind === "program" && each.plugin !== undefined ? [each] : []));
