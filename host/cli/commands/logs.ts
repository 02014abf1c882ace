import { existsSync } from "node:fs";
import { join } from "node:path";
import { createLogReader, followLog, type LogLine } from "../../log/readLog.ts";
import { sayEvent } from "../../log/say.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { toLocalTime } from "../localTime.ts";
import { sinceOption } from "../since.ts";
import type { Terminal } from "../terminal.ts";

const MARKS: Readonly<Record<string, string>> = { error: "✗", warn: "!" };

export const logs: Command = {
  name: "logs",
  usage: "[--since 2h] [--follow]",
  summary: "what happened on the host: parts that started and stopped, how long answers took",
  help: "Reads the host's log in this home, whether or not a host runs. It holds events and numbers, never a word of a chat.\n  --since   only what is newer: 30m, 2h, 3d, or a time such as 2026-11-21T14:00\n  --follow  goes on with what comes, until Ctrl-C",
  options: { since: { type: "string" }, follow: { type: "boolean" } },
  wordsMax: 0,
  run: async (call) => {
    const { terminal, home, options } = call;
    const fromMs = sinceOption(call);
    const reader = createLogReader(home);
    const show = (line: LogLine): void => {
      if (line.time >= fromMs) print(terminal, line);
    };
    let shown = 0;
    for (const line of reader.read()) {
      show(line);
      shown += line.time >= fromMs ? 1 : 0;
    }
    if (shown === 0 && options["follow"] !== true)
      terminal.note(
        existsSync(join(home, "logs"))
          ? "Nothing happened in that time that the host writes down."
          : `No host has run in ${home} yet, so there is no log. Start one with: sovereign up`,
      );
    if (reader.damaged > 0)
      terminal.note(
        `Not everything could be read: ${reader.damaged} of the files in ${home}/logs were changed, or belong to a key that is gone.`,
      );
    if (options["follow"] !== true) return EXIT.ok;
    const stopped = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.abort());
    for await (const line of followLog(reader, stopped.signal)) show(line);
    return EXIT.interrupted;
  },
};

function print(terminal: Terminal, { time, level, event }: LogLine): void {
  if (terminal.isJson) {
    const { type, ...fields } = event;
    return terminal.json({ time: new Date(time).toISOString(), level, event: type, ...fields });
  }
  const says = sayEvent(event);
  terminal.line(
    `${terminal.dim(toLocalTime(time))} ${MARKS[level] ?? "·"} ${level === "error" ? terminal.bold(says) : says}`,
  );
}
