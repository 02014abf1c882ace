/** What one run is given, and what is told of it when it is over. */
import type { DeviceKeys } from "#crypto/device.ts";
import type { BootId } from "#crypto/ids.ts";
import type { Connection } from "#sync/connection.ts";
import type { RunEnd } from "#sync/docs/run.ts";
import type { Clock, Random } from "#sync/ports.ts";
import type { Backend } from "../backends/backend.ts";
import type { ChatReader } from "./chatReader.ts";
import type { Written } from "./ending.ts";
import type { LaneSender } from "./laneSender.ts";
import type { LentKey } from "./laneWriter.ts";
import type { AcceptedOffer } from "./offers.ts";
import type { HostTools } from "./runTools.ts";

export interface RunOptions {
  readonly offer: AcceptedOffer;
  readonly offeredMs: number;
  readonly reader: ChatReader;
  readonly backend: Backend;
  readonly connection: Connection;
  /** By the newest grant of this run. */
  readonly lent: () => LentKey;
  readonly host: DeviceKeys;
  readonly boot: BootId;
  readonly clock: Clock;
  readonly random: Random;
  /** Its reason is a `RunEnding`. */
  readonly signal: AbortSignal;
  /** Left out, this host has none. */
  readonly tools?: HostTools;
  readonly onSender: (sender: LaneSender) => void;
  readonly onPush: () => void;
  /** How it went, in numbers. */
  readonly onEnded?: (ended: RunEnded) => void;
}

export type RunEnded = Pick<Written["meta"], "firstTokenMs" | "promptTokens" | "completionTokens"> & {
  readonly end: RunEnd;
  readonly queueMs: number;
  readonly totalMs: number;
};
