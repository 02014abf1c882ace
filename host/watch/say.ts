/** The board in words, for the terminal. The app has its own, in the language of its owner. */
import type { IncidentFacts, ServiceKind, ShareFacts, Trouble } from "#crypto/serviceFacts.ts";
import type { ServiceStatus } from "./board.ts";

export const SERVICE_NAMES: Readonly<Record<ServiceKind | "host", string>> = {
  host: "host",
  relay: "relay",
  agent: "agent",
  gateway: "gateway",
  backend: "backend",
  tailnet: "tailnet",
  certificate: "certificate",
  backup: "backups",
  push: "push",
};

const TROUBLES: Readonly<Record<Trouble, string>> = {
  crashed: "stopped by itself",
  hung: "did not respond",
  stalled: "stands still: something waits and nothing gets done",
  unreachable: "cannot be reached",
  failed: "failed",
  late: "is late",
  expiring: "ends within days",
  expired: "has ended",
  gone: "was gone without having been stopped",
};

/** Its state in a few words: "well", "not in use", "did not respond". */
export function sayState({ kind, state, trouble, waiting, oldestMs, restarts }: ServiceStatus): string {
  if (kind === "backup" && state === "starting") return "the first one is still to come";
  const now = state === "trouble" ? TROUBLES[trouble ?? "failed"] : state === "off" ? "not in use" : state;
  const asides = [
    ...(waiting === 0 ? [] : [sayWaiting(kind, waiting) + (oldestMs < 1_000 ? "" : ` (${sayAge(oldestMs)})`)]),
    ...(restarts === 0 ? [] : [restarts === 1 ? "started again once" : `started again ${restarts} times`]),
  ];
  return [now, ...asides].join(", ");
}

const sayAge = (ms: number): string =>
  ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;

/** What it is that waits there. */
function sayWaiting(kind: ServiceKind, count: number): string {
  const is = count === 1 ? "waits" : "wait";
  const plural = count === 1 ? "" : "s";
  if (kind === "relay") return `${count} change${plural} to be on the disk`;
  if (kind === "certificate") return `${count} connection${plural} in the middle of TLS`;
  if (kind === "push") return `${count} message${plural} to send`;
  return `${count} question${plural} ${is}`;
}

/** `at`: a time as this terminal writes it. */
export function sayIncident({ kind, trouble, from, to, times = 1 }: IncidentFacts, at: (ms: number) => string): string {
  const often = times === 1 ? "" : `, ${times} times`;
  const span =
    to === undefined ? `since ${at(from)}, still` : to - from < 1_000 ? at(from) : `${at(from)} to ${at(to)}`;
  return `${span}: the ${SERVICE_NAMES[kind]} ${TROUBLES[trouble]}${often}`;
}

const GIB = 1_073_741_824;

/** "1.2 of 48 GB": counted as invitations and SOVEREIGN_VAULT_GB count. */
export function sayShare({ bytes, bytesMax }: ShareFacts): string {
  const of = `${Number((bytesMax / GIB).toFixed(1))} GB`;
  return bytes < GIB / 10 ? `under 0.1 of ${of}` : `${(bytes / GIB).toFixed(1)} of ${of}`;
}
