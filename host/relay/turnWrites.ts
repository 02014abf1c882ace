/**
 * All that one turn has for a socket leaves by one call to the kernel, when the turn's own work is done and before anything else is read: the answers to a device
 * that asks for all of its docs, words of several answers that came together, a page and an acknowledgement.
 */

/** A socket, as far as it is needed here. */
export interface Corked {
  cork(): void;
  uncork(): void;
}

export interface TurnWrites {
  /** Called before each write. */
  gather(socket: Corked): void;
  /** Called before a write that is long enough to go by itself: what was gathered for that socket goes ahead of it. */
  release(socket: Corked): void;
}

export function createTurnWrites(): TurnWrites {
  let gathered = new Set<Corked>();

  function releaseAll(): void {
    const leaving = gathered;
    gathered = new Set();
    for (const socket of leaving) socket.uncork();
  }

  return {
    gather: (socket) => {
      if (gathered.has(socket)) return;
      if (gathered.size === 0) process.nextTick(releaseAll);
      gathered.add(socket);
      socket.cork();
    },
    release: (socket) => {
      if (gathered.delete(socket)) socket.uncork();
    },
  };
}
