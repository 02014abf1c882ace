/** Requests on a link and their answers, by number. */
import type { Frame, NackCode } from "./frame.ts";

/** `lost`: the link broke before the answer, so the frame may or may not have arrived. Repeating it is always safe. */
export type Reply =
  | { readonly kind: "ack"; readonly seq: number }
  | { readonly kind: "nack"; readonly code: NackCode; readonly expected: number }
  | { readonly kind: "lost" };

export interface LinkRequests {
  /** On a link that is not live it is lost at once. */
  ask(toFrame: (request: number) => Frame): Promise<Reply>;
  settle(request: number, reply: Reply): void;
  /** LK6: the link is gone. */
  loseAll(): void;
}

export interface LinkRequestsOptions {
  readonly isLive: () => boolean;
  readonly send: (frame: Frame) => void;
}

export function createLinkRequests({ isLive, send }: LinkRequestsOptions): LinkRequests {
  const waiting = new Map<number, (reply: Reply) => void>();
  let next = 1;

  return {
    ask: (toFrame) => {
      if (!isLive()) return Promise.resolve({ kind: "lost" });
      const id = next;
      next = next === 0xffff_ffff ? 1 : next + 1;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        send(toFrame(id));
      });
    },
    settle: (id, reply) => {
      waiting.get(id)?.(reply);
      waiting.delete(id);
    },
    loseAll: () => {
      const lost = [...waiting.values()];
      waiting.clear();
      for (const settle of lost) settle({ kind: "lost" });
    },
  };
}
