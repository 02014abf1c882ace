/** What one key's program may call, and each call through the one way in which anything acts: policy, ledger, act, ledger (../tools/dispatch.ts). */
import type { Clock, Random } from "#sync/ports.ts";
import { toolClasses, type ToolPolicy } from "#sync/docs/toolPolicy.ts";
import type { KeyRing, ToolKey } from "../gateway/keys.ts";
import { createRateLimit, type RateLimit } from "../rateLimit.ts";
import { createDispatcher, type CallOutcome } from "../tools/dispatch.ts";
import type { Ledger } from "../tools/ledger.ts";
import type { JsonObject, Tool } from "../tools/tool.ts";
import { callsBurst, callsPerSecond } from "./limits.ts";
import { createVaultTools, type VaultToolsOptions } from "./vaultTools.ts";

export interface AgentDesk {
  tools(key: ToolKey): readonly Tool[];
  call(key: ToolKey, name: string, args: JsonObject, signal: AbortSignal): Promise<CallOutcome>;
}

export interface AgentDeskOptions extends Omit<VaultToolsOptions, "key"> {
  /** Asked in each call: a key may be revoked while a program holds it. */
  readonly ring: Pick<KeyRing, "has">;
  readonly ledger: Ledger;
  /** This device's id. */
  readonly device: string;
  /** Milliseconds of a clock that never jumps. */
  readonly nowMs: () => number;
  readonly clock: Clock;
  readonly random: Random;
}

export function createAgentDesk(options: AgentDeskOptions): AgentDesk {
  const { ring, ledger, device, nowMs, clock, random } = options;
  const rates = new Map<string, RateLimit>();

  function mayCall({ id }: ToolKey): boolean {
    const rate = rates.get(id) ?? createRateLimit(callsPerSecond, callsBurst);
    rates.set(id, rate);
    return rate.take(nowMs());
  }

  return {
    tools: (key) => createVaultTools({ ...options, key }),
    call: async (key, name, args, signal) => {
      if (!ring.has(key.id)) return { end: "denied", says: "This key was revoked. Ask the owner for another." };
      if (!mayCall(key)) return { end: "denied", says: "That is too many calls at once. Wait a few seconds." };
      const tools = createVaultTools({ ...options, key });
      const dispatcher = createDispatcher({
        ...{ tools: () => tools, policy: () => policyOf(tools), ledger, clock, random, host: device },
        place: { agent: key.name, key: key.id },
        // Nobody sits here: what the key does not open is refused.
        askOwner: () => Promise.resolve(null),
        write: () => true,
        stored: () => Promise.resolve(true),
        ...{ isUnattended: true, isTainted: false, mayHaveRun: new Set<string>() },
      });
      return dispatcher.call(name, args, signal);
    },
  };
}

/** Exactly the tools that its verbs open. */
function policyOf(tools: readonly Tool[]): ToolPolicy {
  return {
    classes: Object.fromEntries(toolClasses.map((each) => [each, "deny"])) as ToolPolicy["classes"],
    tools: Object.fromEntries(tools.map(({ name }) => [name, "allow"])),
    versions: Object.fromEntries(tools.map(({ name, version }) => [name, version])),
  };
}
