/** What each part is started with: its program, what it may see of the machine, what it is told and says, and how long it may take to stop. */
import { getCompileCacheDir } from "node:module";
import type { HostConfig } from "./config.ts";
import {
  fromAgent,
  fromGateway,
  fromHttps,
  fromPush,
  fromRelay,
  toAgent,
  toGateway,
  toHttps,
  toPush,
  toRelay,
} from "./ipc.ts";
import {
  httpsPermissions,
  partEnvironment,
  pushEnvironment,
  pushPermissions,
  relayEnvironment,
  relayPermissions,
  SMALL,
} from "./sandbox.ts";

/**
 * Together below the five seconds in which Ctrl-C must be done. The agent goes first: it still has to write what it was
 * saying.
 */
export const agentGraceMs = 3_000;
export const relayGraceMs = 1_200;
/** Beside the agent: a tool's stream cannot be kept for later, so there is nothing to wait for but open answers' ends. */
export const gatewayGraceMs = 1_500;
/** It keeps nothing; what passes it ends with the parts behind. */
export const httpsGraceMs = 800;

export const relayPlan = (config: HostConfig, entry: string) => ({
  name: "relay" as const,
  entry,
  execArgv: [...SMALL, ...relayPermissions(config)],
  environment: relayEnvironment(config.home),
  incoming: fromRelay,
  outgoing: toRelay,
});

export const agentPlan = ({ home }: HostConfig, entry: string) => ({
  name: "agent" as const,
  entry,
  execArgv: SMALL,
  environment: partEnvironment(home, getCompileCacheDir()),
  incoming: fromAgent,
  outgoing: toAgent,
});

export const gatewayPlan = ({ home }: HostConfig, entry: string) => ({
  name: "gateway" as const,
  entry,
  execArgv: SMALL,
  environment: partEnvironment(home, getCompileCacheDir()),
  incoming: fromGateway,
  outgoing: toGateway,
});

/** It has no more to finish than a request that says nothing. */
export const pushGraceMs = 500;

export const pushPlan = ({ home }: HostConfig, entry: string) => ({
  name: "push" as const,
  entry,
  execArgv: [...SMALL, ...pushPermissions(home)],
  environment: pushEnvironment(),
  incoming: fromPush,
  outgoing: toPush,
});

export const httpsPlan = (config: HostConfig, entry: string) => ({
  name: "https" as const,
  entry,
  execArgv: [...SMALL, ...httpsPermissions(config)],
  environment: partEnvironment(config.home, getCompileCacheDir()),
  incoming: fromHttps,
  outgoing: toHttps,
});
