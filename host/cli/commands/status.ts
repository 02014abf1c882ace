import { readLastBackup, readSchedule, type LastBackup, type Schedule } from "../../backup/schedule.ts";
import { askHost } from "../../control.ts";
import type { HostStatus } from "../../hostStatus.ts";
import type { ServiceStatus } from "../../watch/board.ts";
import { ended, lastAliveMs, readIncidents } from "../../watch/incidents.ts";
import { sayIncident, sayShare, sayState, SERVICE_NAMES } from "../../watch/say.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { toLocalTime } from "../localTime.ts";
import { toAgo, toTable, type Terminal } from "../terminal.ts";

export const status: Command = {
  name: "status",
  usage: "",
  summary: "how the host on this machine is, part by part, and what went wrong lately",
  help: "Asks the host over a socket in its home that only you may open. Exit code 4: no host runs on this home.",
  wordsMax: 0,
  run: async ({ terminal, home }) => {
    const found = await askHost(home, "status");
    if (found === null) {
      sayNone(terminal, home);
      return EXIT.noHost;
    }
    const backup = { schedule: readSchedule(home), last: readLastBackup(home) };
    if (terminal.isJson) terminal.json({ running: true, ...found, backup });
    else terminal.line(describe(found, describeBackup(backup), terminal));
    return EXIT.ok;
  },
};

/** With what the home still tells: when the host was last there, and what went wrong before. */
function sayNone(terminal: Terminal, home: string): void {
  const goneMs = lastAliveMs(home);
  const incidents = readIncidents(home).map(ended).toReversed().slice(0, incidentsShown);
  if (terminal.isJson) return terminal.json({ running: false, home, lastAlive: goneMs, incidents });
  const away = goneMs === null ? "" : ` It was last there at ${toLocalTime(goneMs)}, and nobody stopped it.`;
  terminal.note(`No host runs on ${home}.${away} Start one with: sovereign up`);
  for (const incident of incidents) terminal.note(`${sayIncident(incident, toLocalTime)}.`);
}

function describeBackup({ schedule, last }: { readonly schedule: Schedule | null; readonly last: LastBackup }): string {
  const age = last.madeMs === null ? "none yet" : toAgo(last.madeMs, Date.now());
  const failed = last.failedMs === null ? "" : `; the newest try failed: ${last.says ?? ""}`;
  const next =
    schedule === null
      ? "; none by themselves (sovereign backup --to FOLDER)"
      : `; every ${schedule.everyHours} h into ${schedule.folder}`;
  return `${age}${failed}${next}`;
}

function describe(host: HostStatus, backup: string, { bold, dim }: Pick<Terminal, "bold" | "dim">): string {
  const remarked = host.backend === null || host.backend.remark === "" ? [] : [["", host.backend.remark]];
  const now = Date.now();
  const notices = host.notices.slice(-noticesShown).map(({ at, says }) => `${toAgo(at, now)}: ${says}`);
  const incidents = host.incidents.slice(0, incidentsShown).map((each) => `${sayIncident(each, toLocalTime)}.`);
  const models = host.backend === null ? "" : `: ${host.backend.models.join(", ")}`;
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ["", bold(title), ...lines];
  return [
    bold(host.port === null ? "Starting" : `Running at http://localhost:${host.port}`),
    toTable([
      ["since", toDuration(host.upSeconds)],
      ["tailnet", host.tailnet.length === 0 ? "not reached by it" : host.tailnet.join(", ")],
      ["answers", host.backend === null ? "not known yet" : `${host.backend.label}${models}`],
      ...remarked,
      ["vault", host.claimed ? "claimed" : "none yet: open the link that the host printed"],
      ...(host.share ? [["room", `${sayShare(host.share)} that your vault may take here`]] : []),
      ["devices", `${host.devicesConnected} connected`],
      ["backup", backup],
      ["home", host.home],
    ]),
    ...section("Parts", [toTable(host.services.map((each) => serviceRow(host, each, now)))]),
    ...section("Went wrong lately", incidents),
    ...section("Said lately", notices.map(dim)),
  ].join("\n");
}

function serviceRow(host: HostStatus, service: ServiceStatus, now: number): readonly string[] {
  const { kind, name, state, since, lastError, heard } = service;
  const part = kind === "certificate" ? "https" : kind;
  const pid = part in host.parts ? (host.parts[part as keyof HostStatus["parts"]]?.pid ?? null) : null;
  const told = lastError === null ? "" : `last error ${toAgo(lastError.at, now)}: ${lastError.says}`;
  return [
    name === undefined ? SERVICE_NAMES[kind] : name,
    sayState(service),
    // Of a backup that is still to come, the time at which somebody planned it says nothing.
    state === "off" || (kind === "backup" && state === "starting") ? "" : `since ${toLocalTime(since)}`,
    pid === null || state === "off" ? "" : `process ${pid}${silence(now - heard)}`,
    told,
  ];
}

/** A part beats every five seconds: what is older than three of them is worth a word. */
function silence(silentMs: number): string {
  return silentMs < 15_000 ? "" : `, last heard ${Math.round(silentMs / 1_000)} s ago`;
}

/** The rest is in `--json`. */
const noticesShown = 5;
const incidentsShown = 5;

function toDuration(seconds: number): string {
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  return days > 0
    ? `${days} d ${hours} h`
    : hours > 0
      ? `${hours} h ${minutes} min`
      : minutes > 0
        ? `${minutes} min`
        : `${seconds} s`;
}
