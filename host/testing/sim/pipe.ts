/** The two directions of a link, frame by frame. */
import type { LinkEvents } from "#sync/ports.ts";
import type { ServerLinkEvents } from "../../relay/server.ts";
import type { SimNode } from "./world.ts";

export interface Pipe {
  readonly waiting: Uint8Array[];
  waitingBytes: number;
  busyUntilMs: number;
  /** Takes back the frame that is on its way; `null` when none is. */
  cancel: (() => void) | null;
}

export interface SimLink {
  readonly node: SimNode;
  readonly nodeEvents: LinkEvents;
  relayEvents: ServerLinkEvents | null;
  readonly toRelay: Pipe;
  readonly toNode: Pipe;
  isNodeEnded: boolean;
  isRelayEnded: boolean;
  /** Closes after what was sent has left. */
  isClosing: boolean;
  /** Something was lost on it, so nothing after that arrives. */
  isBroken: boolean;
}

/** Frames under way are lost with the link, some of them in the middle. */
export function drop(link: SimLink): void {
  link.isBroken = true;
  for (const pipe of [link.toRelay, link.toNode]) {
    pipe.waiting.length = 0;
    pipe.waitingBytes = 0;
  }
}

/** What is still on a slow way takes the quick one. */
export function hurry(pipe: Pipe): void {
  pipe.cancel?.();
  pipe.cancel = null;
  pipe.busyUntilMs = 0;
}

export function createPipe(): Pipe {
  return { waiting: [], waitingBytes: 0, busyUntilMs: 0, cancel: null };
}
