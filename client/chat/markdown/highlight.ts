/**
 * Code in a few inks: highlight.js reads it, and what it says is gathered as ranges, never as HTML. Runs in a worker
 * (`highlightWorker.ts`), where a language's expressions may take as long as they like without stopping the page.
 */
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import latex from "highlight.js/lib/languages/latex";
import lua from "highlight.js/lib/languages/lua";
import makefile from "highlight.js/lib/languages/makefile";
import markdown from "highlight.js/lib/languages/markdown";
import php from "highlight.js/lib/languages/php";
import powershell from "highlight.js/lib/languages/powershell";
import python from "highlight.js/lib/languages/python";
import r from "highlight.js/lib/languages/r";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import scss from "highlight.js/lib/languages/scss";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import type { Ink, Stroke } from "./strokes.ts";

/** Beyond this, colours would cost more than they tell. */
export const paintedCharsMax = 60_000;

const grammars = {
  ...{ bash, c, cpp, css, diff, dockerfile, go, ini, java, json, kotlin, latex, lua, makefile, markdown, php },
  ...{ powershell, python, r, ruby, rust, scss, sql, swift, xml, yaml, cs: csharp, js: javascript, ts: typescript },
};
/** What has a name of its own here and is read as another language. */
const readAs: Readonly<Record<string, keyof typeof grammars>> = {
  html: "xml",
  jsx: "js",
  svg: "xml",
  toml: "ini",
  tsx: "ts",
};

for (const [name, grammar] of Object.entries(grammars)) hljs.registerLanguage(name, grammar);
// A grammar names the ones within it by their own names.
hljs.registerLanguage("javascript", javascript);
hljs.registerLanguage("typescript", typescript);

/** By the first part of a scope's name; a scope that is not here leaves the ink of what it stands in. */
const inks: Readonly<Record<string, Ink>> = {
  addition: "added",
  attr: "name",
  attribute: "name",
  built_in: "keyword",
  bullet: "keyword",
  char: "string",
  code: "string",
  comment: "comment",
  deletion: "removed",
  doctag: "comment",
  keyword: "keyword",
  link: "string",
  literal: "keyword",
  meta: "comment",
  name: "keyword",
  number: "string",
  property: "name",
  quote: "comment",
  regexp: "string",
  section: "name",
  "selector-class": "name",
  "selector-id": "name",
  "selector-tag": "keyword",
  string: "string",
  symbol: "string",
  template: "name",
  title: "name",
  type: "keyword",
};

/** Takes the place of the library's maker of HTML: the same calls, in the order of the text. */
class StrokeEmitter {
  readonly strokes: Stroke[] = [];
  length = 0;
  readonly #open: (Ink | null)[] = [];

  addText(text: string): void {
    const ink = this.#open.at(-1) ?? null;
    const [start, end] = [this.length, this.length + text.length];
    this.length = end;
    const last = this.strokes.at(-1);
    if (ink === null || text === "") return;
    if (last?.ink === ink && last.end === start) this.strokes[this.strokes.length - 1] = { ...last, end };
    else this.strokes.push({ ink, start, end });
  }

  startScope(scope: string): void {
    const name = scope.split(".")[0] ?? "";
    this.#open.push(
      name === "subst" ? null : Object.hasOwn(inks, name) ? (inks[name] ?? null) : (this.#open.at(-1) ?? null),
    );
  }

  endScope(): void {
    this.#open.pop();
  }

  openNode(scope: string): void {
    this.startScope(scope);
  }

  closeNode(): void {
    this.endScope();
  }

  /** Another language within: style sheets and scripts in a page. */
  __addSublanguage(inner: StrokeEmitter): void {
    for (const { ink, start, end } of inner.strokes)
      this.strokes.push({ ink, start: this.length + start, end: this.length + end });
    this.length += inner.length;
  }

  finalize(): void {
    this.#open.length = 0;
  }

  toHTML(): string {
    return "";
  }
}

hljs.configure({ __emitter: StrokeEmitter });

export function toStrokes(code: string, language: string): readonly Stroke[] {
  const known = Object.hasOwn(readAs, language) ? (readAs[language] ?? language) : language;
  if (!Object.hasOwn(grammars, known) || code.length > paintedCharsMax) return [];
  const { _emitter: emitter } = hljs.highlight(code, { language: known, ignoreIllegals: true }) as unknown as {
    _emitter: StrokeEmitter;
  };
  return emitter.strokes;
}
