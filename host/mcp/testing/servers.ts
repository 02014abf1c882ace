/** The real reference servers from npm, and one that misbehaves, as their owner would have added them. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { CallOptions } from "../connection.ts";
import type { ProgramServer } from "../settings.ts";

const require = createRequire(import.meta.url);

export function referenceServer(
  name: "everything" | "filesystem" | "memory",
  args: readonly string[] = [],
  lent: Partial<ProgramServer> = {},
): ProgramServer {
  const manifest = require.resolve(`@modelcontextprotocol/server-${name}/package.json`);
  const command = join(dirname(manifest), "dist/index.js");
  return { kind: "program", name, command, args, reads: [], writes: [], hasResources: false, approved: [], ...lent };
}

export function badServer(how: string, args: readonly string[] = [], lent: Partial<ProgramServer> = {}): ProgramServer {
  const file = join(import.meta.dirname, "badServer.mjs");
  const settings = { reads: [file, ...(lent.reads ?? [])], writes: lent.writes ?? [] };
  return {
    kind: "program",
    name: "bad",
    command: process.execPath,
    args: [file, how, ...args],
    hasResources: false,
    approved: [],
    ...settings,
  };
}

export function callOptions(options: Partial<CallOptions> = {}): CallOptions {
  return { signal: new AbortController().signal, progress: () => {}, elicit: async () => null, ...options };
}
