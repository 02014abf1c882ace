/**
 * What the palette finds for the words in its field: what can be done, chats by their titles, and every message by its words. The
 * list is moved through without leaving the field.
 */
import { createEffect, createMemo, createSignal, For, type JSX, on, onMount, Show } from "solid-js";
import { t } from "../app/strings.ts";
import { s } from "./words.ts";
import type { ChatRow } from "../bridge/createChats.ts";
import { shortTime } from "../chat/words.ts";
import { Icon } from "../ui/Icon.tsx";
import { fitting } from "./commands.ts";
import { endSearch, searchOf } from "./createSearch.ts";
import { chatsLeft, filterOffers, isLeft } from "./filterItems.ts";
import type { SearchHit } from "./searchIndex.ts";
import { hasFilter, parseSearch, withoutPiece, withValue } from "./searchQuery.ts";
import { toWords } from "./searchWords.ts";
import { type PaletteItem, PaletteOption } from "./PaletteOption.tsx";
import { paletteCommands, type PaletteSources } from "./paletteCommands.ts";
import { markWords } from "./snippet.ts";

export { endSearch };

/** So many that the commands below them are in sight. */
const recentMax = 4;
const titlesMax = 5;
const hitsMax = 40;

interface Section {
  readonly name: string;
  readonly items: readonly PaletteItem[];
}

/** What the field needs of the results, once they are there. */
export interface ResultsHandle {
  /** `true`: the key was theirs. */
  takeKey(key: string): boolean;
  /** The id of the option that Enter would run. */
  active(): string | undefined;
  says(): string;
}

export function PaletteResults(
  props: PaletteSources & {
    query: string;
    /** Puts something else into the field. */
    type(query: string): void;
    listId: string;
    attach(handle: ResultsHandle): void;
    close(): void;
  },
): JSX.Element {
  const search = createMemo(() => searchOf(props.vault));
  const [active, setActive] = createSignal(0);
  const [list, setList] = createSignal<HTMLElement>();

  const query = createMemo(() => parseSearch(props.query, s.searchFilters, Date.now()));
  const typed = createMemo(() => toWords(query().words));
  const isSearch = (): boolean => typed().length > 0 || hasFilter(query());
  const [hits, setHits] = createSignal<readonly SearchHit[]>([]);
  const [isFinding, setIsFinding] = createSignal(false);
  let asked = 0;
  createEffect(() => {
    const [{ words, filter }, chats] = [query(), chatsLeft(query(), props.chats)];
    search().version();
    asked += 1;
    const mine = asked;
    const show = (found: readonly SearchHit[]): void => {
      if (mine !== asked) return;
      setHits(found);
      setIsFinding(false);
    };
    if (!isSearch()) return show([]);
    // What was found before stays until what is found now is there.
    setIsFinding(true);
    void search()
      .find({ words, filter, chats, hitsMax })
      .then(show, () => show([]));
  });
  const title = (row: ChatRow): string => (row.title === "" ? t.untitledChat : row.title);

  const commandSection = (): Section => ({
    name: s.commands,
    items: fitting(paletteCommands(props), query().words).map(({ id, label, keys, isMarked, act }) => ({
      id,
      parts: markWords(label, typed()),
      ...(isMarked === true ? { aside: s.inUse } : {}),
      ...(keys === undefined ? {} : { keys }),
      act,
    })),
  });

  const chatSection = (): Section => {
    const rows = props.chats.filter((row) => (isSearch() ? isLeft(row, query()) : row.id !== props.shown));
    const found = fitting(
      rows.map((row) => ({ row, label: title(row) })),
      query().words,
    );
    return {
      name: isSearch() ? t.chats : s.recent,
      items: found.slice(0, isSearch() ? titlesMax : recentMax).map(({ row, label }) => ({
        id: `chat-${row.id}`,
        parts: markWords(label, typed()),
        aside: shortTime(row.at, Date.now()),
        act: () => props.openChat(row.id),
      })),
    };
  };

  const messageSection = (): Section => {
    const titles = new Map<string, ChatRow>(props.chats.map((row) => [row.id, row]));
    return {
      name: t.messages,
      items: hits().flatMap(({ id, chat, role, at, by, snippet, words }) => {
        const row = titles.get(chat);
        if (row === undefined) return [];
        return {
          id: `message-${id}`,
          parts: snippet,
          above: `${role === "user" ? (by ?? t.you) : t.assistant} · ${title(row)}`,
          aside: shortTime(at, Date.now()),
          act: () => props.openMessage({ chat: row.id, message: id, words }),
        };
      }),
    };
  };

  const filterSection = (): Section => ({
    name: s.narrow,
    items: filterOffers(query(), props.chats, Date.now()).map(({ written, says }) => ({
      id: `filter-${written}`,
      parts: [{ text: written, isHit: false }],
      aside: says,
      staysOpen: true,
      act: () => props.type(withValue(props.query, query().open, written)),
    })),
  });

  const sections = createMemo((): readonly Section[] => {
    const isNarrowed = hasFilter(query());
    const { from, before, after } = query().filter;
    const isOfMessages = from !== null || before !== null || after !== null;
    const all = [
      ...(query().open === null ? [] : [filterSection()]),
      // Before anything is typed: back to where one was. Then what can be done.
      ...(isSearch() ? [] : [chatSection()]),
      ...(isNarrowed || query().open !== null ? [] : [commandSection()]),
      // A chat has no writer and no one day.
      ...(isOfMessages || !isSearch() ? [] : [chatSection()]),
      ...(isSearch() ? [messageSection()] : []),
      ...(isSearch() || query().open !== null ? [] : [filterSection()]),
    ];
    return all.filter((section) => section.items.length > 0);
  });
  const items = createMemo(() => sections().flatMap((section) => section.items));
  const optionId = (index: number): string => `${props.listId}-${index}`;
  const chosen = (): number => Math.min(active(), Math.max(0, items().length - 1));

  createEffect(
    on(
      () => props.query,
      () => setActive(0),
      { defer: true },
    ),
  );
  createEffect(
    on(chosen, (index) => {
      if (index === 0) list()?.scrollTo({ top: 0 });
      else document.getElementById(optionId(index))?.scrollIntoView({ block: "nearest" });
    }),
  );

  const run = (item: PaletteItem | undefined): void => {
    if (item === undefined) return;
    // What it runs may take the focus in its turn.
    if (item.staysOpen !== true) props.close();
    item.act();
  };

  const move = (to: number): void => {
    const count = items().length;
    if (count > 0) setActive((to + count) % count);
  };

  const takeKey = (key: string): boolean => {
    if (key === "ArrowDown") move(chosen() + 1);
    else if (key === "ArrowUp") move(chosen() - 1);
    else if (key === "PageDown") move(Math.min(chosen() + 8, items().length - 1));
    else if (key === "PageUp") move(Math.max(chosen() - 8, 0));
    else if (key === "Enter") run(items()[chosen()]);
    else return false;
    return true;
  };

  const says = (): string => {
    const { left } = search();
    if (left() > 0) return s.readingChats(left());
    if (!isSearch()) return t.searchIsLocal;
    return items().length === 0 && !isFinding() ? s.noResults : s.resultCount(items().length);
  };

  onMount(() => {
    search().refresh(props.shown);
    props.attach({ takeKey, active: () => (items().length > 0 ? optionId(chosen()) : undefined), says });
  });

  return (
    <>
      <Show when={query().pieces.length > 0}>
        <ul class="palette-filters" aria-label={s.narrow}>
          <For each={query().pieces}>
            {(piece) => (
              <li>
                <button
                  type="button"
                  class="palette-filter"
                  tabindex="-1"
                  aria-label={s.removeFilter(props.query.slice(piece.start, piece.end))}
                  onClick={() => props.type(withoutPiece(props.query, piece))}
                >
                  <span>{s.searchFilters.keys[piece.key]}</span>
                  {piece.value}
                  <Icon name="close" />
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <div ref={setList} id={props.listId} class="palette-list" role="listbox" aria-label={s.results}>
        <For each={sections()}>
          {(section, at) => {
            const before = (): number =>
              sections()
                .slice(0, at())
                .reduce((sum, other) => sum + other.items.length, 0);
            return (
              <div role="group" aria-label={section.name}>
                <p class="palette-group" aria-hidden="true">
                  {section.name}
                </p>
                <For each={section.items}>
                  {(item, index) => (
                    <PaletteOption
                      id={optionId(before() + index())}
                      item={item}
                      isActive={chosen() === before() + index()}
                      point={() => setActive(before() + index())}
                      run={() => run(item)}
                    />
                  )}
                </For>
              </div>
            );
          }}
        </For>
      </div>
      <Show when={items().length === 0 && search().left() === 0 && !isFinding()}>
        <div class="palette-none">
          <p>{s.noResults}</p>
          <p>{s.noResultsText}</p>
        </div>
      </Show>
    </>
  );
}
