/** The log as its owner reads it: everything that is there, and then what comes, in the order of time. */
import { setTimeout as pause } from "node:timers/promises";
import { followEveryMs } from "./limits.ts";
import { readEvent, type LogEvent } from "./events.ts";
import { logFolder } from "./hostLog.ts";
import { createLineReader } from "./lineReader.ts";

export interface LogLine {
  /** ms since 1970. */
  readonly time: number;
  readonly level: string;
  readonly event: LogEvent;
}

export interface LogReader {
  /** What was written since the last time. */
  read(): readonly LogLine[];
  /** Files of which not everything could be opened: changed, or sealed with a key that is gone. */
  readonly damaged: number;
}

export function createLogReader(home: string): LogReader {
  const lines = createLineReader(logFolder(home));
  return {
    // Two processes may have written at the same time, each to its own file.
    read: () =>
      lines
        .read()
        .flatMap((line) => parseLine(line) ?? [])
        .sort((a, b) => a.time - b.time),
    get damaged() {
      return lines.damaged;
    },
  };
}

/** Until `signal` says that it is enough. */
export async function* followLog(reader: LogReader, signal: AbortSignal): AsyncGenerator<LogLine> {
  while (!signal.aborted) {
    yield* reader.read();
    await pause(followEveryMs, undefined, { signal }).catch(() => {
      // reason: the end of the wait is the end of the loop.
    });
  }
}

/** `null`: a line of a later version. */
function parseLine(line: string): LogLine | null {
  try {
    const { time, level, event, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const read = readEvent({ type: event, ...fields });
    if (typeof time !== "number" || typeof level !== "string" || (read.type === "line-refused" && event !== read.type))
      return null;
    return { time, level, event: read };
  } catch {
    // reason: what is no JSON was not written by us.
    return null;
  }
}
