/**
 * One agent for each vault at this host: the owner's, and one for each vault that was invited. Each has a link, a boot key, a pinned roster and a queue of
 * its own, so nothing that one vault's devices are told (who waits, which life) is about another's. They share the machine: the
 * backends, and the few runs that are answered at a time (slots.ts).
 */
import { join } from "node:path";
import { bytesToHex } from "#crypto/bytes.ts";
import { claimTag } from "#crypto/claim.ts";
import type { HostHealth } from "#crypto/sealedHealth.ts";
import type { Backend } from "../backends/backend.ts";
import { prepareFolder } from "../home.ts";
import { createAgent, type Agent, type AgentOptions } from "./agent.ts";
import { runsMax } from "./limits.ts";
import { openPinStore } from "./rosterPin.ts";
import type { PromptSource } from "../mcp/prompts.ts";
import type { ToolSource } from "../tools/tool.ts";
import { createRunSlots } from "./slots.ts";

export interface VaultAgents {
  readonly progress: number;
  /** Questions that wait for their turn, of all vaults. */
  readonly queue: { readonly waiting: number; readonly oldestMs: number };
  /** For the owner's devices alone: who was invited here hears nothing of how much others ask. */
  setHealth(health: HostHealth): void;
  setBackend(backend: Backend): void;
  /** Serves exactly the vaults that come by these links, besides the owner's. */
  serve(keys: readonly Uint8Array[]): void;
  /** The gateway has left a record, for the owner's devices. */
  sendRecords(): void;
  drain(): Promise<void>;
}

/** `folder`: where this vault's pinned roster lies. */
export const ledgerFile = (folder: string): string => join(folder, "ledger");

export function createVaultAgents(
  /** The owner's; of the others only place, claim and pins differ. */
  own: Omit<AgentOptions, "slots" | "place" | "pins" | "tools">,
  folder: string,
  /** Shared by all vaults; what they did is written down for each by itself. */
  sources: readonly ToolSource[] = [],
  /** The owner's alone: folders of theirs, and servers that know them. Who was invited here has no part in those. */
  ownSources: readonly ToolSource[] = [],
  /** Of the servers among these. */
  ownPrompts: PromptSource | null = null,
): VaultAgents {
  const slots = createRunSlots(runsMax);
  const toolsOf = (home: string): NonNullable<AgentOptions["tools"]> => ({ sources, ledgerFile: ledgerFile(home) });
  const ownTools = {
    ...toolsOf(folder),
    sources: [...sources, ...ownSources],
    ...(ownPrompts === null ? {} : { prompts: ownPrompts }),
  };
  const first = createAgent({ ...own, slots, pins: openPinStore(folder), tools: ownTools });
  const invited = new Map<string, Agent>();
  let { backend } = own;
  /** Of agents that are gone: what is compared must not shrink. */
  let progressBefore = 0;
  const all = (): readonly Agent[] => [first, ...invited.values()];

  const begin = (key: Uint8Array): Agent => {
    const pins = join(folder, "vaults", bytesToHex(key));
    prepareFolder(pins);
    // What the owner is told of the link is the first one's, since it is the same relay; and what tools say at the gateway is the owner's.
    const { onState: _state, onRoster: _roster, spool: _spool, ...rest } = own;
    return createAgent({
      ...rest,
      backend,
      slots,
      claimKey: key,
      place: claimTag(key),
      pins: openPinStore(pins),
      tools: toolsOf(pins),
    });
  };

  return {
    get progress() {
      return all().reduce((sum, agent) => sum + agent.progress, progressBefore);
    },
    get queue() {
      const queues = all().map(({ queue }) => queue);
      return {
        waiting: queues.reduce((sum, { waiting }) => sum + waiting, 0),
        oldestMs: Math.max(...queues.map(({ oldestMs }) => oldestMs)),
      };
    },
    setHealth: (health) => first.setHealth(health),
    setBackend: (next) => {
      backend = next;
      for (const agent of all()) agent.setBackend(next);
    },
    serve: (keys) => {
      const wanted = new Map(keys.map((key) => [bytesToHex(key), key]));
      for (const [name, agent] of invited) {
        if (wanted.has(name)) continue;
        invited.delete(name);
        progressBefore += agent.progress;
        void agent.drain();
      }
      for (const [name, key] of wanted) if (!invited.has(name)) invited.set(name, begin(key));
    },
    sendRecords: () => first.sendRecords(),
    drain: async () => {
      await Promise.all(all().map((agent) => agent.drain()));
    },
  };
}
