/** Of the machine's own time, which no setting of its clock moves: for what is looked at again and again. A port, so that a test turns it by hand. */
export interface LookClock {
  now(): number;
  after(delayMs: number, callback: () => void): () => void;
}

export const steadyClock: LookClock = {
  now: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
