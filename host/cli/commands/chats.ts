import type { Command } from "../command.ts";
import { openDevice } from "../device.ts";
import { EXIT } from "../exit.ts";
import { toAgo, toTable } from "../terminal.ts";

export const chats: Command = {
  name: "chats",
  usage: "[--archived]",
  summary: "lists your chats, newest first",
  help: "Reads what this terminal holds, after the host has been asked for what is new. Without a host it lists what is here.",
  options: { archived: { type: "boolean" } },
  wordsMax: 0,
  run: async ({ terminal, home, options }) => {
    const device = await openDevice(home, terminal);
    try {
      const listed = device.vault.catalog.value
        .chats()
        .filter(({ archived }) => options["archived"] === true || !archived)
        .map(({ id, title, createdAt, lastAt, pinned, archived, waiting }) => {
          return { id, title, createdAt, lastAt, pinned, archived, waiting: waiting.length };
        });
      if (terminal.isJson) terminal.json(listed);
      else if (listed.length === 0) terminal.note("No chats yet.");
      else {
        const now = Date.now();
        terminal.line(
          toTable(
            listed.map(({ id, title, lastAt }) => [
              terminal.dim(id.slice(0, 8)),
              toAgo(lastAt, now),
              title || "New chat",
            ]),
          ),
        );
      }
      if (!device.isLive) terminal.note("The host does not answer: this is what is on this device.");
      return EXIT.ok;
    } finally {
      await device.close();
    }
  },
};
