/**
 * Tells the host when something is due next, so that it can tell devices that are away: times to the minute, and nothing of what for. Only while some device of the vault has asked to be told.
 */
import { isAnyPushed, observePushed } from "#sync/docs/pushed.ts";
import { createReminders, type DueTask } from "#sync/docs/reminders.ts";
import { alarmsDelayMs, alarmsMax } from "#sync/limits.ts";
import type { Clock } from "#sync/ports.ts";
import type { Vault } from "#sync/vault.ts";
import { minuteMs } from "./times.ts";

export type AlarmVault = Pick<Vault, "catalog" | "devices" | "setAlarms" | "status" | "subscribeStatus">;

export function keepAlarms(vault: AlarmVault, clock: Clock): () => void {
  const { yDoc, value: catalog } = vault.catalog;
  const reminders = createReminders(yDoc);
  /** What this link's host was told; `null`: nothing yet. */
  let told: string | null = null;
  let cancel: (() => void) | null = null;
  let isOver = false;

  const isLive = (): boolean => vault.status().link === "live";
  const isThere = (device: string): boolean => vault.devices().some(({ id }) => id === device);
  /** A deleted project keeps its tasks' times for when it is brought back; nobody is told of them meanwhile. */
  const isWanted = ({ project }: DueTask): boolean =>
    project === null || catalog.projects.entry(project)?.deletedAt === null;

  function timesNow(): readonly number[] {
    if (!isAnyPushed(yDoc, isThere)) return [];
    const now = clock.now();
    // Never too early: it would be nothing that is due.
    const times = reminders
      .list()
      .flatMap((task) => (task.at > now && isWanted(task) ? [Math.ceil(task.at / minuteMs) * minuteMs] : []));
    return [...new Set(times)].slice(0, alarmsMax);
  }

  async function tell(): Promise<void> {
    cancel = null;
    if (isOver || !isLive()) return;
    const times = timesNow();
    const says = times.join();
    // A host that was never told of any need not hear that there are none.
    if (says === told || (told === null && says === "" && !isAnyPushed(yDoc, isThere))) return;
    told = says;
    if (!(await vault.setAlarms(times).catch(() => false)) && told === says) told = null;
  }

  /** A list that is being read says something else a moment later. */
  function soon(): void {
    if (!isLive()) told = null;
    else cancel ??= clock.after(alarmsDelayMs, () => void tell());
  }

  let wasLive = false;
  const onStatus = (): void => {
    if (isLive() === wasLive) return;
    wasLive = isLive();
    soon();
  };
  // The catalog: a project of theirs may have been deleted, or brought back.
  const leave = [
    vault.subscribeStatus(onStatus),
    reminders.observe(soon),
    observePushed(yDoc, soon),
    catalog.observe(soon),
  ];
  onStatus();
  return () => {
    isOver = true;
    cancel?.();
    for (const each of leave) each();
  };
}
