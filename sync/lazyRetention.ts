/** Most vaults keep all for ever: what ends chats (retention.ts) is fetched with the first project that says how long it keeps them. */
import type { Retention, RetentionOptions } from "./retention.ts";

export function startLazyRetention(options: RetentionOptions): Retention {
  const { catalog } = options;
  let loading: Promise<void> | null = null;
  let retention: Retention | null = null;
  let isStopped = false;

  function begin(): void {
    if (loading !== null || isStopped) return;
    if (!catalog.projects.all().some(({ keepDays }) => keepDays !== null)) return;
    loading = import("./retention.ts").then(
      ({ startRetention }) => {
        if (isStopped) return;
        leave();
        retention = startRetention(options);
      },
      () => {
        // Without a network, say. It is fetched with the next change of the catalog.
        loading = null;
      },
    );
  }

  const leave = catalog.observe(begin);
  begin();
  return {
    stop: () => {
      isStopped = true;
      if (retention === null) leave();
      else retention.stop();
    },
  };
}
