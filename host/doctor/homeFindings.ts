/** The home, its disk, its clock and its backups: what can be seen whether or not a host runs. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readLastBackup, readSchedule } from "../backup/schedule.ts";
import { HostError } from "../errors.ts";
import { prepareFolder } from "../home.ts";
import { note, ok, problem, warning, type Finding } from "./finding.ts";
import { backupAgeMsMax, clockBackMsMax, filesLookedAtMax, freeBytesProblem, freeBytesWarning } from "./limits.ts";
import type { Machine } from "./machine.ts";

export async function homeFindings(home: string, machine: Machine): Promise<readonly Finding[]> {
  if (!existsSync(home)) return [note("home", `${home} is not there yet: no host has run on it.`, "sovereign up")];
  return [
    writable(home),
    ...permissions(home, machine),
    disk(home, machine),
    ...(await clock(home, machine)),
    ...backups(home, machine),
  ];
}

function writable(home: string): Finding {
  try {
    prepareFolder(home);
    return ok("home", `${home} can be written, and only you can enter it.`);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return problem("home", error.ownerSentence, `ls -ld ${home}`);
  }
}

function permissions(home: string, machine: Machine): readonly Finding[] {
  if (machine.platform === "win32") return [];
  const open = filesOf(home).filter(({ mode }) => (mode & 0o077) !== 0);
  const foreign = filesOf(home).filter(({ uid }) => machine.uid !== null && uid !== machine.uid);
  const found: Finding[] = [];
  if (open.length > 0) {
    const says = `${open.length} file${open.length === 1 ? "" : "s"} in ${home} can be read by others of this machine (${open[0]?.path ?? ""}).`;
    found.push(warning("permissions", says, `chmod -R go-rwx '${home}'`));
  }
  if (foreign.length > 0) {
    const says = `${foreign.length} file${foreign.length === 1 ? "" : "s"} in ${home} belong to another user (${foreign[0]?.path ?? ""}), so the host may not be able to write them.`;
    found.push(problem("owner", says, `sudo chown -R "$(id -un)" '${home}'`));
  }
  return found.length > 0 ? found : [ok("permissions", "Every file of the home is readable by you alone.")];
}

/** Sockets and models are left out: the one is guarded by its folder, the others are no secret. */
function filesOf(
  home: string,
): readonly { readonly path: string; readonly mode: number; readonly uid: number; readonly changedMs: number }[] {
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/[/\\](models|engine)([/\\]|$)/.test(entry.parentPath))
    .slice(0, filesLookedAtMax)
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat === undefined ? [] : [{ path, mode: stat.mode, uid: stat.uid, changedMs: stat.mtimeMs }];
    });
}

function disk(home: string, machine: Machine): Finding {
  const free = machine.freeBytes(home);
  if (free === null) return note("disk", "How much room the disk has cannot be seen here.");
  const room = `${(free / 1e9).toFixed(1)} GB are free where ${home} lies`;
  if (free < freeBytesProblem)
    return problem(
      "disk",
      `${room}: the host will soon take nothing more. What your devices write stays on them until there is room.`,
      `df -h '${home}'`,
    );
  if (free < freeBytesWarning) return warning("disk", `${room}, which is not much.`, `df -h '${home}'`);
  return ok("disk", `${room}.`);
}

async function clock(home: string, machine: Machine): Promise<readonly Finding[]> {
  const newest = Math.max(0, ...filesOf(home).map(({ changedMs }) => changedMs));
  const aheadMs = newest - machine.nowMs();
  if (aheadMs > clockBackMsMax) {
    const says = `Files here were written ${Math.round(aheadMs / 60_000)} minutes from now: the clock was set back. Keys that are lent for minutes may be refused until it is right.`;
    return [problem("clock", says, "timedatectl set-ntp true")];
  }
  const kept =
    machine.platform === "linux"
      ? await machine.run("timedatectl", ["show", "-p", "NTPSynchronized", "--value"])
      : null;
  if (kept?.trim() === "no")
    return [warning("clock", "Nothing keeps this machine's clock right.", "timedatectl set-ntp true")];
  return [
    ok(
      "clock",
      kept === null ? "The clock agrees with what was written here." : "The clock is kept right by the network.",
    ),
  ];
}

function backups(home: string, machine: Machine): readonly Finding[] {
  const [schedule, last] = [readSchedule(home), readLastBackup(home)];
  const found: Finding[] = [];
  const plan = "sovereign backup --to FOLDER";
  if (last.failedMs !== null)
    found.push(warning("backup-failed", `The newest backup was not made: ${last.says ?? ""}`, "sovereign backup"));
  if (last.madeMs === null)
    found.push(
      warning(
        "backup",
        "There is no backup yet. Your devices hold your chats; this host's keys and what only it has would be lost with its disk.",
        plan,
      ),
    );
  else if (machine.nowMs() - last.madeMs > backupAgeMsMax) {
    const days = Math.floor((machine.nowMs() - last.madeMs) / 86_400_000);
    found.push(
      warning("backup", `The newest backup is ${days} days old.`, schedule === null ? plan : "sovereign backup"),
    );
  } else if (last.file !== null && !existsSync(last.file))
    found.push(warning("backup", `The newest backup is not where it was written (${last.file}).`, "sovereign backup"));
  else
    found.push(
      ok("backup", `The newest backup is ${Math.floor((machine.nowMs() - last.madeMs) / 86_400_000)} days old.`),
    );
  const isSameDisk =
    schedule !== null && existsSync(schedule.folder) && statSync(schedule.folder).dev === statSync(home).dev;
  if (isSameDisk)
    found.push(
      note(
        "backup-disk",
        `Backups go to ${schedule.folder}, which is on the same disk as the home.`,
        "sovereign backup --to a folder on another disk",
      ),
    );
  return found;
}
