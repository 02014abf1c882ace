/** Records (records.ts) come to few vaults and seldom: what files them is fetched with the first one. */
import type { Records } from "./records.ts";

export function createLazyRecords(load: () => Promise<Records>): Records {
  let loading: Promise<Records> | null = null;
  return {
    take: (seq, bytes) => {
      loading ??= load();
      loading.then(
        (records) => records.take(seq, bytes),
        () => {
          // Without a network, say. The relay offers it again on the next link.
          loading = null;
        },
      );
    },
  };
}
