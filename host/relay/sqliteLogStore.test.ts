import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeLogStore } from "#sync/testing/logStoreSuite.ts";
import { openDatabase } from "./database.ts";
import { createSqliteLogStore } from "./sqliteLogStore.ts";

describeLogStore("SQLite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sovereign-log-"));
  const file = join(folder, "log.sqlite");
  const failOnBroken = (error: Error): never => {
    throw error;
  };
  const store = createSqliteLogStore(openDatabase({ file, onBroken: failOnBroken }));
  const opened = [store];
  return {
    store,
    reopen: async () => {
      const again = createSqliteLogStore(openDatabase({ file, onBroken: failOnBroken }));
      opened.push(again);
      return again;
    },
    dispose: async () => {
      for (const each of opened) await each.close();
      rmSync(folder, { recursive: true });
    },
  };
});
