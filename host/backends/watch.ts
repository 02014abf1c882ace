/** Which backend answers now. It is looked for again and again, since people start and stop model servers at any time. */
import type { Clock } from "#sync/ports.ts";
import type { Backend } from "./backend.ts";
import type { Discovery } from "./discover.ts";
import { missedProbesMax, probeEveryMs } from "./limits.ts";

export interface BackendWatch {
  readonly current: Backend;
  close(): void;
}

export interface BackendWatchOptions {
  readonly clock: Clock;
  readonly discover: () => Promise<Discovery>;
  readonly onChange: (backend: Backend) => void;
}

/** Resolves when the first look is over. `onChange` is called for later ones only. */
export async function watchBackends(options: BackendWatchOptions): Promise<BackendWatch> {
  const { clock, discover, onChange } = options;
  let current = await discover();
  let missed = 0;
  let isClosed = false;
  let cancel = clock.after(probeEveryMs, look);

  async function lookOnce(): Promise<void> {
    const next = await discover();
    if (isClosed) return;
    // A model server at full load misses a probe now and then, and going over to the guide for that would be wrong.
    const isWorse = isModel(current) && !isModel(next);
    missed = isWorse ? missed + 1 : 0;
    if (next.key !== current.key && (!isWorse || missed >= missedProbesMax)) {
      current = next;
      missed = 0;
      onChange(current.backend);
    }
    cancel = clock.after(probeEveryMs, look);
  }

  function look(): void {
    void lookOnce();
  }

  return {
    get current() {
      return current.backend;
    },
    close: () => {
      isClosed = true;
      cancel();
    },
  };
}

function isModel(discovery: Discovery): boolean {
  return discovery.isThere && discovery.backend.kind === "model";
}
