import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { restoreBackup } from "../../backup/restoreBackup.ts";
import { askDataKey } from "../askDataKey.ts";
import type { Command } from "../command.ts";
import { CliError, EXIT } from "../exit.ts";
import { countOf, toBytes } from "../terminal.ts";

export const restore: Command = {
  name: "restore",
  usage: "FILE [--force]",
  summary: "brings a backup back into an empty home",
  help: "Asks for the 24 words of your vault, or the backup's passphrase. The home is SOVEREIGN_HOME; one that is not empty is refused,\nor with --force moved aside. Everything is checked before anything is put in place. What your devices wrote after the backup comes\nback from them by itself. Never let two hosts run from one backup: stop the old one for good.",
  options: { force: { type: "boolean" } },
  wordsMax: 1,
  run: async (call) => {
    const { terminal, home, words } = call;
    if (words[0] === undefined) throw new CliError(EXIT.usage, "Say which backup: sovereign restore FILE");
    const file = resolve(words[0]);
    if (!existsSync(file)) throw new CliError(EXIT.usage, `There is no ${file}. Give the name of a backup.`);
    if (!statSync(file).isFile())
      throw new CliError(EXIT.usage, `${file} is a folder. Give the name of one backup in it: sovereign restore FILE`);
    const { manifest, madeMs, movedTo } = await restoreBackup({
      file,
      home,
      dataKey: askDataKey(call, file),
      isForced: call.options["force"] === true,
      nowMs: Date.now(),
      onProgress: (done) => terminal.progress(`${toBytes(done)} restored`),
    });
    terminal.progress(null);
    if (terminal.isJson) terminal.json({ home, madeMs, files: manifest.files.length, log: manifest.log, movedTo });
    else {
      terminal.line(
        `${countOf(manifest.files.length, "file")} and ${countOf(manifest.log.docs, "doc")} are back in ${home}, each checked.`,
      );
      if (movedTo !== null) terminal.note(`What was there before lies in ${movedTo}.`);
      terminal.note(
        "Start it with: sovereign up. Your devices find it by its address; this terminal, if it was a device, joins again.",
      );
    }
    return EXIT.ok;
  },
};
