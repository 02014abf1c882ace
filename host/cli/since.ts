import { textOption, type Call } from "./command.ts";
import { CliError, EXIT } from "./exit.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "2h" before `nowMs`, or a time as ISO 8601 has it (without a zone: this machine's). `null`: neither. */
function parseSince(text: string, nowMs: number): number | null {
  const [, amount, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * (UNITS[unit] ?? 0);
  // Date.parse takes nearly everything for a time, "2" and "may" too.
  const ms = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}\S*)?$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

/** What `--since` asks for, in ms since 1970; 0 without it. */
export function sinceOption(call: Call): number {
  const since = textOption(call, "since");
  const fromMs = since === null ? 0 : parseSince(since, Date.now());
  if (fromMs === null)
    throw new CliError(EXIT.usage, `"${since}" is no time. Give 30m, 2h, 3d, or one such as 2026-11-21T14:00.`);
  return fromMs;
}
