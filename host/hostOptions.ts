/** What a host is started with, and what it then says and does. */
import type { LastBackup, Schedule } from "./backup/schedule.ts";
import type { Calls } from "./egress/calls.ts";
import type { Caller } from "./egress/ledger.ts";
import type { HostConfig } from "./config.ts";
import type { TailnetSources } from "./door/tailnetSources.ts";
import type { HostError } from "./errors.ts";
import type { HostStatus } from "./hostStatus.ts";
import type { LogEvent } from "./log/events.ts";
import type { HttpsState } from "./tls/httpsState.ts";

export interface HostOptions {
  readonly config: HostConfig;
  readonly relayEntry: string;
  readonly agentEntry: string;
  readonly gatewayEntry: string;
  /** `null`: nothing ends TLS here, and the tailnet is served as loopback is. */
  readonly httpsEntry?: string | null;
  /** Left out, nobody is told by a push service. */
  readonly pushEntry?: string | null;
  /** Where other devices find this host, whenever that changes; `null` while they do not. */
  readonly onHttps?: (https: HttpsState | null) => void;
  readonly onReady: (port: number, seed: Uint8Array | null, fingerprint: Uint8Array) => void;
  /** Of a relay by itself: what the agent's machine has to be told, again whenever the address changes. */
  readonly onRelayPlace?: (place: string) => void;
  /** Of an agent by itself: what the relay's machine has to be told; `isAlone` while it knows no relay either. */
  readonly onAgentKeys?: (keys: string, isAlone: boolean) => void;
  /** For tests: where the tailnet's interface is looked for. */
  readonly tailnet?: TailnetSources;
  /** Everything that runs here is ready for the first time. */
  readonly onRunning?: () => void;
  /** The host cannot go on; it still has to be stopped. */
  readonly onFatal: (error: HostError) => void;
  readonly notify: (sentence: string) => void;
  /** The host's log (log/hostLog.ts). */
  readonly log?: (event: LogEvent) => void;
  /** When backups are due and how the last one went; left out, this host makes none. */
  readonly backups?: () => { readonly schedule: Schedule | null; readonly last: LastBackup };
  /** What a part says that left (egress/ledger.ts). */
  readonly onCalls?: (by: Caller, calls: readonly Calls[]) => void;
}

export interface Host {
  status(): HostStatus;
  /** The link to the app, with the claim while the host has none; `null` before it is ready. For its owner's eyes. */
  link(): string | null;
  /** Process ids of the parts that live right now. */
  pids(): {
    readonly relay: number | undefined;
    readonly agent: number | undefined;
    readonly gateway: number | undefined;
  };
  /** Whether every part that runs here beats (supervise.ts), and what to say of it to a service manager. */
  health(): { readonly isWell: boolean; readonly says: string };
  stop(): Promise<void>;
}
