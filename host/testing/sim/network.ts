/**
 * Links between devices and a relay, as WebSockets are: whole frames, in order, each once, for as long as the link lives. What a network can
 * do to them: be slow, stall for a while, break with frames under way, and leave one end believing that the other is still there.
 */
import type { Link, OpenLink } from "#sync/ports.ts";
import type { ServerLink, ServerLinkEvents } from "../../relay/server.ts";
import { createPipe, drop, hurry, type Pipe, type SimLink } from "./pipe.ts";
import type { SimNode, World } from "./world.ts";

/** Between one node and the relay. */
export interface Weather {
  latencyMs: number;
  /** How often a frame takes ten to a hundred times as long. */
  tail: number;
  /** Nothing gets through; what is sent waits. */
  isCut: boolean;
  /** The node reads nothing for now: what the relay sends waits. */
  isDeaf: boolean;
  /** Bytes a millisecond, each way. */
  bytesPerMs: number;
}

/** Sees every frame, and may put others in its place: where a relay that lies is played, and where the wire is watched. */
export interface Tap {
  toRelay(from: SimNode, frame: Uint8Array): Uint8Array | null;
  toNode(to: SimNode, frame: Uint8Array): readonly Uint8Array[];
}

export interface Network {
  openLinkFor(node: SimNode): OpenLink;
  weatherOf(node: SimNode): Weather;
  /** Ends the node's links. `isHalf`: the relay does not notice. */
  breakLinks(node: SimNode, isHalf: boolean): void;
  /** The relay's life is over: its ends are gone, and the nodes notice, or not. */
  loseRelay(): void;
  loseNode(node: SimNode): void;
  /** All is well again: nothing is cut, dead links are closed, delays are short. */
  heal(): void;
  readonly linkCount: number;
  /** The most bytes that ever waited on one link towards a node. */
  readonly unsentBytesMax: number;
}

export interface NetworkOptions {
  readonly world: World;
  readonly relay: SimNode;
  readonly accept: (link: ServerLink, node: SimNode) => ServerLinkEvents | null;
  readonly tap: Tap;
}

/** A handshake that takes longer than what follows healing is no news about the core. */
const tailMsMax = 4_000;
const ENVELOPE_FRAMES_BYTES = 64;

export function createNetwork({ world, relay, accept, tap }: NetworkOptions): Network {
  const links = new Set<SimLink>();
  const weathers = new Map<SimNode, Weather>();
  const random = world.prng.fork("network");
  let unsentBytesMax = 0;

  const weatherOf = (node: SimNode): Weather => {
    const known = weathers.get(node);
    if (known !== undefined) return known;
    const made: Weather = { latencyMs: 2, tail: 0, isCut: false, isDeaf: false, bytesPerMs: 5_000 };
    weathers.set(node, made);
    return made;
  };

  const delayOf = (node: SimNode, bytes: number): number => {
    const { latencyMs, tail, bytesPerMs } = weatherOf(node);
    const base = latencyMs * (0.5 + random.next());
    return (
      (tail > 0 && random.chance(tail) ? Math.min(tailMsMax, base * random.between(10, 100)) : base) +
      bytes / bytesPerMs
    );
  };

  /** Frames leave one by one; the next event of a pipe is made when the one before is done. */
  const move = (link: SimLink, pipe: Pipe): void => {
    const frame = pipe.waiting[0];
    if (frame === undefined || pipe.cancel !== null) return;
    const { isCut, isDeaf } = weatherOf(link.node);
    if (isCut || (isDeaf && pipe === link.toNode)) return;
    pipe.busyUntilMs = Math.max(pipe.busyUntilMs, world.now() + delayOf(link.node, frame.length));
    const to = pipe === link.toNode ? link.node : relay;
    pipe.cancel = world.after(null, pipe.busyUntilMs - world.now(), "frame", () => {
      pipe.cancel = null;
      if (pipe.waiting[0] !== frame) return;
      const { isCut: isCutNow, isDeaf: isDeafNow } = weatherOf(link.node);
      if (isCutNow || (isDeafNow && pipe === link.toNode)) return;
      pipe.waiting.shift();
      pipe.waitingBytes -= frame.length;
      const isOver = pipe === link.toNode ? link.isNodeEnded : link.isRelayEnded;
      if (!isOver && to.isUp && !link.isBroken) world.after(to, 0, "receive", () => deliver(link, pipe, frame));
      move(link, pipe);
    });
  };

  const deliver = (link: SimLink, pipe: Pipe, frame: Uint8Array): void => {
    if (pipe === link.toRelay) {
      if (link.isRelayEnded) return;
      const seen = tap.toRelay(link.node, frame);
      if (seen !== null) link.relayEvents?.onFrame(seen);
      return;
    }
    for (const each of tap.toNode(link.node, frame)) if (!link.isNodeEnded) link.nodeEvents.onFrame(each);
    if (link.toNode.waiting.length > 0) return;
    if (!link.isRelayEnded) world.after(relay, 0, "drained", () => !link.isRelayEnded && link.relayEvents?.onDrain());
    else if (link.isClosing) endNode(link, 0);
  };

  const send = (link: SimLink, pipe: Pipe, frame: Uint8Array): void => {
    if (link.isBroken) return;
    pipe.waiting.push(frame.slice());
    pipe.waitingBytes += frame.length;
    if (pipe === link.toNode) unsentBytesMax = Math.max(unsentBytesMax, pipe.waitingBytes);
    move(link, pipe);
  };

  const endNode = (link: SimLink, delayMs: number): void => {
    world.after(link.node, delayMs, "closed", () => {
      if (link.isNodeEnded) return;
      link.isNodeEnded = true;
      forget(link);
      link.nodeEvents.onClose();
    });
  };

  const endRelay = (link: SimLink, delayMs: number): void => {
    world.after(relay, delayMs, "closed", () => {
      if (link.isRelayEnded) return;
      link.isRelayEnded = true;
      forget(link);
      link.relayEvents?.onClose();
    });
  };

  const forget = (link: SimLink): void => {
    if (link.isNodeEnded && link.isRelayEnded) links.delete(link);
  };

  const createServerLink = (link: SimLink): ServerLink => {
    const life = relay.life;
    const isGone = (): boolean => link.isRelayEnded || relay.life !== life || !relay.isUp;
    return {
      send: (frame) => {
        if (!isGone()) send(link, link.toNode, frame);
      },
      close: () => {
        if (isGone()) return;
        link.isRelayEnded = true;
        link.isClosing = true;
        forget(link);
        if (link.toNode.waiting.length === 0) endNode(link, delayOf(link.node, 0));
      },
      terminate: () => {
        if (isGone()) return;
        link.isRelayEnded = true;
        link.toNode.waiting.length = 0;
        forget(link);
        endNode(link, delayOf(link.node, 0));
      },
      get unsentBytes() {
        return link.toNode.waitingBytes;
      },
    };
  };

  const openLinkFor =
    (node: SimNode): OpenLink =>
    (nodeEvents): Link => {
      const { life } = node;
      const link: SimLink = {
        node,
        nodeEvents,
        relayEvents: null,
        toRelay: createPipe(),
        toNode: createPipe(),
        isNodeEnded: false,
        isRelayEnded: false,
        isClosing: false,
        isBroken: false,
      };
      links.add(link);
      const fail = (): void => {
        link.isRelayEnded = true;
        endNode(link, delayOf(node, 0));
      };
      world.after(null, delayOf(node, ENVELOPE_FRAMES_BYTES), "connect", () => {
        if (node.life !== life || link.isNodeEnded || !relay.isUp || weatherOf(node).isCut) return fail();
        world.after(relay, 0, "accept", () => {
          link.relayEvents = accept(createServerLink(link), node);
          if (link.relayEvents === null) return fail();
          world.after(node, delayOf(node, 0), "open", () => {
            if (!link.isNodeEnded) nodeEvents.onOpen();
          });
        });
      });
      return {
        send: (frame) => {
          if (!link.isNodeEnded && node.life === life && node.isUp) send(link, link.toRelay, frame);
        },
        close: () => {
          if (link.isNodeEnded) return;
          // Closed on this side at once; the event comes with the next turn, as a socket's does.
          endNode(link, 0);
          endRelay(link, delayOf(node, 0));
        },
        get waitingBytes() {
          return link.toRelay.waitingBytes;
        },
      };
    };

  const wakePipes = (node: SimNode): void => {
    for (const link of links) {
      if (link.node !== node) continue;
      move(link, link.toRelay);
      move(link, link.toNode);
    }
  };

  const network: Network = {
    openLinkFor,
    weatherOf: (node) => {
      const weather = weatherOf(node);
      // Whoever changes the weather may have ended a stall.
      world.after(null, 1, "weather", () => wakePipes(node));
      return weather;
    },
    breakLinks: (node, isHalf) => {
      for (const link of [...links]) {
        if (link.node !== node) continue;
        drop(link);
        endNode(link, random.below(50));
        if (!isHalf) endRelay(link, random.below(4_000));
      }
    },
    loseRelay: () => {
      for (const link of [...links]) {
        link.isRelayEnded = true;
        drop(link);
        // Some are told, the others find out by silence.
        if (random.chance(0.7)) endNode(link, random.below(200));
      }
    },
    loseNode: (node) => {
      for (const link of [...links]) {
        if (link.node !== node) continue;
        link.isNodeEnded = true;
        // What has left the machine still arrives, or some of it.
        if (random.chance(0.4)) drop(link);
        if (random.chance(0.7)) endRelay(link, random.below(500));
        forget(link);
      }
    },
    heal: () => {
      for (const [node, weather] of weathers) {
        Object.assign(weather, { latencyMs: 2, tail: 0, isCut: false, isDeaf: false, bytesPerMs: 5_000 });
        for (const link of links) if (link.node === node) for (const pipe of [link.toRelay, link.toNode]) hurry(pipe);
        wakePipes(node);
      }
      for (const link of [...links]) {
        if (link.isNodeEnded !== link.isRelayEnded) {
          if (link.isNodeEnded) endRelay(link, 1);
          else if (!link.isClosing) endNode(link, 1);
        }
      }
    },
    get linkCount() {
      return links.size;
    },
    get unsentBytesMax() {
      return unsentBytesMax;
    },
  };
  return network;
}
