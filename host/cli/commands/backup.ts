import { accessSync, constants, existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { stretchHere } from "#crypto/argon.ts";
import { systemRandom } from "#crypto/random.ts";
import { drillBackup, programVersion } from "../../backup/drill.ts";
import { everyHoursByDefault, keepByDefault, monthsByDefault, weeksByDefault } from "../../backup/limits.ts";
import { makeBackup, type MadeBackup } from "../../backup/makeBackup.ts";
import { askDataKey } from "../askDataKey.ts";
import { forgetDocKeys, readDestroyed } from "../../backup/docKeys.ts";
import {
  backupName,
  backupsIn,
  noteBackup,
  noteFailure,
  pruneBackups,
  readLastBackup,
  readSchedule,
  writeSchedule,
} from "../../backup/schedule.ts";
import { toOwnerSentence } from "../../errors.ts";
import { makeFolder, whyNot } from "../../makeFolder.ts";
import { logFile } from "../../relayHome.ts";
import { textOption, type Call, type Command } from "../command.ts";
import { CliError, EXIT, type ExitCode } from "../exit.ts";
import { countOf, toAgo, toBytes } from "../terminal.ts";

export const backup: Command = {
  name: "backup",
  usage:
    "[FILE | FOLDER] [--passphrase] [--drill] | --to FOLDER [--every HOURS] [--keep N] [--weeks N] [--months N] | --off | --forget PATH",
  summary: "seals everything the host keeps into one file, and proves that it comes back",
  help: `Sealed to the 24 words of your vault: they open it, and nothing else does. --passphrase adds a passphrase, asked for here.
The host may run meanwhile. Left out: models (fetched again by name) and this terminal (it joins again).
  --drill          restores it into a folder of its own, starts a host there, compares, says what it proved; with the name of
                   a backup it does that to that one, and asks for the words
  --to FOLDER      from now on by itself, while the host runs: every HOURS (${everyHoursByDefault}); the newest N (${keepByDefault}) are
                   kept, and one of each of the last weeks (${weeksByDefault}) and months (${monthsByDefault}). They are sealed, so rclone may take the folder anywhere
  --off            no more by itself
  --forget PATH    takes the keys of what you destroyed out of that backup, or of all in that folder; those where --to says lose
                   them by themselves with each new one
Without a name it goes where --to says, else into this folder.`,
  options: {
    passphrase: { type: "boolean" },
    drill: { type: "boolean" },
    to: { type: "string" },
    every: { type: "string" },
    keep: { type: "string" },
    weeks: { type: "string" },
    months: { type: "string" },
    off: { type: "boolean" },
    forget: { type: "string" },
  },
  wordsMax: 1,
  run: async (call) => {
    if (textOption(call, "forget") !== null) return forget(call, resolve(textOption(call, "forget") ?? ""));
    const isPlan = textOption(call, "to") !== null;
    if (isPlan && call.options["off"] === true)
      throw new CliError(EXIT.usage, "--to begins backups by themselves, and --off ends them. Give one of the two.");
    const stray = (["every", "keep", "weeks", "months"] as const).find((each) => textOption(call, each) !== null);
    if (!isPlan && stray !== undefined)
      throw new CliError(
        EXIT.usage,
        `--${stray} says how backups are made by themselves, and goes with --to: sovereign backup --to FOLDER --${stray} ${textOption(call, stray) ?? "N"}`,
      );
    if (call.options["off"] === true || textOption(call, "to") !== null) return plan(call);
    const [named] = call.words;
    if (call.options["drill"] === true && named !== undefined && isFile(resolve(named)))
      return drill(call, resolve(named));
    return make(call, named);
  },
};

async function make(call: Call, named: string | undefined): Promise<ExitCode> {
  const { terminal, home } = call;
  const schedule = readSchedule(home);
  const nowMs = Date.now();
  const isOwn = named === undefined && schedule !== null;
  const place = resolve(named ?? schedule?.folder ?? ".");
  const file = isFolder(place) || isOwn ? join(place, backupName(nowMs)) : place;
  try {
    const passphrase = call.options["passphrase"] === true ? await askPassphrase(call) : null;
    const { dataKey, ...made } = await makeBackup({
      home,
      file,
      passphrase,
      program: programVersion(),
      stretch: stretchHere,
      random: systemRandom,
      nowMs,
      onProgress: (done, all) => terminal.progress(`${toBytes(done)} of ${toBytes(all)}`),
    });
    terminal.progress(null);
    noteBackup(home, made);
    const pruned = isOwn ? pruneBackups(schedule.folder, schedule) : [];
    if (isOwn) forgetIn(home, schedule.folder);
    const isDrill = call.options["drill"] === true;
    const proved = isDrill ? await runDrill(call, file, () => Promise.resolve(dataKey)) : [];
    if (!isDrill) dataKey.fill(0);
    if (terminal.isJson) terminal.json({ ...made, pruned, ...(isDrill ? { proved } : {}) });
    else sayMade(call, made, pruned.length, proved);
    return EXIT.ok;
  } catch (error) {
    if (existsSync(join(home, "relay"))) noteFailure(home, nowMs, toOwnerSentence(error));
    throw error;
  }
}

function sayMade({ terminal }: Call, made: MadeBackup, pruned: number, proved: readonly string[]): void {
  terminal.line(`${made.file}  ${toBytes(made.bytes)}`);
  terminal.line(terminal.dim(`sha256 ${made.sha256}`));
  const older = pruned === 0 ? "" : ` ${pruned} older one${pruned === 1 ? "" : "s"} went.`;
  terminal.note(
    `${countOf(made.log.docs, "doc")} and ${countOf(made.files, "file")}, the log among them. It opens with ${made.opensWithWords ? "your vault's 24 words" : "your passphrase alone"}.${older}`,
  );
  for (const each of proved) terminal.line(`✓ ${each}`);
}

async function drill(call: Call, file: string): Promise<ExitCode> {
  const proved = await runDrill(call, file, askDataKey(call, file));
  if (call.terminal.isJson) call.terminal.json({ file, proved });
  else for (const each of proved) call.terminal.line(`✓ ${each}`);
  return EXIT.ok;
}

async function runDrill(
  call: Call,
  file: string,
  dataKey: Parameters<typeof drillBackup>[0]["dataKey"],
): Promise<readonly string[]> {
  const { terminal } = call;
  const { proved } = await drillBackup({
    file,
    dataKey,
    environment: process.env,
    nowMs: Date.now(),
    onStep: (says) => terminal.progress(`${says} …`),
  });
  terminal.progress(null);
  return proved;
}

/** Only what has a backup's beginning is touched, and of that only what was destroyed. How many keys went, and out of how many backups. */
function forgetIn(home: string, folder: string): { readonly keys: number; readonly backups: number } {
  const destroyed = readDestroyed(logFile(home));
  if (destroyed.length === 0) return { keys: 0, backups: 0 };
  const gone = backupsIn(folder).map((file) => forgetDocKeys(file, destroyed));
  return { keys: gone.reduce((sum, each) => sum + each, 0), backups: gone.filter((each) => each > 0).length };
}

function forget({ terminal, home }: Call, place: string): ExitCode {
  if (!existsSync(place)) throw new CliError(EXIT.usage, `${place} is not there. Name a backup, or a folder of them.`);
  const destroyed = readDestroyed(logFile(home));
  const files = isFolder(place) ? backupsIn(place) : [place];
  const gone = files.map((file) => ({ file, keys: forgetDocKeys(file, destroyed) }));
  if (terminal.isJson) terminal.json({ destroyed: destroyed.length, backups: gone });
  else
    for (const { file, keys } of gone)
      terminal.line(
        `${file}  ${keys === 0 ? "had nothing to give up" : `gave up the keys of ${countOf(keys, "doc")}`}`,
      );
  if (files.length === 0) terminal.note(`${place} holds no backup.`);
  return EXIT.ok;
}

function plan(call: Call): ExitCode {
  const { terminal, home } = call;
  const to = textOption(call, "to");
  if (to === null) {
    writeSchedule(home, null);
    if (terminal.isJson) terminal.json({ schedule: null });
    else terminal.line("No more backups by themselves. Those that were made stay where they are.");
    return EXIT.ok;
  }
  const schedule = {
    folder: resolve(to),
    everyHours: readCount(call, "every", everyHoursByDefault),
    keep: readCount(call, "keep", keepByDefault),
    weeks: readCount(call, "weeks", weeksByDefault, 0),
    months: readCount(call, "months", monthsByDefault, 0),
  };
  try {
    makeFolder(schedule.folder);
    accessSync(schedule.folder, constants.W_OK);
  } catch (cause) {
    throw new CliError(
      EXIT.failed,
      `${schedule.folder} cannot take backups: ${whyNot(cause)}. Choose another folder; nothing was changed.`,
      { cause },
    );
  }
  writeSchedule(home, schedule);
  const last = readLastBackup(home);
  if (terminal.isJson) terminal.json({ schedule, last });
  else {
    const older = `one of each of the last ${schedule.weeks} weeks and ${schedule.months} months`;
    terminal.line(
      `Every ${schedule.everyHours} hours into ${schedule.folder}; the newest ${schedule.keep} are kept, and ${older}.`,
    );
    const when =
      last.madeMs === null
        ? "The first is made within a minute once it runs"
        : `The last one: ${toAgo(last.madeMs, Date.now())}`;
    terminal.note(`The host does it while it runs. ${when}. A folder on another disk survives this one.`);
  }
  return EXIT.ok;
}

function readCount(call: Call, name: string, usual: number, least = 1): number {
  const text = textOption(call, name);
  const count = text === null ? usual : Number(text);
  if (Number.isSafeInteger(count) && count >= least && count <= 100_000) return count;
  throw new CliError(EXIT.usage, `--${name} takes a number from ${least} on.`);
}

async function askPassphrase({ terminal }: Call): Promise<string> {
  const first = await terminal.ask("A passphrase for this backup:");
  const again = terminal.isPiped ? first : await terminal.ask("The same once more:");
  if (first === null || first === "") throw new CliError(EXIT.usage, "No passphrase was given. Nothing was made.");
  if (first !== again) throw new CliError(EXIT.usage, "Those two are not the same. Nothing was made.");
  if ([...first].length < 8)
    throw new CliError(EXIT.usage, "A passphrase needs at least 8 characters. Nothing was made.");
  return first;
}

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();
const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();
