/**
 * A process that a test kills: it appends to a log as fast as it can, several authors at once so that appends share a
 * flush, and prints each acknowledgement only when it has it. `node appendForever.ts <file>`
 */
import { writeSync } from "node:fs";
import { sodiumReady } from "#crypto/sodium.ts";
import { openDatabase } from "../relay/database.ts";
import { createSqliteLogStore } from "../relay/sqliteLogStore.ts";
import { testRecord } from "./logRecords.ts";

// A limit on the file's size then fails a write instead of ending the process: the nearest to a failing disk.
process.on("SIGXFSZ", () => {});
await sodiumReady;
const authors = 4;
const [file = ""] = process.argv.slice(2);
const store = createSqliteLogStore(
  openDatabase({
    file,
    onBroken: (error) => {
      throw error;
    },
  }),
);

async function appendChain(author: number): Promise<never> {
  for (let counter = store.head(testRecord(author, 1).vault, testRecord(author, 1).doc) + 1; ; counter++) {
    const outcome = await store.append(testRecord(author, counter));
    // Straight to the pipe: what the parent reads has been acknowledged, and nothing waits in this process.
    writeSync(1, `${author} ${counter} ${outcome.kind}\n`);
  }
}

await Promise.all(Array.from({ length: authors }, (_, author) => appendChain(author)));
