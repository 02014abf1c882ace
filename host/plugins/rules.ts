/** What the agent asks of plugins: which are there for models now, and whether one may be started. */
import { statSync } from "node:fs";
import type { PluginRules } from "../mcp/toolServers.ts";
import { checkInstalled } from "./installed.ts";
import { isTrusted, trustFile } from "./trust.ts";

export function createPluginRules(home: string): PluginRules {
  return {
    stamp: () => {
      const found = statSync(trustFile(home), { throwIfNoEntry: false });
      return found === undefined ? "" : `${found.mtimeMs} ${found.size} ${found.ino}`;
    },
    isOffered: ({ plugin }) => plugin === undefined || isTrusted(home, plugin.publisher),
    check: (server) => checkInstalled(home, server),
  };
}
