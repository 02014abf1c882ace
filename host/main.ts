/**
 * `npm start` ends here, after the app is built (host/launch): the supervisor. It holds no content and no content key,
 * and loads little, because it is there for months.
 */
import "./steadyCompiler.ts";
import "./egress/closed.ts";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { keepSchedule, readLastBackup, readSchedule } from "./backup/schedule.ts";
import { sayText } from "./cli/plainly.ts";
import { parseConfig, type HostConfig } from "./config.ts";
import { startControl, type Control } from "./control.ts";
import { HostError, toOwnerSentence } from "./errors.ts";
import { openLedger } from "./egress/ledger.ts";
import { lockHome, prepareFolder } from "./home.ts";
import { startHost } from "./host.ts";
import { agentNotice, appLink, linkNotice, otherDevicesNotice, relayNotice } from "./link/appLink.ts";
import { openHostLog } from "./log/hostLog.ts";
import { openBrowser } from "./link/openBrowser.ts";
import { openServiceManager } from "./serviceManager.ts";
import type { HttpsState } from "./tls/httpsState.ts";

/** What servers say of themselves can stand in it. */
const say = (sentence: string): void => console.error(sayText(sentence));

async function main(): Promise<void> {
  // Without a cache each process loads the stripper of types anew: 20 MB and a quarter of a second each. The launcher
  // names one; this is for all others.
  enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/sovereign"));
  // Whatever this process and its children write is for the owner alone.
  process.umask(0o077);
  // node:sqlite still calls itself experimental, which is ours to know and not the owner's to read.
  process.removeAllListeners("warning");
  const config = parseConfig(process.env, process.argv.slice(2));
  prepareFolder(config.home);
  const lock = await lockHome(config.home);
  const log = openHostLog(config.home);
  const ledger = openLedger(config.home);
  log.write({ type: "host-started", pid: process.pid });
  let ending: Promise<void> | null = null;
  let control: Control | null = null;
  let backups: ReturnType<typeof keepSchedule> | null = null;

  const end = (exitCode: number): Promise<void> => {
    if (ending === null) {
      log.write({ type: "host-stopping" });
      manager?.stopping();
    }
    control?.close();
    backups?.close();
    ending ??= host.stop().then(() => {
      log.close();
      ledger.close();
      lock.release();
      process.exit(exitCode);
    });
    return ending;
  };
  const fail = (error: unknown): void => {
    if (ending === null) {
      say(toOwnerSentence(error));
      log.write({ type: "host-failed", code: error instanceof HostError ? error.code : "unknown" });
    }
    void end(1);
  };
  const host = startHost({
    config,
    relayEntry: join(import.meta.dirname, "relay/main.ts"),
    agentEntry: join(import.meta.dirname, "agent/main.ts"),
    gatewayEntry: join(import.meta.dirname, "gateway/main.ts"),
    // Windows cannot give another process a connection that has no port of its own.
    pushEntry: join(import.meta.dirname, "push/main.ts"),
    httpsEntry: process.platform === "win32" ? null : join(import.meta.dirname, "tls/main.ts"),
    onHttps: (https) => showHttps(https),
    onReady: (port, seed, fingerprint) => {
      log.write({ type: "host-ready", port, afterMs: process.uptime() * 1_000 });
      show(config, appLink(port, seed, fingerprint));
    },
    onRunning: () => manager?.ready(),
    onRelayPlace: (place) => console.log(relayNotice(place)),
    onAgentKeys: (keys, isAlone) => {
      console.log(agentNotice(keys, isAlone));
      if (isAlone) void end(1);
    },
    onFatal: fail,
    notify: say,
    log: log.write,
    onCalls: ledger.add,
    ...(config.only === "agent"
      ? {}
      : { backups: () => ({ schedule: readSchedule(config.home), last: readLastBackup(config.home) }) }),
  });
  // A relay by itself keeps the log, an agent by itself nothing that its devices could not do without. After the host itself: one that cannot
  // start ends, and what looks every so often would keep it there.
  if (config.only !== "agent") backups = keepSchedule({ home: config.home, notify: say });
  const manager = openServiceManager({ environment: process.env, health: host.health, notify: say });
  process.on("uncaughtException", fail);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void end(0));
  control = await startControl(config.home, { status: host.status, link: host.link }).catch((error: unknown) => {
    // Without it the host does all its work; only `sovereign status` is blind.
    say(toOwnerSentence(error));
    return null;
  });
}

/** Once for each place: the owner reads it as often as it changes, and a camera finds it. */
function showHttps(https: HttpsState | null): void {
  const notice = https === null ? null : otherDevicesNotice(https);
  if (notice !== null) console.log(notice);
}

function show(config: HostConfig, link: string): void {
  console.log(linkNotice(link));
  console.log("Ctrl-C stops the host; your devices keep working and catch up later.");
  if (config.opensBrowser) openBrowser(link);
}

main().catch((error: unknown) => {
  say(toOwnerSentence(error));
  process.exitCode = 1;
});
