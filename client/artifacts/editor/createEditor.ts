/**
 * The editor: CodeMirror over an artifact's text. It stands in a shadow root, where its styles are sheets of their own: the page's policy
 * allows no style elements. Undo takes back what was written here, and nothing that others wrote.
 */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { Annotation, Compartment, EditorState, type Extension, Transaction } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  ViewPlugin,
} from "@codemirror/view";
import { artifactCharsMax } from "#sync/limits.ts";
import type { ArtifactKind } from "#sync/docs/artifactList.ts";
import type { Companion } from "../../bridge/createPresence.ts";
import { type BoundText, spliceInto, whatCame } from "./boundText.ts";
import { editorTheme, highlighting } from "./editorLook.ts";
import { loadLanguage } from "./languages.ts";
import type { SearchWords } from "./search.ts";
import { setTheirs, theirCarets } from "./theirCarets.ts";

export interface EditorOptions {
  readonly text: BoundText;
  readonly parent: HTMLElement;
  readonly root: ShadowRoot;
  /** For whoever does not see it. */
  readonly label: string;
  readonly hint: string;
  readonly searchWords: SearchWords;
  onTyped(): void;
  onCaret(at: number | null): void;
  onTooLong(): void;
}

export interface ArtifactEditor {
  setKind(kind: ArtifactKind, language: string): void;
  setTheirs(others: readonly Companion[], nameOf: (device: Companion["device"]) => string): void;
  /** Opens the field to search in the text. */
  search(): void;
  focus(): void;
  close(): void;
}

/** It came from the artifact, where it is already. */
const others = Annotation.define<boolean>();

export function createEditor(options: EditorOptions): ArtifactEditor {
  const { text } = options;
  const ofKind = new Compartment();
  const ofLanguage = new Compartment();
  const ofSearch = new Compartment();
  let wanted = "";

  const state = EditorState.create({
    doc: text.text(),
    extensions: [
      // A text's own line ends are characters like others: places in it are counted alike on both sides.
      EditorState.lineSeparator.of("\n"),
      EditorView.clipboardInputFilter.of((pasted) => pasted.replace(/\r\n?/g, "\n")),
      EditorState.changeFilter.of((transaction) => {
        const isFitting = transaction.newDoc.length <= artifactCharsMax || transaction.annotation(others) === true;
        if (!isFitting) options.onTooLong();
        return isFitting;
      }),
      history(),
      drawSelection(),
      highlightSpecialChars(),
      syntaxHighlighting(highlighting),
      EditorView.contentAttributes.of({ "aria-label": options.label, "aria-description": options.hint }),
      // Without its own dark theme: colours are the page's.
      editorTheme,
      theirCarets,
      ofKind.of([]),
      ofLanguage.of([]),
      ofSearch.of([]),
      keymap.of([{ key: "Mod-f", run: () => startSearch() }, ...defaultKeymap, ...historyKeymap]),
      bound(text, options),
    ],
  });
  let isClosed = false;
  const view = new EditorView({ state, parent: options.parent, root: options.root });

  function startSearch(): boolean {
    void import("./search.ts").then(
      ({ openSearch }) => {
        if (!isClosed) openSearch(view, ofSearch, options.searchWords);
      },
      // Without it the text is there all the same.
      () => undefined,
    );
    return true;
  }

  return {
    setKind: (kind, language) => {
      view.dispatch({ effects: ofKind.reconfigure(extensionsOf(kind)) });
      const name = `${kind}/${language}`;
      wanted = name;
      void loadLanguage(kind, language).then(
        (loaded) => {
          if (wanted === name) view.dispatch({ effects: ofLanguage.reconfigure(loaded ?? []) });
        },
        // Without its colours it is the same text.
        () => undefined,
      );
    },
    setTheirs: (others, nameOf) => {
      const carets = others.flatMap(({ device, caret }) =>
        caret === null ? [] : [{ at: Math.min(caret, view.state.doc.length), name: nameOf(device) }],
      );
      view.dispatch({ effects: setTheirs.of(carets) });
    },
    search: () => void startSearch(),
    focus: () => view.focus(),
    close: () => {
      isClosed = true;
      wanted = "";
      view.destroy();
    },
  };
}

const isProse = (kind: ArtifactKind): boolean => kind === "markdown" || kind === "email" || kind === "text";

function extensionsOf(kind: ArtifactKind): Extension {
  if (isProse(kind))
    return [
      EditorView.lineWrapping,
      EditorView.editorAttributes.of({ class: "prose-text" }),
      EditorView.contentAttributes.of({ spellcheck: "true", autocorrect: "on", autocapitalize: "sentences" }),
    ];
  return [lineNumbers(), highlightActiveLine(), bracketMatching(), indentOnInput(), keymap.of([indentWithTab])];
}

function bound(text: BoundText, options: EditorOptions): Extension {
  return ViewPlugin.define((view) => {
    let shown = text.written();
    let isMine = false;

    const take = (): void => {
      if (isMine) return;
      const came = whatCame(text, shown, view.state.doc);
      shown = text.written();
      if (came === null) return;
      view.dispatch({
        changes: came.changes,
        annotations: [others.of(true), Transaction.addToHistory.of(false), Transaction.remote.of(true)],
      });
    };
    const leave = text.subscribe(take);

    return {
      update: (update) => {
        if (update.selectionSet || update.docChanged || update.focusChanged)
          options.onCaret(view.hasFocus ? update.state.selection.main.head : null);
        const typed = update.transactions.filter(
          (transaction) => transaction.docChanged && transaction.annotation(others) !== true,
        );
        if (typed.length === 0) return;
        isMine = true;
        try {
          for (const { changes } of typed) spliceInto(text, changes);
        } finally {
          isMine = false;
          shown = text.written();
        }
        options.onTyped();
      },
      destroy: leave,
    };
  });
}
