/** Grammars for colours and indentation, each fetched when a text of its kind is first opened. */
import { LanguageSupport, StreamLanguage, type StreamParser } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import type { ArtifactKind } from "#sync/docs/artifactList.ts";

const stream = (parser: StreamParser<unknown>): Extension => new LanguageSupport(StreamLanguage.define(parser));

const clike = (name: "c" | "cpp" | "csharp" | "java" | "kotlin") => async () =>
  stream((await import("@codemirror/legacy-modes/mode/clike"))[name]);
const script = (name: "javascript" | "json" | "typescript") => async () =>
  stream((await import("@codemirror/legacy-modes/mode/javascript"))[name]);
const xml = async (): Promise<Extension> => stream((await import("@codemirror/legacy-modes/mode/xml")).xml);

/** Under the names of chat/markdown/codeLanguages.ts. */
const codes: Readonly<Record<string, () => Promise<Extension>>> = {
  bash: async () => stream((await import("@codemirror/legacy-modes/mode/shell")).shell),
  c: clike("c"),
  cpp: clike("cpp"),
  cs: clike("csharp"),
  css: async () => stream((await import("@codemirror/legacy-modes/mode/css")).css),
  diff: async () => stream((await import("@codemirror/legacy-modes/mode/diff")).diff),
  dockerfile: async () => stream((await import("@codemirror/legacy-modes/mode/dockerfile")).dockerFile),
  go: async () => stream((await import("@codemirror/legacy-modes/mode/go")).go),
  html: async () => (await import("@codemirror/lang-html")).html(),
  ini: async () => stream((await import("@codemirror/legacy-modes/mode/properties")).properties),
  java: clike("java"),
  js: script("javascript"),
  json: script("json"),
  jsx: script("javascript"),
  kotlin: clike("kotlin"),
  latex: async () => stream((await import("@codemirror/legacy-modes/mode/stex")).stex),
  lua: async () => stream((await import("@codemirror/legacy-modes/mode/lua")).lua),
  markdown: async () => (await import("@codemirror/lang-markdown")).markdown(),
  powershell: async () => stream((await import("@codemirror/legacy-modes/mode/powershell")).powerShell),
  python: async () => stream((await import("@codemirror/legacy-modes/mode/python")).python),
  r: async () => stream((await import("@codemirror/legacy-modes/mode/r")).r),
  ruby: async () => stream((await import("@codemirror/legacy-modes/mode/ruby")).ruby),
  rust: async () => stream((await import("@codemirror/legacy-modes/mode/rust")).rust),
  scss: async () => stream((await import("@codemirror/legacy-modes/mode/css")).sCSS),
  sql: async () => stream((await import("@codemirror/legacy-modes/mode/sql")).standardSQL),
  svg: xml,
  swift: async () => stream((await import("@codemirror/legacy-modes/mode/swift")).swift),
  toml: async () => stream((await import("@codemirror/legacy-modes/mode/toml")).toml),
  ts: script("typescript"),
  tsx: script("typescript"),
  xml,
  yaml: async () => stream((await import("@codemirror/legacy-modes/mode/yaml")).yaml),
};

const kinds: Partial<Readonly<Record<ArtifactKind, string>>> = { markdown: "markdown", html: "html", svg: "svg" };

/** `null`: there is none, and the text is plain. */
export async function loadLanguage(kind: ArtifactKind, language: string): Promise<Extension | null> {
  const name = kind === "code" ? language : (kinds[kind] ?? "");
  const load = Object.hasOwn(codes, name) ? codes[name] : undefined;
  return load === undefined ? null : load();
}
