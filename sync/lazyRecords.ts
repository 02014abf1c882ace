/** Records (records.ts) come to few vaults and seldom: what files them is fetched with the first one. */
import type { Records, RecordsOptions } from "./records.ts";

export function createLazyRecords(options: () => RecordsOptions): Records {
  const load = async (): Promise<Records> => {
    const { createRecords } = await import("./records.ts");
    return createRecords(options());
  };
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
