/**
 * The history of incidents in the home's `incidents/`: sealed lines of a closed list (log/README.md says what the seal is for, and how long they are kept), each a part, a
 * kind of trouble and times. And `alive`, whose time says when the host was last there: one that finds the file has a life before it that nobody ended.
 */
import { rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseIncidents, type IncidentFacts } from "#crypto/serviceFacts.ts";
import { createLineReader } from "../log/lineReader.ts";
import { openLines } from "../log/lines.ts";
import { incidentFileBytesMax } from "./limits.ts";

const incidentFolder = (home: string): string => join(home, "incidents");
const aliveFile = (home: string): string => join(home, "alive");

/** The oldest first. One that began and of which no end was written lasts, or ended with its host (`ended`). */
export function readIncidents(home: string): readonly IncidentFacts[] {
  const found = new Map<string, IncidentFacts>();
  for (const line of createLineReader(incidentFolder(home)).read())
    for (const incident of parseLine(line)) {
      const { kind, trouble, from } = incident;
      found.set(`${kind} ${trouble} ${from}`, incident);
    }
  return [...found.values()].sort((a, b) => a.from - b.from);
}

/** Of a host that is gone: what lasted then ended with it, at a time that nobody knows. */
export const ended = (incident: IncidentFacts): IncidentFacts =>
  incident.to === undefined ? { ...incident, to: incident.from } : incident;

/** When a host that was not stopped was last there, and `null` for one that was, or that never ran. */
export function lastAliveMs(home: string): number | null {
  return statSync(aliveFile(home), { throwIfNoEntry: false })?.mtimeMs ?? null;
}

export interface IncidentHistory {
  readonly before: readonly IncidentFacts[];
  write(incident: IncidentFacts): void;
  /** The host is there. */
  touch(): void;
  /** It was stopped in order. */
  close(): void;
}

/** In the supervisor, which holds the home. A disk that takes nothing costs the line, as it does in the log. */
export function openIncidents(home: string, nowMs: () => number): IncidentHistory {
  const lines = openLines(incidentFolder(home), nowMs, incidentFileBytesMax);
  const write = (incident: IncidentFacts): void => void lines.append(JSON.stringify(incident));
  const goneMs = lastAliveMs(home);
  const now = nowMs();
  // A clock that was set back says nothing of how long.
  if (goneMs !== null && goneMs < now) write({ kind: "host", trouble: "gone", from: Math.floor(goneMs), to: now });
  const before = readIncidents(home).map(ended);
  return {
    before,
    write,
    touch: () => {
      try {
        const at = nowMs() / 1_000;
        writeFileSync(aliveFile(home), "", { mode: 0o600 });
        utimesSync(aliveFile(home), at, at);
      } catch {
        // reason: a full or read-only disk is said by the parts whose data it holds.
      }
    },
    close: () => {
      lines.close();
      rmSync(aliveFile(home), { force: true });
    },
  };
}

/** Nothing of a line that is not of the list. */
function parseLine(line: string): readonly IncidentFacts[] {
  try {
    return parseIncidents([JSON.parse(line)]);
  } catch {
    // reason: what is no incident was not written by this version.
    return [];
  }
}
