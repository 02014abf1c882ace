import { toOfferedName } from "../../mcp/definitions.ts";
import { readServers } from "../../mcp/settings.ts";
import type { Call, Command } from "../command.ts";
import { CliError, EXIT, type ExitCode } from "../exit.ts";
import { sayPlainly } from "../plainly.ts";
import { runToolsPrompts, toolsPromptsHelp, toolsPromptsOptions, toolsPromptsUsage } from "../toolsPrompts.ts";
import { runToolsKeys, toolsKeysHelp, toolsKeysOptions, toolsKeysUsage } from "../toolsKeys.ts";
import { runToolsAdd, toolsAddHelp, toolsAddOptions, toolsAddUsage } from "../toolsAdd.ts";

export const tools: Command = {
  name: "tools",
  usage: `[list] | ${toolsAddUsage} | ${toolsKeysUsage} | ${toolsPromptsUsage}`,
  summary: "adds, lists, tests and approves tool servers",
  help: `${toolsAddHelp}\n\n${toolsKeysHelp}\n\n${toolsPromptsHelp}`,
  options: { ...toolsAddOptions, ...toolsKeysOptions, ...toolsPromptsOptions },
  // A program and its words.
  wordsMax: 64,
  run: async (call) => {
    const [verb = "list", ...rest] = call.words;
    if (verb === "list" && rest.length === 0) return list(call);
    const done = (await runToolsAdd(call)) ?? (await runToolsKeys(call)) ?? (await runToolsPrompts(call));
    if (done === null) throw new CliError(EXIT.usage, `Try: sovereign tools ${tools.usage}`);
    return done;
  },
};

function list({ terminal, home }: Call): ExitCode {
  const servers = readServers(home);
  if (servers.length === 0) terminal.note("No tool servers yet. See how one is added: sovereign tools --help");
  for (const server of servers) {
    const where = server.kind === "address" ? server.url : [server.command, ...server.args].join(" ");
    const named = server.approved.map(({ name, isSetAside }) => ({
      name: toOfferedName(server.name, name),
      isSetAside,
    }));
    if (terminal.isJson) terminal.json({ name: server.name, where, tools: named });
    else {
      terminal.line(`${terminal.bold(server.name)}  ${terminal.dim(sayPlainly(where))}`);
      for (const { name, isSetAside } of named) terminal.line(`  ${name}${isSetAside ? "  (changed, set aside)" : ""}`);
    }
  }
  return EXIT.ok;
}
