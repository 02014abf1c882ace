/**
 * Backups by themselves: where to, how often, how many are kept, and how the last one went.
 *
 *   HOME/backup/schedule.json   {folder, everyHours, keep, weeks, months}: the owner's, by `sovereign backup --to`
 *   HOME/backup/last.json       {madeMs, file, bytes, failedMs, says}: what status and doctor show
 *
 * Each is made by the command itself, in a process of its own that ends with it: the supervisor, which is there for months, loads
 * neither a cipher nor a database for it.
 */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { bytesToUtf8, utf8ToBytes } from "#crypto/bytes.ts";
import type { Clock } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import { readFileIfThere, writeFileWhole } from "../home.ts";
import { makeFolder } from "../makeFolder.ts";
import { backupMsMax, clockBackMsMax, lookEveryMs, retryAfterMs } from "./limits.ts";

export interface Schedule {
  readonly folder: string;
  readonly everyHours: number;
  /** The newest so many. */
  readonly keep: number;
  /** Beside them, the newest of each of so many weeks, and of so many months. */
  readonly weeks: number;
  readonly months: number;
}

export interface LastBackup {
  /** Of the newest that worked; `null` when none has yet. */
  readonly madeMs: number | null;
  readonly file: string | null;
  readonly bytes: number | null;
  /** Of the newest try, if that one failed. */
  readonly failedMs: number | null;
  readonly says: string | null;
}

const NO_BACKUP: LastBackup = { madeMs: null, file: null, bytes: null, failedMs: null, says: null };
const NAME = /^sovereign-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z\.backup$/;
const weekMs = 7 * 86_400_000;

export function backupFolder(home: string): string {
  return join(home, "backup");
}

export function readSchedule(home: string): Schedule | null {
  const read = readJson(join(backupFolder(home), "schedule.json"));
  // A schedule from before weeks and months keeps what it kept.
  const { folder, everyHours, keep, weeks = 0, months = 0 } = read;
  if (typeof folder !== "string" || !isPositive(everyHours) || !isPositive(keep)) return null;
  if (!isCount(weeks) || !isCount(months)) return null;
  return { folder, everyHours, keep, weeks, months };
}

/** `null` ends the schedule; backups that were made stay. */
export function writeSchedule(home: string, schedule: Schedule | null): void {
  const file = join(backupFolder(home), "schedule.json");
  if (schedule === null) return rmSync(file, { force: true });
  makeFolder(backupFolder(home));
  writeFileWhole(file, utf8ToBytes(`${JSON.stringify(schedule)}\n`));
}

export function readLastBackup(home: string): LastBackup {
  const { madeMs, file, bytes, failedMs, says } = readJson(join(backupFolder(home), "last.json"));
  const count = (value: unknown): number | null => (typeof value === "number" ? value : null);
  const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
  return { madeMs: count(madeMs), file: text(file), bytes: count(bytes), failedMs: count(failedMs), says: text(says) };
}

export function noteBackup(
  home: string,
  made: { readonly madeMs: number; readonly file: string; readonly bytes: number },
): void {
  writeLast(home, { ...NO_BACKUP, madeMs: made.madeMs, file: made.file, bytes: made.bytes });
}

export function noteFailure(home: string, failedMs: number, says: string): void {
  writeLast(home, { ...readLastBackup(home), failedMs, says });
}

/** One a second at most; sorts by time. */
export function backupName(madeMs: number): string {
  return `sovereign-${new Date(madeMs).toISOString().slice(0, 19).replaceAll(":", "-")}Z.backup`;
}

/** Those that have such a name, the oldest first. */
export function backupsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => NAME.test(name) && statSync(join(folder, name)).isFile())
    .sort()
    .map((name) => join(folder, name));
}

/** Only what has such a name, and is neither among the newest nor the newest of a week or month that is kept. */
export function pruneBackups(folder: string, kept: Pick<Schedule, "keep" | "weeks" | "months">): readonly string[] {
  const ours = backupsIn(folder).map((file) => basename(file));
  const stays = keptOf(ours, kept);
  const gone = ours.filter((name) => !stays.has(name));
  for (const name of gone) rmSync(join(folder, name));
  return gone;
}

/** By their own dates, so a clock that jumps takes none away; `names` sorted, the oldest first. */
function keptOf(
  names: readonly string[],
  { keep, weeks, months }: Pick<Schedule, "keep" | "weeks" | "months">,
): ReadonlySet<string> {
  const newestFirst = names.toReversed();
  const newestOfEach = (spanOf: (name: string) => number | string, most: number): readonly string[] => {
    const newest = new Map<number | string, string>();
    for (const name of newestFirst) if (!newest.has(spanOf(name))) newest.set(spanOf(name), name);
    return [...newest.values()].slice(0, most);
  };
  const dayOf = (name: string): string => NAME.exec(name)?.[1] ?? "";
  return new Set([
    ...newestFirst.slice(0, keep),
    ...newestOfEach((name) => Math.floor(Date.parse(dayOf(name)) / weekMs), weeks),
    ...newestOfEach((name) => dayOf(name).slice(0, 7), months),
  ]);
}

/** A clock that jumped back must not put the next one off, and one that failed is tried again sooner. */
export function isDue({ everyHours }: Schedule, { madeMs, failedMs }: LastBackup, nowMs: number): boolean {
  if (failedMs !== null && nowMs - failedMs < retryAfterMs && nowMs >= failedMs) return false;
  if (madeMs === null) return true;
  return nowMs - madeMs >= everyHours * 3_600_000 || nowMs < madeMs - clockBackMsMax;
}

export interface ScheduleKeeper {
  close(): void;
}

/** In the supervisor: looks once a minute, reads two small files, and starts the command when it is time. */
export function keepSchedule(options: {
  readonly home: string;
  readonly notify: (sentence: string) => void;
  /** `null` when it went well, else why not; it has written down how it went. */
  readonly run?: (home: string, signal: AbortSignal) => Promise<string | null>;
  readonly clock?: Clock;
}): ScheduleKeeper {
  const { home, notify, run = runCommand, clock = systemClock } = options;
  let isRunning = false;
  let cancelLook = (): void => {};
  const look = async (): Promise<void> => {
    const schedule = readSchedule(home);
    if (isRunning || schedule === null || !isDue(schedule, readLastBackup(home), clock.now())) return;
    isRunning = true;
    const ending = new AbortController();
    const cancel = clock.after(backupMsMax, () => ending.abort());
    const says = await run(home, ending.signal);
    cancel();
    isRunning = false;
    if (says !== null) notify(`No backup was made: ${says}`);
  };
  const follow = (): void => {
    cancelLook = clock.after(lookEveryMs, () => {
      follow();
      void look();
    });
  };
  follow();
  return { close: () => cancelLook() };
}

/** One that hangs, as on a folder of a network that is gone, would keep every later one from being made. */
const hungSays = `it had not ended after ${backupMsMax / 3_600_000} hours and was stopped. Is the folder that it goes to there?`;

function runCommand(home: string, signal: AbortSignal): Promise<string | null> {
  const main = join(import.meta.dirname, "../cli/main.ts");
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [main, "backup", "--json"],
      { env: { ...process.env, SOVEREIGN_HOME: home }, windowsHide: true, signal, killSignal: "SIGKILL" },
      (error, _out, said) => {
        if (error === null) return resolve(null);
        const last = said.trim().split("\n").at(-1) ?? "it ended without a word.";
        const sentence = signal.aborted ? hungSays : last;
        // It wrote this down itself, unless it was killed before it could.
        if (existsSync(home) && readLastBackup(home).says !== sentence) noteFailure(home, Date.now(), sentence);
        resolve(sentence);
      },
    );
    child.stdin?.end();
  });
}

function writeLast(home: string, last: LastBackup): void {
  makeFolder(backupFolder(home));
  writeFileWhole(join(backupFolder(home), "last.json"), utf8ToBytes(`${JSON.stringify(last)}\n`));
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function isPositive(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function readJson(file: string): Record<string, unknown> {
  try {
    const bytes = readFileIfThere(file);
    const value: unknown = bytes === null ? null : JSON.parse(bytesToUtf8(bytes));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // reason: a file that is no JSON is one without its fields: no schedule, no backup yet.
    return {};
  }
}
