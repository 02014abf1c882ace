/** What code is called, and how its file would be named, from the words after the fence. */

interface Language {
  readonly name: string;
  readonly extension: string;
}

const languages: Readonly<Record<string, Language>> = {
  bash: { name: "Shell", extension: "sh" },
  c: { name: "C", extension: "c" },
  cpp: { name: "C++", extension: "cpp" },
  cs: { name: "C#", extension: "cs" },
  css: { name: "CSS", extension: "css" },
  csv: { name: "CSV", extension: "csv" },
  diff: { name: "Diff", extension: "diff" },
  dockerfile: { name: "Dockerfile", extension: "dockerfile" },
  go: { name: "Go", extension: "go" },
  html: { name: "HTML", extension: "html" },
  ini: { name: "INI", extension: "ini" },
  java: { name: "Java", extension: "java" },
  js: { name: "JavaScript", extension: "js" },
  json: { name: "JSON", extension: "json" },
  jsx: { name: "JSX", extension: "jsx" },
  kotlin: { name: "Kotlin", extension: "kt" },
  latex: { name: "LaTeX", extension: "tex" },
  lua: { name: "Lua", extension: "lua" },
  makefile: { name: "Makefile", extension: "mk" },
  markdown: { name: "Markdown", extension: "md" },
  mermaid: { name: "Mermaid", extension: "mmd" },
  php: { name: "PHP", extension: "php" },
  powershell: { name: "PowerShell", extension: "ps1" },
  python: { name: "Python", extension: "py" },
  r: { name: "R", extension: "r" },
  ruby: { name: "Ruby", extension: "rb" },
  rust: { name: "Rust", extension: "rs" },
  scss: { name: "SCSS", extension: "scss" },
  sql: { name: "SQL", extension: "sql" },
  svg: { name: "SVG", extension: "svg" },
  swift: { name: "Swift", extension: "swift" },
  text: { name: "Text", extension: "txt" },
  toml: { name: "TOML", extension: "toml" },
  ts: { name: "TypeScript", extension: "ts" },
  tsx: { name: "TSX", extension: "tsx" },
  xml: { name: "XML", extension: "xml" },
  yaml: { name: "YAML", extension: "yaml" },
};

const aliases: Readonly<Record<string, string>> = {
  "c++": "cpp",
  "c#": "cs",
  cjs: "js",
  csharp: "cs",
  docker: "dockerfile",
  golang: "go",
  h: "c",
  hpp: "cpp",
  htm: "html",
  javascript: "js",
  jsonc: "json",
  kt: "kotlin",
  make: "makefile",
  md: "markdown",
  mjs: "js",
  patch: "diff",
  plaintext: "text",
  ps1: "powershell",
  py: "python",
  rb: "ruby",
  rs: "rust",
  sh: "bash",
  shell: "bash",
  tex: "latex",
  txt: "text",
  typescript: "ts",
  yml: "yaml",
  zsh: "bash",
};

export interface CodeName {
  /** A key of the languages above, or what stood there. */
  readonly language: string;
  /** The file's name if one was given, else the language as people write it; `null` when nothing was said. */
  readonly shown: string | null;
  readonly file: string;
}

export function nameCode(info: string): CodeName {
  const words = info.trim().split(/\s+/).slice(0, 6);
  const titled = words
    .map((word) => /^(?:title|file|filename)=["']?([^"']+)["']?$/.exec(word)?.[1])
    .find((name) => name !== undefined);
  const file = titled ?? words.find((word) => /^[\w./-]*\w\.\w{1,8}$/.test(word));
  const first = (words[0] ?? "").toLowerCase().replace(/^\{?\.?|\}$/g, "");
  const said = file !== undefined && words[0] === file ? (file.split(".").at(-1) ?? "").toLowerCase() : first;
  const language = Object.hasOwn(aliases, said) ? (aliases[said] ?? said) : said;
  const known = Object.hasOwn(languages, language) ? languages[language] : undefined;
  const shown = file ?? known?.name ?? (words[0] === undefined || words[0] === "" ? null : words[0]);
  return {
    language,
    shown: shown?.slice(0, 80) ?? null,
    // Without folders, and without what a file system might take for something else.
    file: (file?.split(/[\\/]/).at(-1) ?? `code.${known?.extension ?? "txt"}`).replace(/^\.+|[^\p{L}\p{N}._ -]/gu, "_"),
  };
}
