import type { SearchStrings } from "./english.ts";

export const searchGerman: SearchStrings = {
  stopAnswering: "Antwort anhalten",
  results: "Treffer",
  commands: "Befehle",
  recent: "Zuletzt benutzt",
  themeIs: (name) => `Farben: ${name}`,
  inUse: "gewählt",
  readingChats: (left) => (left === 1 ? "Noch ein Chat wird gelesen …" : `Noch ${left} Chats werden gelesen …`),
  resultCount: (found) => `${found} Treffer`,
  noResults: "Nichts gefunden",
  noResultsText:
    "Durchsucht werden nur Chats auf diesem Gerät. Versuch es mit weniger Wörtern oder mit einem Wortanfang.",
  narrow: "Eingrenzen",
  removeFilter: (filter) => `${filter} entfernen`,
  searchFilters: {
    keys: { in: "in", is: "ist", from: "von", before: "vor", after: "seit" },
    states: { pinned: "angeheftet", archived: "archiviert", unread: "ungelesen" },
    me: "mir",
    assistant: "assistent",
    today: "heute",
    yesterday: "gestern",
  },
  filterSays: {
    in: "in einem Chat",
    is: "in angehefteten, archivierten oder ungelesenen Chats",
    from: "von dir oder vom Assistenten",
    before: "vor einem Tag, Monat oder Jahr",
    after: "ab einem Tag, Monat oder Jahr",
  },
  filterStates: { pinned: "angeheftete Chats", archived: "archivierte Chats", unread: "Chats mit etwas Neuem" },
  filterChat: "in diesem Chat",
};
