import "fake-indexeddb/auto";
import { forceCloseDatabase } from "fake-indexeddb";
import { expect, it } from "vitest";
import { Doc } from "yjs";
import { bytesToHex } from "#crypto/bytes.ts";
import { systemRandom } from "#crypto/random.ts";
import { indexedDbJournals } from "./indexedDbJournals.ts";
import { deleteDatabase } from "./openDatabase.ts";
import { runJournalStoreSuite } from "./testing/journalStoreSuite.ts";

runJournalStoreSuite("y-indexeddb", {
  create: () => {
    const place = bytesToHex(systemRandom(8));
    const within = (name: string): string => `${place}-${name}`;
    return {
      open: () => ({
        open: (name, held) => indexedDbJournals.open(within(name), held),
        has: async (names) => {
          const there = await indexedDbJournals.has(names.map(within));
          return new Set(names.filter((name) => there.has(within(name))));
        },
        remove: (names) => indexedDbJournals.remove(names.map(within)),
      }),
    };
  },
});

/** Every connection that is open, for the browser to take away. */
const connections: IDBDatabase[] = [];
const { open } = indexedDB;
indexedDB.open = (...args) => {
  const request = open.apply(indexedDB, args);
  request.addEventListener("success", () => connections.push(request.result));
  return request;
};

it("JR17 a database that is taken away while it is open is made anew with all that is in memory", async () => {
  const name = `taken-${bytesToHex(systemRandom(8))}`;
  const doc = new Doc();
  const journal = await indexedDbJournals.open(name, doc);
  doc.getText("text").insert(0, "before ");
  await journal.commit();
  expect(journal.wasTaken()).toBe(false);
  // The browser tells nobody of it in time: its connections begin nothing any more, and the files are gone.
  for (const opened of connections) opened.close();
  connections.length = 0;
  await deleteDatabase(name);
  doc.getText("text").insert(7, "after");
  await journal.commit();
  expect(journal.wasTaken()).toBe(true);
  await journal.close();
  const again = new Doc();
  const reopened = await indexedDbJournals.open(name, again);
  expect(again.getText("text").toJSON()).toBe("before after");
  await reopened.close();
});

it("JR17 a commit whose transaction the browser forgets when it takes the database away is tried again", async () => {
  const name = `forgotten-${bytesToHex(systemRandom(8))}`;
  const doc = new Doc();
  const journal = await indexedDbJournals.open(name, doc);
  doc.getText("text").insert(0, "kept");
  const database = connections.at(-1);
  if (database === undefined) throw new Error("no connection");
  // What begins now ends without a word, as Chromium's transactions do that begin in the moment of the taking.
  const begin = database.transaction.bind(database);
  database.transaction = (...args) => {
    const transaction = begin(...args);
    transaction.dispatchEvent = () => true;
    return transaction;
  };
  const committed = journal.commit();
  database.close();
  await deleteDatabase(name);
  forceCloseDatabase(database as unknown as Parameters<typeof forceCloseDatabase>[0]);
  await committed;
  expect(journal.wasTaken()).toBe(true);
  await journal.close();
  const again = new Doc();
  const reopened = await indexedDbJournals.open(name, again);
  expect(again.getText("text").toJSON()).toBe("kept");
  await reopened.close();
});
