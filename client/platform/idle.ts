/** Work that can wait until the page has nothing better to do. */

/** Where the browser cannot tell when that is (Safari). */
const guessMs = 8;

export interface IdleOptions {
  /** Not before: what the person came for goes first. */
  readonly earliestMs?: number;
  /** It is done by then even on a busy page. */
  readonly latestMs?: number;
}

/** Returns what takes it back. */
export function whenIdle(act: () => void, options: IdleOptions = {}): () => void {
  if (options.earliestMs !== undefined) {
    let cancel: (() => void) | null = null;
    const timer = setTimeout(() => (cancel = whenIdle(act)), options.earliestMs);
    return () => {
      clearTimeout(timer);
      cancel?.();
    };
  }
  if (typeof requestIdleCallback === "function") {
    const handle = requestIdleCallback(act, options.latestMs === undefined ? {} : { timeout: options.latestMs });
    return () => cancelIdleCallback(handle);
  }
  const timer = setTimeout(act, guessMs);
  return () => clearTimeout(timer);
}
