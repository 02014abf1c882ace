/** The real agent as a node, with a backend that says words nobody else says, so that each word on a device can be traced to one answer. */
import type { DeviceKeys } from "#crypto/device.ts";
import type { DocId } from "#crypto/ids.ts";
import type { OpenLink } from "#sync/ports.ts";
import { createAgent, type Agent } from "../../agent/agent.ts";
import type { Pin } from "../../agent/rosterPin.ts";
import { BackendError, type AnswerPart, type Backend } from "../../backends/backend.ts";
import { startRogue, type Roguery } from "./rogueAgent.ts";
import type { SimNode, World } from "./world.ts";

/** One call of the backend, as it was answered. */
export interface Attempt {
  readonly name: string;
  sent: string;
  /** All that it meant to say was said. */
  isWhole: boolean;
  /** What a FINAL claimed instead, in which doc. */
  forged: { readonly doc: DocId; readonly text: string } | null;
}

export interface AgentNode {
  readonly node: SimNode;
  readonly attempts: readonly Attempt[];
  start(): void;
  crash(): void;
  /** Ends it politely, as a supervisor does. */
  drain(): void;
  /** How often an answer breaks off or hangs. */
  trouble: number;
  readonly isRogue: boolean;
  /** In its next life it does this to whatever it is asked. */
  roguery: Roguery | null;
  /** What it remembers of the roster between two lives. */
  pin: Pin | null;
}

export interface AgentNodeOptions {
  readonly world: World;
  readonly name: string;
  readonly keys: DeviceKeys;
  readonly relayKey: Uint8Array;
  readonly claimKey: Uint8Array;
  readonly openLinkFor: (node: SimNode) => OpenLink;
  readonly onCrash: (node: SimNode) => void;
}

export function createAgentNode({
  world,
  name,
  keys,
  relayKey,
  claimKey,
  openLinkFor,
  onCrash,
}: AgentNodeOptions): AgentNode {
  const node = world.createNode(name);
  const attempts: Attempt[] = [];
  let agent: Agent | null = null;
  let isRogue = false;

  const clock = {
    now: () => world.now() + node.skewMs,
    after: (delayMs: number, callback: () => void) => world.after(node, delayMs, "agent timer", callback),
  };
  const pause = (delayMs: number): Promise<void> => new Promise((resolve) => void clock.after(delayMs, resolve));

  const beginAttempt = (): Attempt => {
    const attempt: Attempt = { name: `${name}-${attempts.length + 1}`, sent: "", isWhole: false, forged: null };
    attempts.push(attempt);
    return attempt;
  };

  async function* answer(): AsyncIterable<AnswerPart> {
    const { random } = node;
    const attempt = beginAttempt();
    const words = random.between(1, 9);
    const breaksAt = random.chance(agentNode.trouble) ? random.below(words) : words;
    await pause(random.below(400));
    for (let index = 0; index < breaksAt; index++) {
      const text = `${attempt.name}.${index}${random.chance(0.1) ? "😀" : ""} `;
      attempt.sent += text;
      yield { kind: "text", text };
      if (random.chance(0.1)) yield { kind: "thinking", text: `${attempt.name}-thought` };
      await pause(random.pick([0, 0, 5, 20, 60, 200]));
    }
    if (breaksAt < words) throw new BackendError("backend-dropped", "The model server broke off.");
    attempt.isWhole = true;
    yield { kind: "usage", promptTokens: 1, completionTokens: words };
  }

  const backend: Backend = {
    kind: "model",
    label: "Simulated",
    where: "nowhere",
    models: ["sim"],
    defaultModel: "sim",
    contextTokens: () => null,
    prefill: () => false,
    describe: () => null,
    answer,
  };

  const agentNode: AgentNode = {
    node,
    attempts,
    start: () => {
      node.life += 1;
      node.isUp = true;
      const { roguery } = agentNode;
      agentNode.roguery = null;
      isRogue = roguery !== null;
      world.after(node, 0, "start", () => {
        if (roguery !== null)
          return startRogue({ keys, clock, random: node.random, openLink: openLinkFor(node), roguery, beginAttempt });
        agent = createAgent({
          clock,
          random: (length) => node.random.bytes(length),
          openLink: openLinkFor(node),
          keys,
          relayKey,
          claimKey,
          pins: {
            read: () => agentNode.pin,
            write: (next) => {
              agentNode.pin = next;
            },
          },
          backend,
        });
      });
    },
    crash: () => {
      node.isUp = false;
      node.life += 1;
      agent = null;
      onCrash(node);
    },
    drain: () => {
      const { life } = node;
      world.after(node, 0, "drain", () => {
        void agent?.drain().then(() => {
          if (node.life === life) agentNode.crash();
        });
      });
    },
    trouble: 0,
    get isRogue() {
      return isRogue;
    },
    roguery: null,
    pin: null,
  };
  return agentNode;
}
