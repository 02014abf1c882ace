/** A backup that hangs, takes hours, fails or keeps failing, and the schedule that makes it (backup/schedule.ts). */
import { join } from "node:path";
import { backupMsMax, lookEveryMs, retryAfterMs } from "../../backup/limits.ts";
import {
  keepSchedule,
  noteBackup,
  noteFailure,
  readLastBackup,
  readSchedule,
  writeSchedule,
} from "../../backup/schedule.ts";
import { backupEveryTicks, tickMs } from "../limits.ts";
import { createServiceWorld, type ServiceOutcome } from "./serviceWorld.ts";
import type { Fault } from "./simulateFaults.ts";

/** Nothing here is told to the second. */
const stepMs = 5_000;
const everyHours = 4;
const everyMs = everyHours * 3_600_000;
/** A try is begun at a look, and what came of it is shown at one. */
const lookMs = lookEveryMs + backupEveryTicks * tickMs;
export const backupBackMsMax = retryAfterMs + lookMs + 130_000;

export async function simulateBackup(fault: Fault, seed: number): Promise<ServiceOutcome> {
  let home = "";
  const read = () => ({ schedule: readSchedule(home), last: readLastBackup(home) });
  const world = createServiceWorld("backup", fault, seed, () => read());
  ({ home } = world);
  const { random } = world;
  let how: "well" | "hangs" | "fails" = "well";
  let takesMs = 5_000;
  let [begun, running, overlapped, made] = [0, 0, 0, 0];
  writeSchedule(home, { folder: join(home, "to"), everyHours, keep: 3, weeks: 0, months: 0 });
  const keeper = keepSchedule({
    ...{ home, clock: world, notify: () => {} },
    run: async (_home, signal) => {
      begun += 1;
      running += 1;
      if (running > 1) overlapped += 1;
      const says = await work(signal);
      running -= 1;
      if (says === null) noteBackup(home, { madeMs: world.now(), file: join(home, "to", "x"), bytes: 1 });
      else noteFailure(home, world.now(), says);
      made += says === null ? 1 : 0;
      return says;
    },
  });
  const work = async (signal: AbortSignal): Promise<string | null> => {
    if (how === "fails") return "The disk is full.";
    if (how === "well") {
      await world.sleep(takesMs);
      return null;
    }
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    return "It hung.";
  };
  const recoveredMs: number[] = [];
  let [dueTries, missed] = [1, 0];
  const isFailed = (): boolean => world.line("backup")?.trouble === "failed";
  const expectWithin = async (isSo: () => boolean, msMax: number): Promise<void> => {
    if ((await world.until(isSo, msMax, stepMs)) === null) missed += 1;
  };
  const recover = async (): Promise<void> => {
    const before = made;
    const ms = await world.until(() => made > before, backupBackMsMax, stepMs);
    if (ms === null) missed += 1;
    else recoveredMs.push(ms);
    await expectWithin(() => world.line("backup")?.state === "well", lookMs);
  };

  await world.pass(lookEveryMs + takesMs + random.between(2 * lookMs, 600_000));
  if (made !== 1 || world.line("backup")?.state !== "well") missed += 1;
  takesMs = random.between(5_000, 120_000);
  if (fault === "slow") {
    // Hours, as to a disk behind a slow line: one at a time, and nobody is alarmed.
    takesMs = random.between(3_600_000, backupMsMax - 60_000);
    await world.pass(everyMs + takesMs + 2 * lookMs);
    if (made !== 2 || isFailed()) missed += 1;
    dueTries += 1;
  } else if (fault === "hang") {
    how = "hangs";
    await world.pass(everyMs);
    await expectWithin(isFailed, backupMsMax + lookMs);
    how = "well";
    await recover();
    dueTries += 2;
  } else {
    const fails = fault === "flap" ? random.between(2, 4) : 1;
    for (let fail = 0; fail < fails; fail += 1) {
      how = "fails";
      await expectWithin(isFailed, everyMs + lookMs);
      dueTries += 1;
      how = "well";
      // Now and then it fails twice in a row.
      if (fault === "flap" && random.chance(0.5)) {
        how = "fails";
        await world.pass(retryAfterMs + lookMs);
        dueTries += 1;
        how = "well";
      }
      await recover();
      dueTries += 1;
    }
  }
  const needless = Math.max(0, begun - dueTries) + overlapped;
  if (begun < dueTries) missed += 1;
  await world.pass(120_000);
  const isWell = world.line("backup")?.state === "well";
  const incidents = world.incidentsOf("backup");
  keeper.close();
  world.close();
  return { needless, missed, recoveredMs, isWell, incidents };
}
