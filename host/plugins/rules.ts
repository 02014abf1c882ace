/** What the agent asks of plugins: which are there for models now, and whether one may be started. */
import { fileStamp } from "../home.ts";
import type { PluginRules } from "../mcp/toolServers.ts";
import { checkInstalled } from "./installed.ts";
import { isTrusted, trustFile } from "./trust.ts";

export function createPluginRules(home: string): PluginRules {
  return {
    stamp: () => fileStamp(trustFile(home)),
    isOffered: ({ plugin }) => plugin === undefined || isTrusted(home, plugin.publisher),
    check: (server) => checkInstalled(home, server),
  };
}
