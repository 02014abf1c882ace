/** What a ledger that lies nowhere says of an entry: written, and stored. */
import type { WrittenEntry } from "../tools/ledger.ts";

export const entryAt = (n: number, host = "h"): WrittenEntry => ({
  place: { host, n, hash: "" },
  stored: Promise.resolve(),
});
