/** Two link ends in one process, joined by microtasks: no timers, so a test decides when time passes. */
import type { Link, LinkEvents } from "../ports.ts";

export interface MemoryEnd {
  /** Set before the next microtask; frames wait for it. */
  events: LinkEvents | null;
  readonly link: Link;
}

/** Both ends open at the next microtask; either close reaches the other after the frames sent before it. */
export function createMemoryLinkPair(): readonly [MemoryEnd, MemoryEnd] {
  const ends: [MemoryEnd, MemoryEnd] = [createEnd(() => ends[1]), createEnd(() => ends[0])];
  queueMicrotask(() => {
    for (const end of ends) if (!isClosed(end)) end.events?.onOpen();
  });
  return ends;
}

const closedEnds = new WeakSet<MemoryEnd>();
const isClosed = (end: MemoryEnd): boolean => closedEnds.has(end);

function createEnd(other: () => MemoryEnd): MemoryEnd {
  const end: MemoryEnd = {
    events: null,
    link: {
      send: (frame) => {
        if (isClosed(end)) return;
        const copy = frame.slice();
        queueMicrotask(() => {
          if (!isClosed(other())) other().events?.onFrame(copy);
        });
      },
      close: () => {
        closeEnd(end);
        queueMicrotask(() => closeEnd(other()));
      },
      waitingBytes: 0,
    },
  };
  return end;
}

function closeEnd(end: MemoryEnd): void {
  if (isClosed(end)) return;
  closedEnds.add(end);
  queueMicrotask(() => end.events?.onClose());
}
