/**
 * What the palette finds for the words in its field: what can be done, chats by their titles, and every message by its words. The
 * list is moved through without leaving the field.
 */
import { createEffect, createMemo, createSignal, For, type JSX, on, onMount, Show } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { goToLibrary } from "../app/route.ts";
import { t } from "../app/strings.ts";
import type { ChatRow } from "../bridge/createChats.ts";
import { shortTime } from "../chat/words.ts";
import { type KeyAction, keysFor } from "../platform/bindings.ts";
import { Icon } from "../ui/Icon.tsx";
import { chooseTheme, themeChoice, themeChoices } from "../platform/theme.ts";
import { type Command, fitting } from "./commands.ts";
import { endSearch, searchOf } from "./createSearch.ts";
import { chatsLeft, filterOffers, isLeft } from "./filterItems.ts";
import type { SearchHit } from "./searchIndex.ts";
import { hasFilter, parseSearch, withoutPiece, withValue } from "./searchQuery.ts";
import { w } from "../settings/words.ts";
import { toWords } from "./searchWords.ts";
import { markWords, type SnippetPart } from "./snippet.ts";

export { endSearch };

/** They move about the page, and nothing else here does. */
const keyedOnly: readonly KeyAction[] = ["model", "sidebar", "previousChat", "nextChat", "focusMessage"];

const recentMax = 6;
const titlesMax = 5;
const hitsMax = 40;

interface Item {
  readonly id: string;
  readonly parts: readonly SnippetPart[];
  /** In small print, before the line or at its end. */
  readonly above?: string;
  readonly aside?: string;
  readonly keys?: string;
  /** It goes on with the search instead of ending it. */
  readonly staysOpen?: boolean;
  act(): void;
}

interface Section {
  readonly name: string;
  readonly items: readonly Item[];
}

export interface PaletteSources {
  vault: Vault;
  shown: DocId | null;
  chats: readonly ChatRow[];
  openChat(id: DocId | null): void;
  openMessage(target: { chat: DocId; message: string; words: readonly string[] }): void;
  openSettings(part: "look" | "keys"): void;
  openDevices(part: "list" | "add" | "words"): void;
  openTemporary(): void;
  openStatus(): void;
  /** `null`: there is nothing to stop, or to copy. */
  stop: (() => void) | null;
  copyLast: (() => void) | null;
  lock: Pick<Command, "label" | "act">;
  /** What keys do that has no place of its own here. */
  keyed: Readonly<Record<KeyAction, () => void>>;
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

  const query = createMemo(() => parseSearch(props.query, t.searchFilters, Date.now()));
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

  const keyed = (action: KeyAction): Command => ({
    id: `key-${action}`,
    label: w.keyActions[action],
    keys: keysFor(action),
    // The field gives the focus back first.
    act: () => queueMicrotask(props.keyed[action]),
  });

  const commands = (): Command[] => [
    { id: "new", label: t.newChat, keys: keysFor("newChat"), act: () => props.openChat(null) },
    { id: "temporary", label: t.temporary, keys: keysFor("temporary"), act: () => props.openTemporary() },
    { id: "artifacts", label: t.artifacts, act: goToLibrary },
    ...(props.stop === null ? [] : [{ id: "stop", label: t.stopAnswering, keys: keysFor("stop"), act: props.stop }]),
    ...(props.copyLast === null
      ? []
      : [{ id: "copy", label: t.copyLastAnswer, keys: keysFor("copyLast"), act: props.copyLast }]),
    ...(props.copyLast === null ? [] : [keyed("regenerate"), keyed("copyLastCode")]),
    { id: "lock", ...props.lock, keys: keysFor("lock") },
    { id: "add-device", label: t.addDevice, act: () => props.openDevices("add") },
    { id: "devices", label: t.devices, act: () => props.openDevices("list") },
    { id: "words", label: t.wordsSection, act: () => props.openDevices("words") },
    { id: "status", label: t.status, keys: keysFor("status"), act: () => props.openStatus() },
    { id: "settings", label: t.settings, keys: keysFor("settings"), act: () => props.openSettings("look") },
    { id: "keys", label: t.shortcuts, keys: keysFor("keys"), act: () => props.openSettings("keys") },
    ...keyedOnly.map(keyed),
    ...themeChoices.map((choice) => ({
      id: `theme-${choice}`,
      label: t.themeIs(t.themes[choice]),
      isMarked: themeChoice() === choice,
      act: () => chooseTheme(choice),
    })),
  ];

  const commandSection = (): Section => ({
    name: t.commands,
    items: fitting(commands(), query().words).map(({ id, label, keys, isMarked, act }) => ({
      id,
      parts: markWords(label, typed()),
      ...(isMarked === true ? { aside: t.inUse } : {}),
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
      name: isSearch() ? t.chats : t.recent,
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
    name: t.narrow,
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
      ...(isNarrowed || query().open !== null ? [] : [commandSection()]),
      // A chat has no writer and no one day.
      ...(isOfMessages ? [] : [chatSection()]),
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

  const run = (item: Item | undefined): void => {
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
    if (left() > 0) return t.readingChats(left());
    if (!isSearch()) return t.searchIsLocal;
    return items().length === 0 && !isFinding() ? t.noResults : t.resultCount(items().length);
  };

  onMount(() => {
    search().refresh(props.shown);
    props.attach({ takeKey, active: () => (items().length > 0 ? optionId(chosen()) : undefined), says });
  });

  return (
    <>
      <Show when={query().pieces.length > 0}>
        <ul class="palette-filters" aria-label={t.narrow}>
          <For each={query().pieces}>
            {(piece) => (
              <li>
                <button
                  type="button"
                  class="palette-filter"
                  tabindex="-1"
                  aria-label={t.removeFilter(props.query.slice(piece.start, piece.end))}
                  onClick={() => props.type(withoutPiece(props.query, piece))}
                >
                  <span>{t.searchFilters.keys[piece.key]}</span>
                  {piece.value}
                  <Icon name="close" />
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <div ref={setList} id={props.listId} class="palette-list" role="listbox" aria-label={t.results}>
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
                    <Option
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
          <p>{t.noResults}</p>
          <p>{t.noResultsText}</p>
        </div>
      </Show>
    </>
  );
}

function Option(props: { id: string; item: Item; isActive: boolean; point(): void; run(): void }): JSX.Element {
  return (
    // The keys are the field's, which names the active option.
    <div
      id={props.id}
      class="palette-option"
      role="option"
      aria-selected={props.isActive}
      onPointerMove={() => {
        if (!props.isActive) props.point();
      }}
      onClick={() => props.run()}
    >
      <span class="palette-words">
        <Show when={props.item.above}>{(above) => <span class="palette-above">{above()}</span>}</Show>
        <span class="palette-line">
          <For each={props.item.parts}>{(part) => (part.isHit ? <mark>{part.text}</mark> : part.text)}</For>
        </span>
      </span>
      <Show when={props.item.keys}>{(keys) => <kbd class="palette-aside">{keys()}</kbd>}</Show>
      <Show when={props.item.aside}>{(aside) => <span class="palette-aside">{aside()}</span>}</Show>
    </div>
  );
}
