/** How the parts of a host are, as it says it in its announcement: states, times and counts of a closed list, no sentence of what went wrong. */
import { CryptoError } from "./errors.ts";
import { incidentsMax, serverCharsMax, servicesMax } from "./limits.ts";

export const SERVICES = ["relay", "agent", "gateway", "backend", "tailnet", "certificate", "backup", "push"] as const;
export type ServiceKind = (typeof SERVICES)[number];
/** `off`: nobody asked for it, or it is being ended. */
export const SERVICE_STATES = ["well", "starting", "trouble", "off"] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];
/** `stalled`: it beats, something waits, and nothing gets done. `late`: what is due has not happened. `gone`: the whole host, without having been stopped. */
export const TROUBLES = [
  "crashed",
  "hung",
  "stalled",
  "unreachable",
  "failed",
  "late",
  "expiring",
  "expired",
  "gone",
] as const;
export type Trouble = (typeof TROUBLES)[number];

export interface ServiceFacts {
  readonly kind: ServiceKind;
  /** Of a backend: where it is, in words. */
  readonly name?: string;
  readonly state: ServiceState;
  /** Since when, ms since 1970. */
  readonly since: number;
  readonly trouble?: Trouble;
  /** What waits there for its turn. */
  readonly waiting?: number;
  /** How often it was started again, since the host was started. */
  readonly restarts?: number;
}

export interface IncidentFacts {
  readonly kind: ServiceKind | "host";
  readonly trouble: Trouble;
  /** ms since 1970. */
  readonly from: number;
  /** Left out: it lasts. */
  readonly to?: number;
  /** How often it happened between the two; left out: once. */
  readonly times?: number;
}

/** How full the vault is at its relay, of what its owner gave it: past that, nothing more is stored there. */
export interface ShareFacts {
  readonly bytes: number;
  readonly bytesMax: number;
}

/** Throws `CryptoError`. */
export function parseShare(value: unknown): ShareFacts {
  const [{ bytes, bytesMax } = {}] = list([value], 1);
  return { bytes: count(bytes), bytesMax: count(bytesMax) };
}

/** What later versions say beside these is passed over, and so is a part or a trouble that only they know. Throws `CryptoError`. */
export function parseServices(value: unknown): readonly ServiceFacts[] {
  return list(value, servicesMax).flatMap((said): ServiceFacts[] => {
    const { name, waiting, restarts } = said;
    const kind = SERVICES.find((known) => known === said["kind"]);
    const state = SERVICE_STATES.find((known) => known === said["state"]);
    if (kind === undefined || state === undefined) return [];
    if (name !== undefined && (typeof name !== "string" || name.length > serverCharsMax)) throw malformed();
    return [
      {
        kind,
        state,
        since: count(said["since"]),
        ...(name === undefined ? {} : { name }),
        ...troubleOf(said),
        ...(waiting === undefined ? {} : { waiting: count(waiting) }),
        ...(restarts === undefined ? {} : { restarts: count(restarts) }),
      },
    ];
  });
}

export function parseIncidents(value: unknown): readonly IncidentFacts[] {
  return list(value, incidentsMax).flatMap((said): IncidentFacts[] => {
    const { to, times } = said;
    const kind = [...SERVICES, "host" as const].find((known) => known === said["kind"]);
    const { trouble } = troubleOf(said);
    if (kind === undefined || trouble === undefined) return [];
    return [
      {
        kind,
        trouble,
        from: count(said["from"]),
        ...(to === undefined ? {} : { to: count(to) }),
        ...(times === undefined ? {} : { times: count(times) }),
      },
    ];
  });
}

function troubleOf(said: Readonly<Record<string, unknown>>): { readonly trouble?: Trouble } {
  const trouble = TROUBLES.find((known) => known === said["trouble"]);
  return trouble === undefined ? {} : { trouble };
}

function list(value: unknown, max: number): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value) || value.length > max) throw malformed();
  return value.map((each: unknown) => {
    if (typeof each !== "object" || each === null) throw malformed();
    return each as Readonly<Record<string, unknown>>;
  });
}

function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw malformed();
  return Number(value);
}

const malformed = (): CryptoError => new CryptoError("malformed", "what a host says of its parts");
