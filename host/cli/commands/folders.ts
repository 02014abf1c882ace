import { FolderError } from "../../tools/folders/errors.ts";
import { lendFolder, readFolders, takeFolderBack } from "../../tools/folders/settings.ts";
import type { Call, Command } from "../command.ts";
import { CliError, EXIT, type ExitCode } from "../exit.ts";
import { sayPlainly } from "../plainly.ts";

export const folders: Command = {
  name: "folders",
  usage: "[list] | add NAME FOLDER [--write] | remove NAME",
  options: { write: { type: "boolean" } },
  summary: "lends folders of this machine to tools",
  help: "A model may list, read and search what is in a folder that you lend, and with --write also write text files in it, each time\nafter you were asked on your devices (or always, if you say so there). Links out of it, hidden files and anything that is\nno ordinary file are not touched. Without a lent folder there are no such tools. Run this on the host's machine.",
  wordsMax: 3,
  run: async (call) => {
    try {
      return act(call);
    } catch (error) {
      if (error instanceof FolderError) throw new CliError(EXIT.failed, error.ownerSentence, { cause: error });
      throw error;
    }
  },
};

function act(call: Call): ExitCode {
  const [verb = "list", name, path] = call.words;
  if (verb === "list" && name === undefined) return list(call);
  if (verb === "add" && name !== undefined && path !== undefined) return add(call, name, path);
  if (verb === "remove" && name !== undefined && path === undefined) return remove(call, name);
  throw new CliError(EXIT.usage, `Try: sovereign folders ${folders.usage}`);
}

function list({ terminal, home }: Call): ExitCode {
  const lent = readFolders(home);
  if (terminal.isJson) terminal.json(lent);
  else if (lent.length === 0) terminal.note("No folder is lent to tools. Lend one: sovereign folders add NAME FOLDER");
  else
    for (const { name, path, isWritable } of lent)
      terminal.line(`${terminal.bold(name)}  ${sayPlainly(path)}${isWritable ? "  may be written" : ""}`);
  return EXIT.ok;
}

function add({ terminal, home, options }: Call, name: string, path: string): ExitCode {
  const lent = lendFolder(home, name, path, options["write"] === true);
  if (terminal.isJson) terminal.json(lent);
  else
    terminal.line(
      `Lent as "${lent.name}": ${sayPlainly(lent.path)}. Models may ${lent.isWritable ? "read and write" : "read"} in it when you say so.`,
    );
  return EXIT.ok;
}

function remove({ terminal, home }: Call, name: string): ExitCode {
  if (!takeFolderBack(home, name))
    throw new CliError(EXIT.usage, `No folder "${name}" is lent. See: sovereign folders`);
  if (terminal.isJson) terminal.json({ name, removed: true });
  else terminal.line(`"${name}" is not lent any more.`);
  return EXIT.ok;
}
