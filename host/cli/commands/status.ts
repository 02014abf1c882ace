import { readLastBackup, readSchedule, type LastBackup, type Schedule } from "../../backup/schedule.ts";
import { askHost } from "../../control.ts";
import type { HostStatus } from "../../hostStatus.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { toAgo, toTable } from "../terminal.ts";

export const status: Command = {
  name: "status",
  usage: "",
  summary: "how the host on this machine is",
  help: "Asks the host over a socket in its home that only you may open. Exit code 4: no host runs on this home.",
  wordsMax: 0,
  run: async ({ terminal, home }) => {
    const found = await askHost(home, "status");
    if (found === null) {
      if (terminal.isJson) terminal.json({ running: false, home });
      else terminal.note(`No host runs on ${home}. Start one with: sovereign up`);
      return EXIT.noHost;
    }
    const backup = { schedule: readSchedule(home), last: readLastBackup(home) };
    if (terminal.isJson) terminal.json({ running: true, ...found, backup });
    else terminal.line(describe(found, describeBackup(backup), terminal.bold));
    return EXIT.ok;
  },
};

function describeBackup({ schedule, last }: { readonly schedule: Schedule | null; readonly last: LastBackup }): string {
  const age = last.madeMs === null ? "none yet" : toAgo(last.madeMs, Date.now());
  const failed = last.failedMs === null ? "" : `; the newest try failed: ${last.says ?? ""}`;
  const next =
    schedule === null
      ? "; none by themselves (sovereign backup --to FOLDER)"
      : `; every ${schedule.everyHours} h into ${schedule.folder}`;
  return `${age}${failed}${next}`;
}

function describe(host: HostStatus, backup: string, bold: (text: string) => string): string {
  const { relay, agent, gateway } = host.parts;
  const part = (of: typeof relay): string => {
    if (of === null) return "on another machine";
    return of.pid === null ? of.state : `${of.state} (process ${of.pid})`;
  };
  const remarked = host.backend === null || host.backend.remark === "" ? [] : [["", host.backend.remark]];
  const now = Date.now();
  const notices = host.notices.slice(-noticesShown).map(({ at, says }) => `${toAgo(at, now)}: ${says}`);
  const models = host.backend === null ? "" : `: ${host.backend.models.join(", ")}`;
  return [
    bold(host.port === null ? "Starting" : `Running at http://localhost:${host.port}`),
    toTable([
      ["since", toDuration(host.upSeconds)],
      ["relay", part(relay)],
      ["agent", part(agent)],
      ["gateway", part(gateway)],
      ["tailnet", host.tailnet.length === 0 ? "not reached by it" : host.tailnet.join(", ")],
      ["answers", host.backend === null ? "not known yet" : `${host.backend.label}${models}`],
      ...remarked,
      ["vault", host.claimed ? "claimed" : "none yet: open the link that the host printed"],
      ["devices", `${host.devicesConnected} connected`],
      ["backup", backup],
      ["home", host.home],
    ]),
    ...notices,
  ].join("\n");
}

/** The rest is in `--json`. */
const noticesShown = 5;

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
