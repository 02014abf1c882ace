import "fake-indexeddb/auto";
import { bytesToHex } from "#crypto/bytes.ts";
import { systemRandom } from "#crypto/random.ts";
import { indexedDbJournals } from "./indexedDbJournals.ts";
import { runJournalStoreSuite } from "./testing/journalStoreSuite.ts";

runJournalStoreSuite("y-indexeddb", {
  create: () => {
    const place = bytesToHex(systemRandom(8));
    return { open: () => ({ open: (name, held) => indexedDbJournals.open(`${place}-${name}`, held) }) };
  },
});
