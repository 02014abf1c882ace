/** The words of what a search finds and of the commands beside it. German: german.ts. */
export const searchEnglish = {
  stopAnswering: "Stop the answer",
  results: "Results",
  commands: "Commands",
  recent: "Recent chats",
  themeIs: (name: string) => `Theme: ${name}`,
  inUse: "in use",
  readingChats: (left: number) => (left === 1 ? "Reading one more chat…" : `Reading ${left} more chats…`),
  resultCount: (found: number) => (found === 1 ? "1 result" : `${found} results`),
  noResults: "Nothing found",
  noResultsText: "Only chats on this device are searched. Try fewer words, or the beginning of one.",
  narrow: "Narrow down",
  removeFilter: (filter: string) => `Remove ${filter}`,
  searchFilters: {
    keys: { in: "in", is: "is", from: "from", before: "before", after: "after" },
    states: { pinned: "pinned", archived: "archived", unread: "unread" },
    me: "me",
    assistant: "assistant",
    today: "today",
    yesterday: "yesterday",
  },
  filterSays: {
    in: "in one chat",
    is: "in pinned, archived or unread chats",
    from: "by you or by the assistant",
    before: "before a day, a month or a year",
    after: "from a day, a month or a year on",
  },
  filterStates: { pinned: "pinned chats", archived: "archived chats", unread: "chats with something new" },
  filterChat: "in this chat",
};

export type SearchStrings = typeof searchEnglish;
