import { systemRandom } from "#crypto/random.ts";
import { askHost } from "../../control.ts";
import { createKey, listKeys, revokeKey } from "../../gateway/keys.ts";
import type { Call, Command } from "../command.ts";
import { CliError, EXIT, type ExitCode } from "../exit.ts";
import { toAgo, toTable } from "../terminal.ts";

export const keys: Command = {
  name: "keys",
  usage: "[list] | create NAME [--record] [--mask] | revoke NAME-OR-ID",
  options: { record: { type: "boolean" }, mask: { type: "boolean" } },
  summary: "makes, lists and revokes keys for other tools",
  help: "A key lets one tool use the host's /v1 gateway, and opens no chat. It is shown once, when it is made: put it into the tool's\nsettings then. Revoked, it is cut off within a second. Run this on the host's machine.\n\nWith --record the tool may send the header \"x-sovereign-chat: record\": what it says and what is answered then becomes a chat\nin your vault, marked with the tool's name. The host cannot read it afterwards; one of your devices files it.\n\nWith --mask what is private in its requests (addresses, numbers, keys, your words of redaction.json) is blacked out before a\nmodel server that is not on your own machines sees them; what cannot be looked through is refused.",
  wordsMax: 2,
  run: async (call) => {
    const [verb = "list", name] = call.words;
    if (verb === "list" && name === undefined) return list(call);
    if (verb === "create" && name !== undefined) return await create(call, name);
    if (verb === "revoke" && name !== undefined) return await revoke(call, name);
    throw new CliError(EXIT.usage, `Try: sovereign keys ${keys.usage}`);
  },
};

function list({ terminal, home }: Call): ExitCode {
  const listed = listKeys(home);
  if (terminal.isJson) terminal.json(listed);
  else if (listed.length === 0) terminal.note("No keys yet. Make one for a tool with: sovereign keys create NAME");
  else {
    const now = Date.now();
    const rows = listed.map(({ id, name, createdMs, isRecorded, isMasked, agent }) => [
      terminal.dim(id),
      name,
      `made ${toAgo(createdMs, now)}${isRecorded ? ", may record" : ""}${isMasked === true ? ", masked" : ""}${agent === undefined ? "" : `, in the vault: ${agent.may.join(", ")} (sovereign mcp)`}`,
    ]);
    terminal.line(toTable(rows));
  }
  return EXIT.ok;
}

async function create({ terminal, home, options }: Call, name: string): Promise<ExitCode> {
  const isRecorded = options["record"] === true;
  const isMasked = options["mask"] === true;
  const { key, entry } = await createKey({ home, name, random: systemRandom, nowMs: Date.now(), isRecorded, isMasked });
  if (terminal.isJson) terminal.json({ ...entry, key });
  else {
    terminal.line(key);
    const port = (await askHost(home, "status"))?.port ?? null;
    const where = port === null ? "" : ` It goes with the address http://localhost:${port}/v1.`;
    terminal.note(`This is the key of "${entry.name}", shown this once.${where}`);
  }
  return EXIT.ok;
}

async function revoke({ terminal, home }: Call, nameOrId: string): Promise<ExitCode> {
  const gone = await revokeKey(home, nameOrId);
  if (gone === null) throw new CliError(EXIT.usage, `There is no key "${nameOrId}". See: sovereign keys`);
  if (terminal.isJson) terminal.json({ ...gone, revoked: true });
  else terminal.line(`The key of "${gone.name}" is revoked.`);
  return EXIT.ok;
}
