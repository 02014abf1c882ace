/** All tool servers of the owner as one source of tools. `servers.json` is looked at again and again: what is added, removed or approved counts from the next call on. */
import { join } from "node:path";
import type { Clock } from "#sync/ports.ts";
import { fileStamp } from "../home.ts";
import type { Tool, ToolSource } from "../tools/tool.ts";
import { lookEveryMs } from "./limits.ts";
import { createPrompts, type PromptSource } from "./prompts.ts";
import { createServerTools, type ServerTools, type ServerToolsOptions } from "./serverTools.ts";
import { stampOfKeys } from "./keys/keyStore.ts";
import { readServers, setAside, type ProgramServer, type ServerSettings } from "./settings.ts";

/** What of plugins is there now (../plugins/rules.ts). */
export interface PluginRules {
  /** Another text whenever `isOffered` may say something else. */
  stamp(): string;
  isOffered(server: ProgramServer): boolean;
  /** Before it is started: what then is. Throws `McpError`. */
  check(server: ProgramServer): ProgramServer;
}

export interface ToolServers extends ToolSource {
  readonly prompts: PromptSource;
}

export interface ToolServersOptions {
  /** Left out: no plugin is used. */
  readonly plugins?: PluginRules;
  readonly home: string;
  readonly clock: Clock;
  /** Something that the owner should know. */
  readonly notify?: (sentence: string) => void;
  /** For tests. */
  readonly connect?: ServerToolsOptions["connect"];
}

export function createToolServers({
  home,
  clock,
  notify = () => {},
  connect,
  plugins,
}: ToolServersOptions): ToolServers {
  const listeners = new Set<() => void>();
  const servers = new Map<string, { readonly says: string; readonly tools: ServerTools }>();
  // The SDK takes some megabytes: who has no servers, or calls none, does without.
  const open: ServerToolsOptions["connect"] =
    connect ?? (async (settings, on) => (await import("./openServer.ts")).openServer({ settings, clock, home, ...on }));
  let stamp = "never";
  let cancel = (): void => {};
  let isClosed = false;

  function look(): void {
    const now = `${stampOf(home)} ${plugins?.stamp() ?? ""}`;
    if (now !== stamp) {
      stamp = now;
      takeUp();
    }
    if (!isClosed) cancel = clock.after(lookEveryMs, look);
  }

  function takeUp(): void {
    const settings = readOr(home, notify).filter(isOffered);
    const wanted = new Map(settings.map((each) => [each.name, each]));
    for (const [name, { says, tools }] of servers) {
      const next = wanted.get(name);
      if (next !== undefined && saysOf(home, next) === says) continue;
      servers.delete(name);
      void tools.close();
    }
    for (const each of settings) {
      if (!servers.has(each.name)) servers.set(each.name, { says: saysOf(home, each), tools: toolsOf(each) });
    }
    for (const listener of listeners) listener();
  }

  function isOffered(settings: ServerSettings): boolean {
    if (settings.kind !== "program" || settings.plugin === undefined) return true;
    return plugins?.isOffered(settings) ?? false;
  }

  function toolsOf(settings: ServerSettings): ServerTools {
    return createServerTools({
      settings,
      clock,
      connect: (each, on) => {
        const isPlugin = each.kind === "program" && each.plugin !== undefined;
        return open(isPlugin && plugins !== undefined ? plugins.check(each) : each, on);
      },
      onSetAside: (tools) => {
        setAside(home, settings.name, tools);
        notify(
          `The tool server "${settings.name}" says something else of ${tools.join(", ")} than was approved, so that is not used any more. Look at it: sovereign tools approve ${settings.name}`,
        );
        for (const listener of listeners) listener();
      },
    });
  }

  look();
  return {
    name: "servers",
    tools: () => {
      const seen = new Map<string, Tool>();
      for (const { tools } of servers.values()) for (const tool of tools.tools()) seen.set(tool.name, tool);
      return [...seen.values()];
    },
    prompts: createPrompts(() => new Map([...servers].map(([name, { tools }]) => [name, tools]))),
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      isClosed = true;
      cancel();
      await Promise.all([...servers.values()].map(({ tools }) => tools.close()));
    },
  };
}

function readOr(home: string, notify: (sentence: string) => void): readonly ServerSettings[] {
  try {
    return readServers(home);
  } catch (error) {
    notify(error instanceof Error ? error.message : String(error));
    return [];
  }
}

/** All by which it would be another server. What it is sent with each question is read anew each time; what stands in its environment was given to it at its start. */
function saysOf(home: string, settings: ServerSettings): string {
  const keys = settings.kind === "program" ? stampOfKeys(home, settings.name) : "";
  return `${JSON.stringify(settings)} ${keys}`;
}

const stampOf = (home: string): string =>
  ["servers.json", "keys"].map((name) => fileStamp(join(home, "tools", name))).join();
