/** The editor in the page's own colours and faces. Custom properties reach into the shadow root, and change with the theme. */
import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export const editorTheme = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    overflow: "auto",
    fontFamily: "var(--mono)",
    fontSize: "var(--text-s)",
    lineHeight: "1.6",
    scrollbarWidth: "thin",
    scrollbarColor: "var(--line) transparent",
  },
  "&.prose-text .cm-scroller": {
    fontFamily: "var(--read)",
    fontSize: "var(--text-read)",
    lineHeight: "var(--leading-read)",
  },
  ".cm-content": { padding: "1.25rem 0 4rem", caretColor: "var(--wax)" },
  ".cm-line": { padding: "0 1.5rem 0 0.75rem" },
  "&.prose-text .cm-content": { maxWidth: "calc(var(--measure) + 3rem)", margin: "0 auto" },
  "&.prose-text .cm-line": { padding: "0 1.5rem" },
  ".cm-gutters": { border: "none", backgroundColor: "transparent", color: "var(--ink-faint)" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 0.5rem 0 1rem", minWidth: "2.5rem" },
  ".cm-activeLine": { backgroundColor: "oklch(from var(--groove) l c h / 0.45)" },
  ".cm-cursor": { borderInlineStart: "2px solid var(--wax)", borderLeftColor: "var(--wax)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--select)",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--wax-wash)", outline: "1px solid var(--wax)" },
  ".cm-theirCaret": {
    position: "relative",
    borderInlineStart: "2px solid var(--wax)",
    marginInline: "-1px",
    pointerEvents: "none",
  },
  // Said by a style, so that the name is no part of the text.
  ".cm-theirName::before": { content: "attr(data-name)" },
  ".cm-theirName": {
    position: "absolute",
    zIndex: "2",
    insetBlockEnd: "calc(100% - 0.25rem)",
    insetInlineStart: "-2px",
    padding: "0 0.25rem",
    borderRadius: "3px 3px 3px 0",
    backgroundColor: "var(--wax-fill)",
    color: "var(--on-wax)",
    font: "500 0.6875rem / 1.35 var(--face)",
    whiteSpace: "nowrap",
  },
});

export const highlighting = HighlightStyle.define([
  { tag: [tags.comment, tags.meta, tags.processingInstruction], color: "var(--code-comment)" },
  { tag: [tags.string, tags.regexp, tags.attributeValue], color: "var(--code-string)" },
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.tagName], color: "var(--code-keyword)" },
  {
    tag: [tags.function(tags.variableName), tags.typeName, tags.className, tags.attributeName, tags.number, tags.bool],
    color: "var(--code-name)",
  },
  { tag: tags.heading1, fontSize: "1.35em", fontWeight: "600" },
  { tag: tags.heading2, fontSize: "1.18em", fontWeight: "600" },
  { tag: [tags.heading, tags.strong], fontWeight: "600" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strikethrough, textDecoration: "line-through" },
  { tag: [tags.link, tags.url], color: "var(--code-name)" },
  { tag: tags.monospace, fontFamily: "var(--mono)", fontSize: "0.88em" },
]);
