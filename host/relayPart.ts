/** The relay as the supervisor sees it: told whose host it serves and who may claim it, and heard when it listens. */
import type { HostConfig } from "./config.ts";
import type { Door } from "./door/door.ts";
import type { FromRelay, ToRelay } from "./ipc.ts";
import type { AgentKeys } from "./link/relayLink.ts";
import { relayGraceMs, relayPlan } from "./partPlans.ts";
import { openPushKey } from "./push/pushHome.ts";
import { startPart, type Part, type SharedPartOptions } from "./supervise.ts";
import type { ServiceEntry } from "./watch/board.ts";

type Invitations = Extract<ToRelay, { type: "invitations" }>["invitations"];

export interface RelayPart {
  /** `null`: none runs here. */
  readonly part: Part<ToRelay> | null;
  /** What it said of itself in this life or the one before. */
  readonly listening: Extract<FromRelay, { type: "ready" }> | null;
  /** Something that it may wait for is known. */
  advance(): void;
  stop(): Promise<void>;
}

export interface RelayPartOptions {
  readonly config: HostConfig;
  /** `null`: none. */
  readonly entry: string | null;
  readonly shared: SharedPartOptions;
  readonly board: () => ServiceEntry;
  readonly door: () => Door | null;
  /** Of the agent, here or on the other machine; `null` until it has said who it is. */
  readonly agentKeys: () => AgentKeys | null;
  readonly claimKey: () => Uint8Array | null;
  readonly invitations: () => Invitations;
  /** Whatever it says; what is its own alone is done here. */
  readonly onMessage: (message: FromRelay) => void;
  readonly onStarted: () => void;
  readonly onStopped: () => void;
}

export function createRelayPart(options: RelayPartOptions): RelayPart {
  const { config, entry, shared, board, door, agentKeys, claimKey, invitations, onMessage, onStarted } = options;
  let part: Part<ToRelay> | null = null;
  let listening: RelayPart["listening"] = null;
  let isWaiting = false;

  const start = (file: string): Part<ToRelay> =>
    startPart({
      ...shared,
      ...relayPlan(config, file),
      board: board(),
      onStarted: () => {
        onStarted();
        isWaiting = true;
        // In its first life there is no `part` yet to be told.
        queueMicrotask(advance);
      },
      onStopped: options.onStopped,
      onMessage: (message) => {
        if (message.type === "ready") {
          listening = message;
          part?.markReady();
        }
        onMessage(message);
      },
    });

  function advance(): void {
    const keys = agentKeys();
    if (!isWaiting || part === null || door() === null || keys === null) return;
    isWaiting = false;
    const { home, appDir, vaultBytesMax } = config;
    const { publicKey: pushKey } = openPushKey(home);
    part.send({ type: "invitations", invitations: invitations() });
    part.send({
      ...{ type: "start", home, appDir, claimKey: claimKey(), pushKey, vaultBytesMax },
      ...{ hostSignKey: keys.signKey, hostBoxKey: keys.boxKey },
    });
  }

  if (entry !== null) part = start(entry);
  return {
    part,
    get listening() {
      return listening;
    },
    advance,
    stop: async () => {
      await part?.stop({ type: "drain" }, relayGraceMs);
    },
  };
}
