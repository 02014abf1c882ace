/** Documents change far more often than a screen is drawn: changes are gathered and shown once a frame. */

/** How long changes wait in a hidden tab, where no frames are drawn. */
const hiddenMs = 250;

export interface FrameBatch {
  /** Runs `show` before the next frame; calls until then are one. */
  schedule(): void;
  cancel(): void;
}

/** Below this, every frame may show it. */
const cheapMs = 4;

/** `restTimes`: when showing it is costly it rests for as many times as long, so that of the page's time it takes one part in so many. */
export function createFrameBatch(show: () => void, { restTimes = 0 } = {}): FrameBatch {
  let cancelPending: (() => void) | null = null;
  let restsUntil = 0;
  const run = (): void => {
    cancelPending?.();
    cancelPending = null;
    const startedAt = performance.now();
    show();
    const tookMs = performance.now() - startedAt;
    restsUntil = tookMs < cheapMs ? 0 : startedAt + tookMs * restTimes;
  };
  return {
    schedule: () => {
      if (cancelPending !== null) return;
      const restMs = restsUntil - performance.now();
      if (restMs > 0) {
        const timer = setTimeout(run, restMs);
        cancelPending = () => clearTimeout(timer);
        return;
      }
      if (document.visibilityState === "hidden") {
        const timer = setTimeout(run, hiddenMs);
        cancelPending = () => clearTimeout(timer);
      } else {
        const frame = requestAnimationFrame(run);
        // A tab that is hidden between here and the frame would wait for as long as it stays hidden.
        const timer = setTimeout(run, hiddenMs);
        cancelPending = () => {
          cancelAnimationFrame(frame);
          clearTimeout(timer);
        };
      }
    },
    cancel: () => {
      cancelPending?.();
      cancelPending = null;
    },
  };
}
