/**
 * The board of a running host: which lines there are, what the supervisor itself knows of tailnet, certificate, backends and backups, what is written to the home, and
 * what the owner's devices are told, gathered so that a part which falls down again and again is no flood.
 */
import type { ShareFacts } from "#crypto/serviceFacts.ts";
import type { Clock } from "#sync/ports.ts";
import { systemClock } from "#sync/systemClock.ts";
import type { LastBackup, Schedule } from "../backup/schedule.ts";
import type { BackendState } from "../ipcFields.ts";
import type { HttpsState } from "../tls/httpsState.ts";
import { createBoard, type Board, type ServiceEntry } from "./board.ts";
import { openIncidents } from "./incidents.ts";
import {
  aliveEveryTicks,
  backupEveryTicks,
  backupLateMs,
  expiringMs,
  shareStepBytes,
  tickMs,
  toldEveryMs,
} from "./limits.ts";

export interface HostBoard extends Pick<Board, "entry" | "services" | "incidents"> {
  /** How full the owner's vault is; `null` until the relay has said. */
  readonly share: ShareFacts | null;
  setShare(share: ShareFacts): void;
  setTailnet(addresses: number): void;
  setCertificate(https: HttpsState | null): void;
  setBackends(backends: readonly BackendState[]): void;
  /** Those who are told have begun anew. */
  tellAgain(): void;
  close(): void;
}

type HostFacts = ReturnType<Board["facts"]> & { readonly share: ShareFacts | null };

export interface HostBoardOptions {
  readonly home: string;
  /** When backups are due, and how the last one went; left out, this host makes none. */
  readonly backups?: () => { readonly schedule: Schedule | null; readonly last: LastBackup };
  readonly onFacts: (facts: HostFacts) => void;
  readonly clock?: Clock;
}

export function createHostBoard({ home, backups, onFacts, clock = systemClock }: HostBoardOptions): HostBoard {
  const nowMs = clock.now;
  const history = openIncidents(home, nowMs);
  let cancelTelling: (() => void) | null = null;
  const board = createBoard({ nowMs, before: history.before, onIncident: history.write, onChange: tellSoon });
  const [tailnet, certificate] = [board.entry("tailnet"), board.entry("certificate")];
  let https: HttpsState | null = null;
  let share: ShareFacts | null = null;
  let hadTailnet = false;
  let ticks = 0;
  let backends: ReadonlyMap<string, ServiceEntry> = new Map();

  history.touch();
  let cancelTick = clock.after(tickMs, tick);
  lookAtBackups();

  function tellSoon(): void {
    cancelTelling ??= clock.after(toldEveryMs, () => {
      cancelTelling = null;
      onFacts({ ...board.facts(), share: share === null ? null : roughly(share) });
    });
  }

  function tick(): void {
    ticks += 1;
    cancelTick = clock.after(tickMs, tick);
    if (ticks % aliveEveryTicks === 0) history.touch();
    tailnet.beat();
    lookAtCertificate();
    // Two small files, and nothing in them is news within a minute.
    if (ticks % backupEveryTicks === 0) lookAtBackups();
    board.tick();
  }

  function lookAtCertificate(): void {
    if (https === null) return;
    const leftMs = https.notAfter - nowMs();
    if (leftMs <= 0)
      certificate.trouble(
        "expired",
        "The certificate has ended: other devices cannot open the app. See: sovereign doctor",
      );
    else if (leftMs < expiringMs)
      certificate.trouble("expiring", "The certificate ends within days and was not renewed. See: sovereign doctor");
    else if (isExpiring()) certificate.set("well");
  }

  /** Its part may be down for another reason, and that is the part's to say. */
  function isExpiring(): boolean {
    const trouble = board.services().find(({ kind }) => kind === "certificate")?.trouble;
    return trouble === "expiring" || trouble === "expired";
  }

  function lookAtBackups(): void {
    if (backups === undefined) return;
    const entry = board.entry("backup");
    const { schedule, last } = backups();
    if (schedule === null) return entry.set("off");
    if (last.failedMs !== null) return entry.trouble("failed", last.says ?? "The newest backup was not made.");
    const dueMs = (last.madeMs ?? 0) + schedule.everyHours * 3_600_000 + backupLateMs;
    if (last.madeMs !== null && nowMs() > dueMs)
      return entry.trouble("late", "A backup was due and was not made. Make one now: sovereign backup");
    entry.set(last.madeMs === null ? "starting" : "well");
  }

  return {
    entry: board.entry,
    services: board.services,
    incidents: board.incidents,
    get share() {
      return share;
    },
    setShare: (now) => {
      const before = share === null ? null : roughly(share);
      share = now;
      if (before?.bytes !== roughly(now).bytes) tellSoon();
    },
    setTailnet: (addresses) => {
      hadTailnet ||= addresses > 0;
      if (addresses > 0) tailnet.set("well");
      else if (hadTailnet)
        tailnet.trouble("unreachable", "The tailnet is gone from this machine. See: sovereign tailnet");
      else tailnet.set("off");
    },
    setCertificate: (state) => {
      https = state;
      lookAtCertificate();
    },
    setBackends: (now) => {
      const shown = now.filter(({ isUp, isMissed }) => isUp || isMissed);
      for (const name of backends.keys()) if (!shown.some((each) => each.name === name)) board.remove("backend", name);
      backends = new Map(shown.map(({ name }) => [name, board.entry("backend", name)]));
      for (const { name, isUp, says } of shown) {
        if (isUp) backends.get(name)?.set("well");
        else backends.get(name)?.trouble("unreachable", says);
      }
    },
    tellAgain: tellSoon,
    close: () => {
      cancelTick();
      cancelTelling?.();
      history.close();
    },
  };
}

/** Down to a tenth of a GB, as it is shown: else each message would be a reason to tell every device anew. */
function roughly({ bytes, bytesMax }: ShareFacts): ShareFacts {
  return { bytes: bytes - (bytes % shareStepBytes), bytesMax };
}
