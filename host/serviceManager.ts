/**
 * What systemd wants to hear of a service (sd_notify(3)): READY when the app can be opened, STATUS in words, STOPPING, and
 * WATCHDOG for as long as every part beats, so that systemd starts the whole host anew when supervision itself has failed.
 *
 * Node has no unix datagram sockets, and the packages that add them are native code. systemd's own `systemd-notify` is on
 * every machine that sets NOTIFY_SOCKET, and waits until systemd has taken the message; one costs 4 ms of a core, twice
 * in a watchdog's time. Its messages come from another process than the service's first one, so the unit says
 * `NotifyAccess=all` (README.md). Nothing of a chat passes here.
 */
import { execFile } from "node:child_process";
import { systemCode } from "./errors.ts";

export interface ServiceManagerOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly health: () => { readonly isWell: boolean; readonly says: string };
  readonly notify: (sentence: string) => void;
}

export interface ServiceManager {
  /** The host is up: from now on the watchdog is fed while all is well. */
  ready(): void;
  stopping(): void;
  close(): void;
}

const command = "systemd-notify";
/** It waits for systemd to read; one that has not in this time is given up, and the next one tells more. */
const messageMsMax = 5_000;
/** Without a watchdog, how often a change of status is told. */
const statusEveryMs = 10_000;
/** A watchdog of less than a second would be fed without end. */
const feedMsMin = 250;

/** `null` when no service manager listens. */
export function openServiceManager(options: ServiceManagerOptions): ServiceManager | null {
  const { environment, health, notify } = options;
  const { NOTIFY_SOCKET, WATCHDOG_USEC, PATH } = environment;
  if (NOTIFY_SOCKET === undefined || NOTIFY_SOCKET === "") return null;
  const watchdogMs = Number(WATCHDOG_USEC ?? "") / 1_000;
  const hasWatchdog = watchdogMs > 0;
  let timer: NodeJS.Timeout | undefined;
  let told = "";
  let isTelling = false;
  let isMissing = false;

  function tell(...assignments: readonly string[]): void {
    if (isMissing) return;
    isTelling = true;
    execFile(command, [...assignments], { env: { PATH, NOTIFY_SOCKET }, timeout: messageMsMax }, (error) => {
      isTelling = false;
      if (error === null || systemCode(error) !== "ENOENT") return;
      isMissing = true;
      notify(
        "systemd cannot be told how the host is, since systemd-notify is not there. Install it, or remove Type=notify and WatchdogSec from the unit.",
      );
    });
  }

  function feed(): void {
    const { isWell, says } = health();
    const news = says === told ? [] : [`STATUS=${says}`];
    // A message that is still on its way is news enough; two at once could arrive in the wrong order.
    if (isTelling || (news.length === 0 && !(isWell && hasWatchdog))) return;
    told = says;
    tell(...(isWell && hasWatchdog ? ["WATCHDOG=1"] : []), ...news);
  }

  return {
    ready: () => {
      const { says } = health();
      told = says;
      tell("READY=1", `STATUS=${says}`);
      timer = setInterval(feed, hasWatchdog ? Math.max(feedMsMin, watchdogMs / 2) : statusEveryMs);
    },
    stopping: () => {
      clearInterval(timer);
      tell("STOPPING=1", "STATUS=stopping");
    },
    close: () => clearInterval(timer),
  };
}
