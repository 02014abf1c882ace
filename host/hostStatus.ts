import type { FromAgent } from "./ipc.ts";
import type { PartState } from "./supervise.ts";

/** How the host is, in what its owner may see: `sovereign status` prints it as it stands. */
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
  /** What answers; `null` until the agent has looked. */
  readonly backend: Omit<Extract<FromAgent, { type: "backend" }>, "type"> | null;
  /** `null`: that part does not run on this machine. */
  readonly parts: Readonly<Record<"relay" | "agent" | "gateway", PartState | null>>;
}
