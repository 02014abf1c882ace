/** Searching in the editor, and putting something else in the place of what is found. Fetched when somebody first searches. */
import {
  closeSearchPanel,
  findNext,
  findPrevious,
  getSearchQuery,
  openSearchPanel,
  replaceAll,
  replaceNext,
  search,
  SearchQuery,
  setSearchQuery,
} from "@codemirror/search";
import { type Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, type Panel, type ViewUpdate } from "@codemirror/view";

export interface SearchWords {
  readonly find: string;
  readonly replaceWith: string;
  readonly next: string;
  readonly previous: string;
  readonly matchCase: string;
  readonly replace: string;
  readonly replaceAll: string;
  readonly close: string;
  readonly found: (at: number | null, many: number, isMore: boolean) => string;
  readonly notFound: string;
}

/** More are not counted: nobody steps through them, and every letter typed into the field counts anew. */
const countedMax = 1_000;

export function openSearch(view: EditorView, place: Compartment, words: SearchWords): void {
  const isThere = Array.isArray(place.get(view.state)) === false;
  if (!isThere)
    view.dispatch({
      effects: place.reconfigure(
        Prec.high([
          search({ top: true, createPanel: (shown) => createPanel(shown, words), scrollToMatch: scrollTo }),
          searchLook,
          keymap.of([
            { key: "Mod-f", run: openSearchPanel },
            { key: "F3", run: findNext, shift: findPrevious },
            { key: "Mod-g", run: findNext, shift: findPrevious },
            { key: "Escape", run: closeSearchPanel },
          ]),
        ]),
      ),
    });
  openSearchPanel(view);
}

const scrollTo: NonNullable<NonNullable<Parameters<typeof search>[0]>["scrollToMatch"]> = (range) =>
  EditorView.scrollIntoView(range, { y: "center" });

function createPanel(view: EditorView, words: SearchWords): Panel {
  const dom = element("div", "cm-find");
  dom.setAttribute("role", "search");
  const find = field(words.find);
  const put = field(words.replaceWith);
  const count = element("span", "cm-findCount");
  count.setAttribute("role", "status");
  const matchCase = document.createElement("input");
  matchCase.type = "checkbox";
  const label = element("label", "cm-findCase");
  label.append(matchCase, words.matchCase);
  const isReadOnly = view.state.facet(EditorState.readOnly);

  const ask = (): void => {
    const query = new SearchQuery({
      search: find.value,
      replace: put.value,
      caseSensitive: matchCase.checked,
      literal: true,
    });
    if (!query.eq(getSearchQuery(view.state))) view.dispatch({ effects: setSearchQuery.of(query) });
    say();
  };
  const say = (): void => {
    const { at, many, isMore } = countMatches(view.state);
    const { search: wanted } = getSearchQuery(view.state);
    count.textContent = wanted === "" ? "" : many === 0 ? words.notFound : words.found(at, many, isMore);
    dom.classList.toggle("nothing", wanted !== "" && many === 0);
  };
  const button = (says: string, mark: string, act: (view: EditorView) => boolean): HTMLButtonElement => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = mark;
    made.classList.toggle("mark", mark.length === 1);
    made.title = says;
    made.setAttribute("aria-label", says);
    made.addEventListener("click", () => {
      ask();
      act(view);
      say();
    });
    return made;
  };

  const first = element("div", "cm-findRow");
  first.append(
    find,
    count,
    button(words.previous, "↑", findPrevious),
    button(words.next, "↓", findNext),
    button(words.close, "×", closeSearchPanel),
  );
  const second = element("div", "cm-findRow");
  second.append(
    put,
    button(words.replace, words.replace, replaceNext),
    button(words.replaceAll, words.replaceAll, replaceAll),
    label,
  );
  dom.append(first, ...(isReadOnly ? [] : [second]));

  for (const each of [find, put]) each.addEventListener("input", ask);
  matchCase.addEventListener("change", ask);
  dom.addEventListener("keydown", (event) => {
    const isFind = event.target === find;
    if (event.key === "Escape") closeSearchPanel(view);
    else if (event.key === "Enter" && event.target === put) replaceNext(view);
    else if (event.key === "Enter" && isFind) (event.shiftKey ? findPrevious : findNext)(view);
    else if (event.key.toLowerCase() === "f" && (event.ctrlKey || event.metaKey)) find.select();
    else return;
    event.preventDefault();
    // Here Escape closes neither the artifact nor stops an answer.
    event.stopPropagation();
  });

  return {
    dom,
    top: true,
    mount: () => {
      const query = getSearchQuery(view.state);
      [find.value, put.value, matchCase.checked] = [query.search, query.replace, query.caseSensitive];
      find.select();
      say();
    },
    update: (update: ViewUpdate) => {
      if (update.docChanged || update.selectionSet) say();
      const query = getSearchQuery(update.state);
      if (query.search !== find.value && !query.eq(getSearchQuery(update.startState))) find.value = query.search;
    },
  };

  function field(says: string): HTMLInputElement {
    const made = document.createElement("input");
    made.type = "text";
    made.placeholder = says;
    made.setAttribute("aria-label", says);
    made.autocomplete = "off";
    made.spellcheck = false;
    made.dir = "auto";
    // Where openSearchPanel puts the caret.
    if (says === words.find) made.setAttribute("main-field", "true");
    return made;
  }
}

/** How many there are, and which of them is selected. */
export function countMatches(state: EditorState): {
  readonly at: number | null;
  readonly many: number;
  readonly isMore: boolean;
} {
  const query = getSearchQuery(state);
  if (query.search === "" || !query.valid) return { at: null, many: 0, isMore: false };
  const { from, to } = state.selection.main;
  let [many, at]: [number, number | null] = [0, null];
  const cursor = query.getCursor(state);
  for (let next = cursor.next(); next.done !== true; next = cursor.next()) {
    if (many === countedMax) return { at, many, isMore: true };
    many += 1;
    if (next.value.from === from && next.value.to === to) at = many;
  }
  return { at, many, isMore: false };
}

function element(name: "div" | "span" | "label", className: string): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  return made;
}

const searchLook = EditorView.theme({
  ".cm-panels": { backgroundColor: "transparent", color: "inherit", border: "none", zIndex: "3" },
  ".cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-find": {
    display: "grid",
    gap: "0.375rem",
    padding: "0.5rem 0.75rem",
    backgroundColor: "var(--leaf)",
    font: "var(--text-s) / 1.4 var(--face)",
  },
  ".cm-findRow": { display: "flex", flexWrap: "wrap", alignItems: "center", gap: "0.375rem" },
  ".cm-find input[type=text]": {
    flex: "1 1 9rem",
    minWidth: "0",
    padding: "0.375rem 0.625rem",
    border: "1px solid var(--line)",
    borderRadius: "var(--round-s)",
    backgroundColor: "transparent",
    color: "var(--ink)",
    font: "inherit",
  },
  ".cm-find input[type=text]:focus-visible, .cm-find button:focus-visible": {
    outline: "2px solid var(--wax)",
    outlineOffset: "1px",
  },
  ".cm-find button": {
    minWidth: "2rem",
    minHeight: "2rem",
    padding: "0.25rem 0.625rem",
    border: "none",
    borderRadius: "var(--round-s)",
    backgroundColor: "transparent",
    color: "var(--ink-soft)",
    font: "inherit",
    cursor: "pointer",
  },
  ".cm-find button:hover": { backgroundColor: "var(--groove)", color: "var(--ink)" },
  ".cm-find button.mark": { padding: "0", fontSize: "1.125rem", lineHeight: "1" },
  ".cm-findCount": { color: "var(--ink-soft)", whiteSpace: "nowrap", fontVariantNumeric: "tabular-nums" },
  ".cm-find.nothing .cm-findCount": { color: "var(--attention)" },
  ".cm-findCase": { display: "inline-flex", alignItems: "center", gap: "0.375rem", color: "var(--ink-soft)" },
  ".cm-searchMatch": { backgroundColor: "var(--select)", borderRadius: "2px" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--wax-wash)", outline: "1px solid var(--wax)" },
  "@media (pointer: coarse)": { ".cm-find button": { minWidth: "2.75rem", minHeight: "2.75rem" } },
});
