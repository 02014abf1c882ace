/** Whichever comes first; `null`: the abort. What does not listen to one must not hold up Stop. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  let onAbort = (): void => {};
  const aborted = new Promise<null>((resolve) => {
    onAbort = () => resolve(null);
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  work.catch(() => {
    // reason: after an abort nobody waits for it any more, and what it failed with is a consequence.
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
