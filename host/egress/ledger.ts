/** What left, kept: a sealed line for each time that a part told of it, in the home's `egress/`. As long and as safely as the log (log/README.md), and beside it, for a log holds no address. */
import { join } from "node:path";
import { createLineReader } from "../log/lineReader.ts";
import { openLines, type Lines } from "../log/lines.ts";
import { ledgerFileBytesMax } from "./limits.ts";
import { WHYS, type Calls } from "./calls.ts";

/** Who called: a part of the host, or a command of the terminal. */
export type Caller = "agent" | "gateway" | "push" | "command";

export interface LedgerRow extends Calls {
  /** ms since 1970. */
  readonly time: number;
  readonly by: Caller;
}

export interface Ledger {
  add(by: Caller, calls: readonly Calls[]): void;
  close(): void;
}

const ledgerFolder = (home: string): string => join(home, "egress");

export function openLedger(home: string, nowMs: () => number = Date.now): Ledger {
  const lines: Lines = openLines(ledgerFolder(home), nowMs, ledgerFileBytesMax);
  return {
    add: (by, calls) => {
      for (const one of calls) lines.append(JSON.stringify({ time: nowMs(), by, ...one }));
    },
    close: lines.close,
  };
}

export interface ReadLedger {
  readonly rows: readonly LedgerRow[];
  /** Files of which not everything could be opened. */
  readonly damaged: number;
}

export function readLedger(home: string): ReadLedger {
  const reader = createLineReader(ledgerFolder(home));
  const rows = reader.read().flatMap((line) => parseRow(line) ?? []);
  return { rows: rows.sort((a, b) => a.time - b.time), damaged: reader.damaged };
}

/** `null`: a line of a later version. */
function parseRow(line: string): LedgerRow | null {
  try {
    const { time, by, why, to, calls, bytesOut, bytesIn } = JSON.parse(line) as Record<string, unknown>;
    const reason = WHYS.find((one) => one === why);
    const caller = (["agent", "gateway", "push", "command"] as const).find((one) => one === by);
    const numbers = [time, calls, bytesOut, bytesIn].map(Number);
    if (reason === undefined || caller === undefined || typeof to !== "string" || numbers.some(Number.isNaN))
      return null;
    const [at = 0, count = 0, out = 0, back = 0] = numbers;
    return { time: at, by: caller, why: reason, to, calls: count, bytesOut: out, bytesIn: back };
  } catch {
    // reason: what is no JSON was not written by us.
    return null;
  }
}
