import type { FromAgent } from "./ipc.ts";
import type { PartState } from "./supervise.ts";
import type { HttpsState } from "./tls/httpsState.ts";

/** How the host is, in what its owner may see: `sovereign status` prints it as it stands. */
export interface HostStatus {
  readonly home: string;
  readonly pid: number;
  readonly upSeconds: number;
  /** `null` until the host listens. */
  readonly port: number | null;
  readonly claimed: boolean;
  readonly devicesConnected: number;
  /** Addresses by which the tailnet reaches it. */
  readonly tailnet: readonly string[];
  /** By which certificate; `null` while no tailnet is there. */
  readonly https: HttpsState | null;
  /** What answers; `null` until the agent has looked. */
  readonly backend: Omit<Extract<FromAgent, { type: "backend" }>, "type"> | null;
  /** `null`: that part does not run on this machine. */
  readonly parts: Readonly<Record<"relay" | "agent" | "gateway" | "https", PartState | null>>;
}
