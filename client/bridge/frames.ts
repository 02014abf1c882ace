/** Documents change far more often than a screen is drawn: changes are gathered and shown once a frame. */

/** How long changes wait in a hidden tab, where no frames are drawn. */
const hiddenMs = 250;

export interface FrameBatch {
  /** Runs `show` before the next frame; calls until then are one. */
  schedule(): void;
  cancel(): void;
}

export function createFrameBatch(show: () => void): FrameBatch {
  let cancelPending: (() => void) | null = null;
  const run = (): void => {
    cancelPending?.();
    cancelPending = null;
    show();
  };
  return {
    schedule: () => {
      if (cancelPending !== null) return;
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
