/** How the host is, in what its owner may see: `sovereign status` prints it as it stands. Gathered from what the parts say. */
import type { IncidentFacts, ShareFacts } from "#crypto/serviceFacts.ts";
import type { FromAgent } from "./ipc.ts";
import type { PartState } from "./supervise.ts";
import type { HttpsState } from "./tls/httpsState.ts";
import type { ServiceStatus } from "./watch/board.ts";

export interface HostStatus {
  readonly home: string;
  readonly pid: number;
  readonly upSeconds: number;
  /** `null` until the host listens. */
  readonly port: number | null;
  readonly claimed: boolean;
  readonly devicesConnected: number;
  /** Vaults beside the owner's: who was invited, and who has come. */
  readonly invited: readonly {
    readonly name: string;
    readonly endsMs: number;
    readonly bytesMax: number;
    readonly isServed: boolean;
    readonly hasCome: boolean;
  }[];
  /** Addresses by which the tailnet reaches it. */
  readonly tailnet: readonly string[];
  /** By which certificate; `null` while no tailnet is there. */
  readonly https: HttpsState | null;
  /** What answers; `null` until the agent has looked. `remark`: what its owner should know about it, or "". */
  readonly backend: Omit<Extract<FromAgent, { type: "backend" }>, "type"> | null;
  /** The last sentences for the owner, the newest last. */
  readonly notices: readonly Notice[];
  /** `null`: that part does not run on this machine. */
  readonly parts: Readonly<Record<"relay" | "agent" | "gateway" | "https" | "push", PartState | null>>;
  /** How full the owner's vault is; `null` until the relay has said, as before there is one. Left out by a host of a version before. */
  readonly share?: ShareFacts | null;
  /** How each part, each backend, the tailnet, the certificate and the backups are. */
  readonly services: readonly ServiceStatus[];
  /** What went wrong lately, the newest first, also before this start. */
  readonly incidents: readonly IncidentFacts[];
}

interface Notice {
  /** ms since 1970. */
  readonly at: number;
  readonly says: string;
}

export interface HostFacts {
  takeBackend(message: Extract<FromAgent, { type: "backend" }>): void;
  takeDevices(count: number): void;
  takeNotice(says: string): void;
  status(now: Omit<HostStatus, "pid" | "upSeconds" | "devicesConnected" | "backend" | "notices">): HostStatus;
}

/** What a person reads through; all of it went to the terminal, too. */
const noticesMax = 20;

export function createHostFacts(): HostFacts {
  const startedMs = performance.now();
  let backend: HostStatus["backend"] = null;
  let devicesConnected = 0;
  let notices: readonly Notice[] = [];
  return {
    takeBackend: ({ kind, label, models, defaultModel, remark }) => {
      backend = { kind, label, models, defaultModel, remark };
    },
    takeDevices: (count) => {
      devicesConnected = count;
    },
    takeNotice: (says) => {
      notices = [...notices, { at: Date.now(), says }].slice(-noticesMax);
    },
    status: (now) => ({
      ...now,
      pid: process.pid,
      upSeconds: Math.floor((performance.now() - startedMs) / 1_000),
      devicesConnected,
      backend,
      notices,
    }),
  };
}
