/** The app's own index, as its worker holds it: with filters, recency and a snippet for each hit, and each part written out to be sealed. */
import { createSearchIndex } from "../../client/search/searchIndex.ts";
import { NEWEST_MS } from "./messages.mjs";
import { serveSearch } from "./searching.mjs";

const index = createSearchIndex(() => NEWEST_MS);

serveSearch({
  build: (messages) => {
    const by = null;
    for (const [chat, own] of Map.groupBy(messages, (message) => message.chat))
      index.put(
        chat,
        own.map((message) => ({ ...message, by })),
      );
    index.takeChanged();
  },
  find: (query) =>
    index.search({
      words: query,
      filter: { from: null, before: null, after: null },
      chats: null,
      hitsMax: 20,
    }).length,
});
