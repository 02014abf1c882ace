/** What the palette offers to narrow a search down with, and which chats the filters leave. */
import type { DocId } from "#crypto/ids.ts";
import { t } from "../app/strings.ts";
import { s } from "./words.ts";
import type { ChatRow } from "../bridge/createChats.ts";
import { fitting } from "./commands.ts";
import { type ChatState, type FilterKey, quoted, type SearchQuery } from "./searchQuery.ts";
import { foldText } from "./searchWords.ts";

export interface FilterOffer {
  /** As it is written into the field. */
  readonly written: string;
  readonly says: string;
}

const offeredChats = 6;
const filterKeys: readonly FilterKey[] = ["in", "is", "from", "before", "after"];
const chatStates: readonly ChatState[] = ["pinned", "archived", "unread"];

/** For a field without a filter that is being written: each by its name. With one: its values, as far as they fit. */
export function filterOffers(query: SearchQuery, rows: readonly ChatRow[], now: number): readonly FilterOffer[] {
  const { keys, states, me, assistant, today, yesterday } = s.searchFilters;
  const { open } = query;
  if (open === null) return filterKeys.map((key) => ({ written: `${keys[key]}:`, says: s.filterSays[key] }));
  const name = keys[open.key];
  const value = foldText(open.value);
  const ofValues = (values: readonly (readonly [written: string, says: string])[]): FilterOffer[] =>
    values
      .filter(([written]) => foldText(written).startsWith(value) && foldText(written) !== value)
      .map(([written, says]) => ({ written: `${name}:${written} `, says }));
  switch (open.key) {
    case "in": {
      const named = rows.filter(({ title }) => title !== "" && foldText(title) !== value);
      const found = fitting(
        named.map(({ title }) => ({ label: title })),
        open.value,
      );
      return found
        .slice(0, offeredChats)
        .map(({ label }) => ({ written: `${name}:${quoted(label)} `, says: s.filterChat }));
    }
    case "is":
      return ofValues(chatStates.map((state) => [states[state], s.filterStates[state]]));
    case "from":
      return ofValues([
        [me, t.you],
        [assistant, t.assistant],
      ]);
    case "before":
    case "after": {
      const date = new Date(now);
      const year = String(date.getFullYear());
      const month = `${year}-${String(date.getMonth() + 1).padStart(2, "0")}`;
      const says = s.filterSays[open.key];
      return ofValues([today, yesterday, month, year].map((day) => [day, says]));
    }
  }
}

/** `null`: no filter is about chats. */
export function chatsLeft(query: SearchQuery, rows: readonly ChatRow[]): readonly DocId[] | null {
  const { places, states } = query;
  if (places.length === 0 && states.length === 0) return null;
  return rows.filter((row) => isLeft(row, query)).map(({ id }) => id);
}

export function isLeft(row: ChatRow, { places, states }: Pick<SearchQuery, "places" | "states">): boolean {
  return (
    states.every((state) => row[state]) && places.every((place) => fitting([{ label: row.title }], place).length > 0)
  );
}
