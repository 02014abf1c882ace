/** The log as its owner reads it: everything that is there, and then what comes, in the order of time. */
import { setTimeout as pause } from "node:timers/promises";
import { followEveryMs } from "./limits.ts";
import { listLogFiles, readLogFile, readLogKey, type LogFile } from "./logFolder.ts";
import { readEvent, type LogEvent } from "./events.ts";
import { readLineFile, type Place } from "./sealedLines.ts";

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
  const places = new Map<number, Place>();
  const damaged = new Set<number>();

  const readNew = (file: LogFile, key: Uint8Array): readonly string[] => {
    const { lines, end, isDamaged } = readLineFile(readLogFile(file), key, places.get(file.number));
    places.set(file.number, end);
    if (isDamaged) damaged.add(file.number);
    return lines;
  };
  return {
    read: () => {
      const key = readLogKey(home);
      if (key === null) return [];
      const lines = listLogFiles(home).flatMap((file) => (damaged.has(file.number) ? [] : readNew(file, key)));
      // Two processes may have written at the same time, each to its own file.
      return lines.flatMap((line) => parseLine(line) ?? []).sort((a, b) => a.time - b.time);
    },
    get damaged() {
      return damaged.size;
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
