/**
 * The host's log as one who writes it sees it: each event becomes a line of JSON with its level and time, in the form that pino and its readers have, and the folder keeps
 * it sealed (lineFolder.ts). Not by pino itself: it is 3.7 MB in a process that lives for months beside 200 MB for the whole host, and its redaction, serializers and
 * transports are for text, of which there is none here. Writing never throws and never waits: a host whose disk is full goes on, and says how many lines it lost once
 * there is room again.
 */
import { checkEvent, levelOf, type LogEvent } from "./events.ts";
import { join } from "node:path";
import { logFileBytesMax } from "./limits.ts";
import { openLines } from "./lines.ts";

export const logFolder = (home: string): string => join(home, "logs");

export interface HostLog {
  write(event: LogEvent): void;
  close(): void;
}

export function openHostLog(
  home: string,
  nowMs: () => number = Date.now,
  fileBytesMax: number = logFileBytesMax,
): HostLog {
  const lines = openLines(logFolder(home), nowMs, fileBytesMax);
  let lost = 0;

  const put = (event: LogEvent): boolean => {
    const checked = checkEvent(event);
    const { type, ...fields } = checked;
    return lines.append(JSON.stringify({ level: levelOf(checked), time: nowMs(), event: type, ...fields }));
  };

  return {
    write: (event) => {
      if (lost > 0 && put({ type: "lines-lost", lines: lost })) lost = 0;
      if (!put(event)) lost += 1;
    },
    close: lines.close,
  };
}
