/** The agent as the supervisor sees it: it says first who it is, and is told where its relay is as soon as there is one. */
import type { HostConfig } from "./config.ts";
import type { FromAgent, ToAgent } from "./ipc.ts";
import type { AgentKeys, RelayPlace } from "./link/relayLink.ts";
import { agentGraceMs, agentPlan } from "./partPlans.ts";
import { startPart, type Part, type SharedPartOptions } from "./supervise.ts";
import type { ServiceEntry } from "./watch/board.ts";

export interface AgentPart {
  /** `null`: none runs here. */
  readonly part: Part<ToAgent> | null;
  /** Who it is, once it has said so. */
  readonly keys: AgentKeys | null;
  /** Something that it may wait for is known. */
  advance(): void;
  stop(): Promise<void>;
}

export interface AgentPartOptions {
  readonly config: HostConfig;
  /** `null`: none. */
  readonly entry: string | null;
  readonly shared: SharedPartOptions;
  readonly board: () => ServiceEntry;
  /** The relay that it is to serve, and the ports that are this host's own; `null` until that is known. */
  readonly place: () => (RelayPlace & { readonly ownPorts: readonly number[] }) | null;
  /** The links of vaults besides the owner's that it serves. */
  readonly served: () => readonly Uint8Array[];
  /** Whatever it says; what is its own alone is done here. */
  readonly onMessage: (message: FromAgent) => void;
  readonly onStopped: () => void;
}

export function createAgentPart(options: AgentPartOptions): AgentPart {
  const { config, entry, shared, board, place, served, onMessage, onStopped } = options;
  let part: Part<ToAgent> | null = null;
  let keys: AgentKeys | null = null;
  let isWaiting = false;

  const start = (file: string): Part<ToAgent> =>
    startPart({
      ...shared,
      ...agentPlan(config, file),
      board: board(),
      // It waits for nothing yet: in each life it says first who it is.
      onStarted: () => {
        isWaiting = false;
      },
      onStopped,
      onMessage: (message) => {
        if (message.type === "identity") {
          keys = message;
          isWaiting = true;
        }
        if (message.type === "ready") part?.markReady();
        onMessage(message);
      },
    });

  if (entry !== null) part = start(entry);
  return {
    part,
    get keys() {
      return keys;
    },
    advance: () => {
      const relay = place();
      if (!isWaiting || part === null || relay === null) return;
      isWaiting = false;
      const { url: relayUrl, relayKey, claimKey, ownPorts } = relay;
      part.send({ type: "invitations", keys: served() });
      part.send({ type: "start", home: config.home, relayUrl, relayKey, claimKey, backend: config.backend, ownPorts });
    },
    stop: async () => {
      await part?.stop({ type: "drain" }, agentGraceMs);
    },
  };
}
