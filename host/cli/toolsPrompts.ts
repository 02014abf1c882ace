/** `sovereign tools prompts`: what a tool server has of prompts, one of them as text, and kept as a template for the vault's chats. */
import { createHash } from "node:crypto";
import { createTemplates } from "#sync/docs/templates.ts";
import { templateCharsMax } from "#sync/limits.ts";
import { systemClock } from "#sync/systemClock.ts";
import { McpError } from "../mcp/errors.ts";
import { openServer } from "../mcp/openServer.ts";
import type { Call } from "./command.ts";
import { openDevice } from "./device.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { sayPlainly } from "./plainly.ts";
import { findServer } from "./toolsKeys.ts";

export const toolsPromptsUsage = "prompts NAME [PROMPT [ARGUMENT=VALUE…] [--template]]";
export const toolsPromptsHelp = `Some servers bring prompts: texts to begin a chat with. One can be read, piped on, or kept as a template that all your devices offer; what you
give no value for is then a place to fill in.

  sovereign tools prompts wiki
  sovereign tools prompts wiki summary topic=bees | sovereign chat
  sovereign tools prompts wiki summary --template`;
export const toolsPromptsOptions = { template: { type: "boolean" } } as const;

/** `null`: it is another of the command's verbs. */
export async function runToolsPrompts(call: Call): Promise<ExitCode | null> {
  const [verb, name, prompt, ...given] = call.words;
  if (verb !== "prompts") return null;
  if (name === undefined) throw new CliError(EXIT.usage, `Try: sovereign tools ${toolsPromptsUsage}`);
  const { terminal, home } = call;
  const settings = findServer(call, name);
  try {
    const events = { onToolsChanged: () => {}, onClosed: () => {} };
    const connection = await openServer({ settings, home, clock: systemClock, ...events });
    try {
      const listed = await connection.prompts();
      if (prompt === undefined) {
        if (listed.length === 0) terminal.note(`${name} has no prompts.`);
        for (const each of listed) {
          const { name: called, says } = each;
          const takes = each.takes.map((field) => field.name);
          if (terminal.isJson) terminal.json({ ...each, takes });
          else terminal.line(`${sayPlainly(called)}  ${terminal.dim(sayPlainly([says, ...takes].join("  ").trim()))}`);
        }
        return EXIT.ok;
      }
      const found = listed.find((each) => each.name === prompt);
      if (found === undefined)
        throw new CliError(
          EXIT.usage,
          `${name} has no prompt "${sayPlainly(prompt)}". See: sovereign tools prompts ${name}`,
        );
      const isTemplate = call.options["template"] === true;
      const takes = found.takes.map((field) => field.name);
      const values = readValues(given, takes, isTemplate);
      const { parts } = await connection.prompt(prompt, values);
      const text = parts
        .map((part) => (part.kind === "text" ? part.text : ""))
        .join("\n\n")
        .trim();
      if (!isTemplate) terminal.line(text);
      else await keep(call, { server: name, prompt: found.name, text });
      return EXIT.ok;
    } finally {
      await connection.close();
    }
  } catch (error) {
    throw error instanceof McpError ? new CliError(EXIT.failed, error.ownerSentence, { cause: error }) : error;
  }
}

/** For a template, what is not given is a place to fill in: its name in the braces that templates have. */
function readValues(given: readonly string[], takes: readonly string[], isTemplate: boolean): Record<string, string> {
  const values: Record<string, string> = {};
  if (isTemplate) for (const name of takes) values[name] = `{{${name}}}`;
  for (const each of given) {
    const at = each.indexOf("=");
    if (at <= 0) throw new CliError(EXIT.usage, `"${sayPlainly(each)}" should look like ARGUMENT=VALUE.`);
    values[each.slice(0, at)] = each.slice(at + 1);
  }
  return values;
}

interface KeptPrompt {
  readonly server: string;
  readonly prompt: string;
  readonly text: string;
}

async function keep({ home, terminal }: Call, { server, prompt, text }: KeptPrompt): Promise<void> {
  const name = `${server}-${prompt}`;
  if (text === "" || text.length > templateCharsMax)
    throw new CliError(
      EXIT.failed,
      "What the server gave is empty, or longer than a template may be. Nothing was kept.",
    );
  const device = await openDevice(home, terminal);
  try {
    // The same prompt again is written over.
    const id = createHash("sha256").update(name).digest("hex").slice(0, 32);
    createTemplates(device.vault.catalog.yDoc).put({ id, name, text, from: server });
  } finally {
    await device.close();
  }
  terminal.note(
    `It is the template "${sayPlainly(name)}" on all your devices. Its words are its server's, and count as its words in a chat until you change them under Settings, Templates.`,
  );
}
