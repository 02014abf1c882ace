import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "../command.ts";
import { EXIT } from "../exit.ts";

export const version: Command = {
  name: "version",
  usage: "",
  summary: "which Sovereign and which Node this is",
  help: "",
  wordsMax: 0,
  run: async ({ terminal }) => {
    const file = readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8");
    const { version: own } = JSON.parse(file) as { readonly version: string };
    if (terminal.isJson) terminal.json({ version: own, node: process.versions.node });
    else terminal.line(`sovereign ${own} (Node ${process.versions.node})`);
    return EXIT.ok;
  },
};
