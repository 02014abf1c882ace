/**
 * The plugins that are here: their files under `HOME/tools/plugins/<name>/<version>`, what each may keep under `…/<name>/data`, and in
 * `HOME/tools/plugins.json` the newest version that was ever here of each, `{ "version": 1, "seen": { "weather": { "version": "1.2.0", "publisher": "<64 hex>" } } }`:
 * an older one is not taken again, since what it was mended for would be back. How one is run stands in `servers.json`, as for every tool server.
 */
import { rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { prepareFolder, readFileIfThere, writeFileWhole } from "../home.ts";
import { isObject } from "../mcp/definitions.ts";
import { McpError } from "../mcp/errors.ts";
import { realPath } from "../mcp/sandbox.ts";
import type { ProgramServer } from "../mcp/settings.ts";
import { stateFileBytesMax } from "./limits.ts";
import { isNewer, parseVersion, readPlugin, type Capability, type Manifest, type Plugin } from "./manifest.ts";
import { isTrusted, readTrusted } from "./trust.ts";

interface Seen {
  readonly version: string;
  readonly publisher: string;
}

const seenFile = (home: string): string => join(home, "tools", "plugins.json");
const pluginFolder = (home: string, name: string): string => join(home, "tools", "plugins", name);
export const versionFolder = (home: string, { name, version }: Pick<Manifest, "name" | "version">): string =>
  join(pluginFolder(home, name), version);

/** A folder that somebody brings, before anything of it is kept. Throws `McpError` where it must not be installed. */
export function readToInstall(home: string, folder: string): Plugin {
  if (readTrusted(home).length === 0)
    throw new McpError(
      "settings",
      "You trust no publisher yet, so no plugin is used. First: sovereign plugins trust NAME KEY",
    );
  const plugin = readPlugin(folder, (publisher) => isTrusted(home, publisher));
  const { name, version, publisher } = plugin.manifest;
  const seen = readSeen(home)[name];
  if (seen !== undefined && seen.publisher !== publisher)
    throw new McpError(
      "settings",
      `"${name}" was here from another publisher (${seen.publisher}). A plugin of the same name by somebody else is not taken for it. Choose one, and forget the other: sovereign plugins forget ${name}`,
    );
  if (seen !== undefined && !isNewer(version, seen.version))
    throw new McpError(
      "settings",
      `Version ${version} of "${name}" is not newer than ${seen.version}, which was here already, so it is not installed. What was mended since would be back.`,
    );
  return plugin;
}

/** Puts its files where it is run from. */
export function keepFiles(home: string, { manifest, files }: Plugin): string {
  const folder = versionFolder(home, manifest);
  rmSync(folder, { recursive: true, force: true });
  for (const [path, content] of files) {
    prepareFolder(dirname(join(folder, path)));
    writeFileWhole(join(folder, path), content);
  }
  if (manifest.capabilities.includes("storage")) prepareFolder(join(pluginFolder(home, manifest.name), "data"));
  return folder;
}

/** How it is run; `lent`: the folders that its owner named. */
export function toServer(
  home: string,
  manifest: Manifest,
  lent: Pick<ProgramServer, "reads" | "writes">,
  settings: Readonly<Record<string, string>>,
): ProgramServer {
  return serverAt(versionFolder(home, manifest), manifest, lent, settings);
}

function serverAt(
  folder: string,
  { name, version, publisher, run, capabilities: wanted }: Manifest,
  lent: Pick<ProgramServer, "reads" | "writes">,
  settings: Readonly<Record<string, string>>,
): ProgramServer {
  const data = wanted.includes("storage") ? join(dirname(folder), "data") : null;
  return {
    ...{ kind: "program", name, command: process.execPath, hasResources: false, approved: [], ...lent },
    args: [join(folder, run)],
    plugin: { version, publisher, folder, data, settings },
  };
}

/**
 * Before each start: whoever could write there since, and whoever is not trusted any more, is not run. What is run is what its manifest says, by the Node that this host runs
 * by; what stands in `servers.json` beyond that (another program, more words, folders and settings that it did not ask for) is a reason not to. Throws `McpError`.
 */
export function checkInstalled(home: string, server: ProgramServer): ProgramServer {
  const { plugin, reads, writes } = server;
  if (plugin === undefined) return server;
  const { folder, version, publisher, settings } = plugin;
  const { manifest } = readPlugin(folder, (key) => isTrusted(home, key));
  const isLent = (folders: readonly string[], by: Capability): boolean =>
    folders.length === 0 || manifest.capabilities.includes(by);
  const expected = serverAt(folder, manifest, { reads, writes }, settings);
  const isSame =
    // Its files lie where they were put, and nowhere that somebody wrote down in that place.
    realPath(folder) === realPath(versionFolder(home, { name: server.name, version })) &&
    [manifest.name, manifest.version, manifest.publisher].join() === [server.name, version, publisher].join() &&
    isLent(reads, "read-folders") &&
    isLent(writes, "write-folders") &&
    Object.keys(settings).every((name) => manifest.settings.some((each) => each.name === name)) &&
    server.args.join("\0") === expected.args.join("\0") &&
    plugin.data === expected.plugin?.data &&
    // A host that was set up anew may have its Node elsewhere.
    basename(server.command) === basename(expected.command);
  if (!isSame)
    throw new McpError(
      "changed",
      `The plugin "${server.name}" is not the one that was installed, so it is not run. To have it again: sovereign plugins remove ${server.name}, then forget ${server.name}, then install it.`,
    );
  return { ...server, command: expected.command };
}

export function noteSeen(home: string, { name, version, publisher }: Manifest): void {
  writeSeen(home, { ...readSeen(home), [name]: { version, publisher } });
}

/** Its files and what it kept. That its version was here stays known. */
export function removeFiles(home: string, name: string): void {
  rmSync(pluginFolder(home, name), { recursive: true, force: true });
}

/** One that was replaced. */
export function removeVersion(home: string, of: Pick<Manifest, "name" | "version">): void {
  rmSync(versionFolder(home, of), { recursive: true, force: true });
}

/** For an owner who wants another publisher's, or an older one after all. `false`: it never was here. */
export function forgetSeen(home: string, name: string): boolean {
  const { [name]: gone, ...rest } = readSeen(home);
  if (gone !== undefined) writeSeen(home, rest);
  return gone !== undefined;
}

function readSeen(home: string): Readonly<Record<string, Seen>> {
  const bytes = readFileIfThere(seenFile(home));
  if (bytes === null) return {};
  try {
    if (bytes.length > stateFileBytesMax) throw new TypeError("too large");
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    const seen = isObject(value) && value["version"] === 1 && isObject(value["seen"]) ? value["seen"] : null;
    if (seen === null) throw new TypeError("no such file");
    const found = Object.entries(seen).map(([name, each]) => {
      const { version, publisher }: Record<string, unknown> = isObject(each) ? each : {};
      if (typeof version !== "string" || parseVersion(version) === null || typeof publisher !== "string")
        throw new TypeError("no version");
      return [name, { version, publisher }] as const;
    });
    return Object.fromEntries(found);
  } catch (cause) {
    throw new McpError(
      "settings",
      `${seenFile(home)} is not what Sovereign wrote there, so it is not known which versions were here. Nothing was installed. Put the file back, or delete it if you know why.`,
      { cause },
    );
  }
}

function writeSeen(home: string, seen: Readonly<Record<string, Seen>>): void {
  prepareFolder(join(home, "tools"));
  writeFileWhole(seenFile(home), Buffer.from(`${JSON.stringify({ version: 1, seen }, null, 2)}\n`));
}
