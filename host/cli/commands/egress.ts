/** `sovereign egress`: what left this machine by the host, when, to whom and why. */
import { isLoopback } from "../../backends/addresses.ts";
import { readLedger, type LedgerRow } from "../../egress/ledger.ts";
import type { Why } from "../../egress/calls.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit.ts";
import { sinceOption } from "../since.ts";
import { toLocalTime } from "../localTime.ts";

const REASONS: Readonly<Record<Why, string>> = {
  backend: "questions to a backend",
  relay: "sealed logs, to the relay",
  download: "a download that you asked for",
  tool: "a tool that the owner let reach it",
  push: "word without content that an answer is ready, to a browser's push service",
  metrics: "numbers about the host, to the collector that its owner named",
  refused: "REFUSED: nobody had named it",
};

interface Summed extends LedgerRow {
  /** When last; `time` is when first. */
  readonly until: number;
}

export const egress: Command = {
  name: "egress",
  usage: "[--since 7d] [--all]",
  summary: "what left this machine by the host, when, to whom and why",
  help: "Reads the host's ledger in this home, whether or not a host runs. Each row is a place, a reason and how much went out and came in.\n  --since   only what is newer: 30m, 2h, 3d, or a time such as 2026-11-21T14:00\n  --all     also what went from one program of this machine to another",
  options: { since: { type: "string" }, all: { type: "boolean" } },
  wordsMax: 0,
  run: async (call) => {
    const { terminal, home, options } = call;
    const fromMs = sinceOption(call);
    const { rows, damaged } = readLedger(home);
    const asked = rows.filter(({ time }) => time >= fromMs);
    const outside = asked.filter((row) => !isWithin(row));
    const shown = sumUp(options["all"] === true ? asked : outside);
    for (const { time, until, by, why, to, calls, bytesOut, bytesIn } of shown) {
      if (terminal.isJson) {
        const [first, last] = [time, until].map((ms) => new Date(ms).toISOString());
        terminal.json({ first, last, by, why, to, isThisMachine: isWithin({ to }), calls, bytesOut, bytesIn });
      } else {
        terminal.line(`${terminal.bold(to)}  ${REASONS[why]}`);
        const when =
          toLocalTime(time) === toLocalTime(until)
            ? toLocalTime(time)
            : `${toLocalTime(time)} to ${toLocalTime(until)}`;
        terminal.line(
          terminal.dim(`  ${when} · by the ${by} · ${counted(calls)} · ${toSize(bytesOut)} out, ${toSize(bytesIn)} in`),
        );
      }
    }
    if (damaged > 0)
      terminal.note(
        `Not everything could be read: ${damaged} of the files in ${home}/egress were changed, or belong to a key that is gone.`,
      );
    const [first] = rows;
    if (!terminal.isJson && outside.length === 0)
      terminal.note(
        first === undefined
          ? "Nothing has left this machine by the host: no host has told of anything yet. A running one tells each minute."
          : `Nothing left this machine by the host since ${toLocalTime(Math.max(fromMs, first.time))}.`,
      );
    return EXIT.ok;
  },
};

/** A day's calls to one place for one reason are one row. */
function sumUp(rows: readonly LedgerRow[]): readonly Summed[] {
  const sums = new Map<string, Summed>();
  for (const row of rows) {
    const key = [new Date(row.time).toDateString(), row.by, row.why, row.to].join(" ");
    const sum = sums.get(key);
    sums.set(key, {
      ...row,
      time: sum?.time ?? row.time,
      until: row.time,
      calls: row.calls + (sum?.calls ?? 0),
      bytesOut: row.bytesOut + (sum?.bytesOut ?? 0),
      bytesIn: row.bytesIn + (sum?.bytesIn ?? 0),
    });
  }
  return [...sums.values()];
}

function isWithin({ to }: Pick<LedgerRow, "to">): boolean {
  return isLoopback(to.replace(/:\d+$/, ""));
}

const counted = (calls: number): string => (calls === 1 ? "1 connection" : `${calls} connections`);

function toSize(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
