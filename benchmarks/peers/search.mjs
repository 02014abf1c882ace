/** Peers' search engines, each by the call that its documentation shows first, asked for messages that hold all words, the last perhaps unfinished. */
import { DatabaseSync } from "node:sqlite";
import { serveSearch } from "../parts/searching.mjs";

const HITS = 20;

const engines = {
  minisearch: async () => {
    const { default: MiniSearch } = await import("minisearch");
    const index = new MiniSearch({ fields: ["text"] });
    return {
      build: (messages) => index.addAll(messages),
      find: (query) =>
        index.search(query, { combineWith: "AND", prefix: (_, at, terms) => at === terms.length - 1 }).slice(0, HITS)
          .length,
    };
  },
  orama: async () => {
    const { create, insertMultiple, search } = await import("@orama/orama");
    const index = create({ schema: { text: "string" } });
    return {
      build: (messages) =>
        insertMultiple(
          index,
          messages.map(({ id, text }) => ({ id, text })),
        ),
      find: async (query) => (await search(index, { term: query, limit: HITS, threshold: 0 })).count,
    };
  },
  flexsearch: async () => {
    const { Index } = await import("flexsearch");
    const index = new Index({ tokenize: "forward" });
    return {
      build: (messages) => {
        for (const [at, { text }] of messages.entries()) index.add(at, text);
      },
      find: (query) => index.search(query, { limit: HITS }).length,
    };
  },
  fts5: async () => {
    const database = new DatabaseSync(":memory:");
    database.exec("CREATE VIRTUAL TABLE message USING fts5 (text, prefix = '2 3')");
    const insert = database.prepare("INSERT INTO message (text) VALUES (?)");
    const find = database.prepare(
      "SELECT rowid, snippet(message, 0, '', '', '', 20) FROM message WHERE message MATCH ? ORDER BY rank LIMIT ?",
    );
    return {
      build: (messages) => {
        database.exec("BEGIN");
        for (const { text } of messages) insert.run(text);
        database.exec("COMMIT");
      },
      find: (query) =>
        find.all(
          query
            .split(" ")
            .map((word, at, words) => `"${word}"${at === words.length - 1 ? "*" : ""}`)
            .join(" AND "),
          HITS,
        ).length,
    };
  },
};

serveSearch(await engines[process.argv[2]]());
