/** What opens a backup, from who has it: the 24 words or a passphrase, typed or piped in. */
import { stretchHere } from "#crypto/argon.ts";
import type { BackupHead } from "../backup/format.ts";
import { openWithSecret } from "../backup/restoreBackup.ts";
import type { Call } from "./command.ts";
import { CliError, EXIT } from "./exit.ts";

export function askDataKey({ terminal }: Call, file: string): (head: BackupHead) => Promise<Uint8Array> {
  return async (head) => {
    const made = new Date(head.madeMs).toISOString().slice(0, 16).replace("T", " ");
    terminal.note(`${file}, made ${made} UTC.`);
    const what =
      head.words === null
        ? "Its passphrase"
        : head.passphrase === null
          ? "The 24 words of your vault"
          : "The 24 words of your vault, or its passphrase";
    const typed = await terminal.ask(`${what}:`);
    if (typed === null || typed.trim() === "")
      throw new CliError(
        EXIT.usage,
        `Nothing was typed, so nothing was changed. ${what} ${head.words === null ? "opens" : "open"} this backup: run this again in a terminal and type ${head.words === null ? "it" : "them"} when asked, or pipe ${head.words === null ? "it" : "them"} in (a file with one line, after <).`,
      );
    const { wordlist } = await import("@scure/bip39/wordlists/english.js");
    return openWithSecret(head, typed, wordlist, stretchHere);
  };
}
