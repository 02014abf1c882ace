/**
 * The board on which each part of the host has its line: how it is, since when, when it was last heard, what waits there, what went wrong last. Trouble that lasts or
 * comes back within a minute is one incident, so that a part which keeps falling down is one story and not a hundred. The board acts on nobody: that is watchdog.ts.
 */
import {
  type IncidentFacts,
  type ServiceFacts,
  type ServiceKind,
  type ServiceState,
  type Trouble,
} from "#crypto/serviceFacts.ts";
import { incidentsMax, serverCharsMax, servicesMax } from "#crypto/limits.ts";
import { mergeMs, recentMax, stalledMs } from "./limits.ts";
import type { Pulse } from "./pulse.ts";

/** One part's line, for who knows how it is. */
export interface ServiceEntry {
  set(state: Exclude<ServiceState, "trouble">): void;
  /** `says`: for the owner alone, in memory. */
  trouble(what: Trouble, says: string): void;
  beat(pulse?: Pulse): void;
}

export interface ServiceStatus extends ServiceFacts {
  /** When it last gave a sign of life. */
  readonly heard: number;
  readonly waiting: number;
  readonly oldestMs: number;
  readonly restarts: number;
  /** The last thing that went wrong, also when that is over. */
  readonly lastError: { readonly at: number; readonly says: string } | null;
}

export interface BoardOptions {
  readonly nowMs: () => number;
  /** An incident has begun, or one that had begun is over. */
  readonly onIncident: (incident: IncidentFacts) => void;
  /** What devices are told has changed. */
  readonly onChange: () => void;
  /** Those before this host was started, the oldest first. */
  readonly before?: readonly IncidentFacts[];
}

export interface Board {
  /** The part's line, which begins as `off`. A name tells backends apart. */
  entry(kind: ServiceKind, name?: string): ServiceEntry;
  /** A backend that is not configured any more. */
  remove(kind: ServiceKind, name: string): void;
  tick(): void;
  /** Each that is there, parts of the host first. */
  services(): readonly ServiceStatus[];
  /** The newest first; one that lasts has no `to`. */
  incidents(): readonly IncidentFacts[];
  /** For devices: no sentence, and no more than they take. */
  facts(): { readonly services: readonly ServiceFacts[]; readonly incidents: readonly IncidentFacts[] };
}

interface Line {
  readonly kind: ServiceKind;
  readonly name: string;
  state: ServiceState;
  trouble: Trouble | null;
  since: number;
  heard: number;
  progress: number;
  progressAt: number;
  waiting: number;
  oldestMs: number;
  starts: number;
  lastError: { readonly at: number; readonly says: string } | null;
  open: OpenIncident | null;
}

interface OpenIncident {
  readonly trouble: Trouble;
  readonly from: number;
  times: number;
  /** When it was well again; it is over when that has held. */
  wellAt: number | null;
}

export function createBoard({ nowMs, onIncident, onChange, before = [] }: BoardOptions): Board {
  const lines = new Map<string, Line>();
  /** The oldest first, none of those that last. */
  let closed: readonly IncidentFacts[] = before.slice(-recentMax);

  function lineOf(kind: ServiceKind, name: string): Line {
    const known = lines.get(`${kind} ${name}`);
    if (known !== undefined) return known;
    const now = nowMs();
    const line: Line = {
      ...{ kind, name, state: "off", trouble: null, since: now, heard: now, progress: 0, progressAt: now },
      ...{ waiting: 0, oldestMs: 0, starts: 0, lastError: null, open: null },
    };
    lines.set(`${kind} ${name}`, line);
    return line;
  }

  function move(line: Line, state: ServiceState, trouble: Trouble | null): void {
    if (line.state === state && line.trouble === trouble) return;
    if (state === "starting") line.starts += 1;
    // What waited there is gone with the life that held it.
    if (state === "starting" || state === "off") line.waiting = line.oldestMs = 0;
    [line.state, line.trouble, line.since] = [state, trouble, nowMs()];
    onChange();
  }

  function setWell(line: Line, state: "well" | "off"): void {
    move(line, state, null);
    if (line.open !== null) line.open.wellAt ??= nowMs();
    // Nobody waits for what is off.
    if (state === "off") close(line);
  }

  function setTrouble(line: Line, trouble: Trouble, says: string): void {
    const now = nowMs();
    const isNew = line.state !== "trouble" || line.trouble !== trouble;
    if (isNew || line.lastError?.says !== says) line.lastError = { at: now, says };
    move(line, "trouble", trouble);
    if (line.open === null) {
      line.open = { trouble, from: now, times: 1, wellAt: null };
      onIncident({ kind: line.kind, trouble, from: now });
    } else if (isNew) {
      line.open.times += 1;
      line.open.wellAt = null;
    }
  }

  function close(line: Line): void {
    const { open } = line;
    if (open === null) return;
    line.open = null;
    const incident = toFacts(line.kind, open, open.wellAt ?? nowMs());
    closed = [...closed, incident].slice(-recentMax);
    onIncident(incident);
    onChange();
  }

  function beat(line: Line, pulse: Pulse): void {
    const now = nowMs();
    line.heard = now;
    if (pulse.progress !== line.progress || pulse.waiting === 0) line.progressAt = now;
    const waited = line.waiting;
    line.progress = pulse.progress;
    line.waiting = pulse.waiting;
    line.oldestMs = pulse.oldestMs;
    const isStill = pulse.oldestMs > stalledMs && now - line.progressAt > stalledMs;
    if (isStill && line.state === "well") setTrouble(line, "stalled", stalledSays[line.kind] ?? stalledOther);
    else if (!isStill && line.trouble === "stalled") setWell(line, "well");
    if (waited !== line.waiting) onChange();
  }

  function tick(): void {
    const now = nowMs();
    for (const line of lines.values())
      if (line.open !== null && line.open.wellAt !== null && now - line.open.wellAt > mergeMs) close(line);
  }

  function incidents(): readonly IncidentFacts[] {
    const lasting = [...lines.values()].flatMap(({ kind, open }) =>
      open === null ? [] : [toFacts(kind, open, open.wellAt)],
    );
    return [...closed, ...lasting].sort((a, b) => b.from - a.from).slice(0, recentMax);
  }

  const inOrder = (): readonly Line[] =>
    [...lines.values()].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.name < b.name ? -1 : 1));

  return {
    entry: (kind, name = "") => {
      const line = lineOf(kind, name);
      return {
        set: (state) => {
          line.heard = nowMs();
          if (state === "starting") move(line, "starting", null);
          else setWell(line, state);
        },
        trouble: (what, says) => setTrouble(line, what, says),
        beat: (pulse = { progress: 0, waiting: 0, oldestMs: 0 }) => beat(line, pulse),
      };
    },
    remove: (kind, name) => {
      const line = lines.get(`${kind} ${name}`);
      if (line === undefined) return;
      close(line);
      lines.delete(`${kind} ${name}`);
      onChange();
    },
    tick,
    services: () =>
      inOrder().map(({ kind, name, state, trouble, since, heard, waiting, oldestMs, starts, lastError }) => ({
        ...{ kind, state, since, heard, waiting, oldestMs, lastError, restarts: Math.max(0, starts - 1) },
        ...(name === "" ? {} : { name }),
        ...(trouble === null ? {} : { trouble }),
      })),
    incidents,
    facts: () => ({
      services: inOrder()
        .slice(0, servicesMax)
        .map(({ kind, name, state, trouble, since, waiting, starts }) => ({
          ...{ kind, state, since },
          ...(name === "" ? {} : { name: name.slice(0, serverCharsMax) }),
          ...(trouble === null ? {} : { trouble }),
          ...(waiting === 0 ? {} : { waiting }),
          ...(starts < 2 ? {} : { restarts: starts - 1 }),
        })),
      incidents: incidents().slice(0, incidentsMax),
    }),
  };
}

const order: readonly ServiceKind[] = [
  "relay",
  "agent",
  "backend",
  "gateway",
  "tailnet",
  "certificate",
  "backup",
  "push",
];

const questionsSay =
  "Questions wait for half an hour and nothing is being answered. Look at your model server; the host itself is well and is not started again for it.";
const stalledSays: Partial<Readonly<Record<ServiceKind, string>>> = {
  agent: questionsSay,
  gateway: questionsSay,
  relay: "What devices sent waits for half an hour to be on the disk. Look at the disk: sovereign doctor",
  push: "Messages to devices wait for half an hour, since their push service takes none. Nothing else waits for it.",
};
const stalledOther = "Something waits there for half an hour. See: sovereign doctor";

function toFacts(kind: ServiceKind, { trouble, from, times }: OpenIncident, to: number | null): IncidentFacts {
  // A clock that was set back meanwhile makes nothing end before it began.
  return { kind, trouble, from, ...(to === null ? {} : { to: Math.max(from, to) }), ...(times === 1 ? {} : { times }) };
}
