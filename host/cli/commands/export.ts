import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { makeFolder, whyNot } from "../../makeFolder.ts";
import { textOption, type Command } from "../command.ts";
import { openDevice, until } from "../device.ts";
import { CliError, EXIT } from "../exit.ts";
import { catchUpMs } from "../limits.ts";
import { chatToJson, chatToMarkdown, fileNameOf } from "../markdown.ts";

export const exportChats: Command = {
  name: "export",
  usage: "[--format md|json] [DIR]",
  summary: "writes every chat into a folder, readable",
  help: "One file a chat, into DIR (by default sovereign-export here). md holds the newest branch of each, json every branch. The\nfiles are NOT sealed: whoever can read the folder can read your chats. They are made readable to you alone.",
  options: { format: { type: "string" } },
  wordsMax: 1,
  run: async (call) => {
    const { terminal, home, words } = call;
    const format = textOption(call, "format") ?? "md";
    if (format !== "md" && format !== "json") throw new CliError(EXIT.usage, "--format is md or json.");
    const folder = resolve(words[0] ?? "sovereign-export");
    const device = await openDevice(home, terminal);
    const { vault, isLive } = device;
    try {
      orSay(folder, () => makeFolder(folder));
      const entries = vault.catalog.value.chats();
      let written = 0;
      let behind = 0;
      for (const entry of entries) {
        terminal.progress(`${written + 1} of ${entries.length}: ${entry.title.slice(0, 40)}`);
        const opened = await vault.openChat(entry.id);
        const isWhole = isLive && (await until(vault, () => vault.docStatus(entry.id).phase === "live", catchUpMs));
        if (!isWhole) behind += 1;
        const { id, title, createdAt, lastAt } = entry;
        const exported = { id, title, createdAt, lastAt };
        const text =
          format === "md"
            ? chatToMarkdown(exported, opened.value)
            : `${JSON.stringify(chatToJson(exported, opened.value), null, 2)}\n`;
        opened.close();
        const file = join(folder, `${fileNameOf(exported)}.${format}`);
        orSay(file, () => writeFileSync(file, text, { mode: 0o600 }));
        written += 1;
      }
      terminal.progress(null);
      if (terminal.isJson) terminal.json({ folder, format, chats: written, perhapsBehind: behind });
      else terminal.line(`${written} chat${written === 1 ? "" : "s"} in ${folder}`);
      if (behind > 0) terminal.note(`${behind} of them as this device last knew them: the host did not answer.`);
      return EXIT.ok;
    } finally {
      await device.close();
    }
  },
};

function orSay(path: string, act: () => void): void {
  try {
    act();
  } catch (cause) {
    throw new CliError(EXIT.failed, `${path} cannot be written: ${whyNot(cause)}. Choose another folder.`, { cause });
  }
}
