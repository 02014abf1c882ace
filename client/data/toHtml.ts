/** A chat as a page of its own: everything in one file, read and printed anywhere, with no script and nothing to fetch. */
import { splitPastes } from "../chat/pastes.ts";
import type { ExportedChat, ExportedFile, ExportedMessage } from "./exportFile.ts";
import { escapeHtml, markdownToHtml } from "./markdownToHtml.ts";
import { type MarkdownWords, newestBranch } from "./toMarkdown.ts";

export interface HtmlWords extends MarkdownWords {
  readonly language: string;
  readonly direction: string;
  size(bytes: number): string;
  /** Beside the name of a file that could not be had. */
  readonly notHere: string;
  readonly chats: string;
}

/** What a picture is in the page; `null`: it is a file beside the page, or none. */
export type PictureOf = (file: ExportedFile) => string | null;

export function chatToHtml(chat: ExportedChat, words: HtmlWords, pictureOf: PictureOf): string {
  const title = chat.title === "" ? words.untitled : chat.title;
  const messages = newestBranch(chat.messages).map((message) => messageToHtml(message, words, pictureOf));
  return page(words, title, [`<h1>${escapeHtml(title)}</h1>`, ...messages].join("\n"));
}

/** The list of an archive's chats. */
export function indexToHtml(
  chats: readonly { readonly title: string; readonly at: number; readonly path: string }[],
  words: HtmlWords,
): string {
  const rows = chats.map(
    ({ title, at, path }) =>
      `<li><a href="${escapeHtml(encodeURI(path))}">${escapeHtml(title === "" ? words.untitled : title)}</a> <time>${escapeHtml(words.time(at))}</time></li>`,
  );
  return page(words, words.chats, `<h1>${escapeHtml(words.chats)}</h1>\n<ul class="chats">\n${rows.join("\n")}\n</ul>`);
}

function messageToHtml(
  { role, at, text, model, files }: ExportedMessage,
  words: HtmlWords,
  pictureOf: PictureOf,
): string {
  const who = role === "user" ? (model ?? words.you) : words.assistant;
  const by = model === null || role === "user" ? "" : ` <span>${escapeHtml(model)}</span>`;
  const time = `<time datetime="${new Date(at).toISOString()}">${escapeHtml(words.time(at))}</time>`;
  return `<article class="${role}">
<h2>${escapeHtml(who)}${by} ${time}</h2>
<div dir="auto">${role === "user" ? questionToHtml(text) : markdownToHtml(text)}</div>
${files.map((file) => fileToHtml(file, words, pictureOf(file))).join("\n")}</article>`;
}

/** A person's words stand as they were typed. */
function questionToHtml(text: string): string {
  const { words, pastes } = splitPastes(text);
  return [
    `<p class="typed">${escapeHtml(words)}</p>`,
    ...pastes.map((paste) => `<pre>${escapeHtml(paste)}</pre>`),
  ].join("\n");
}

function fileToHtml({ name, bytes, path }: ExportedFile, words: HtmlWords, picture: string | null): string {
  const said = `${escapeHtml(name)}, ${escapeHtml(words.size(bytes))}`;
  if (picture !== null)
    return `<figure><img src="${escapeHtml(picture)}" alt="${escapeHtml(name)}"><figcaption>${said}</figcaption></figure>`;
  if (path === null) return `<p class="file">${said}: ${escapeHtml(words.notHere)}</p>`;
  // Downloaded and not opened: a page among them would be one in this page's place.
  return `<p class="file"><a href="${escapeHtml(encodeURI(path).replaceAll("#", "%23").replaceAll("?", "%3F"))}" download>${said}</a></p>`;
}

function page(words: HtmlWords, title: string, body: string): string {
  return `<!doctype html>
<html lang="${escapeHtml(words.language)}" dir="${escapeHtml(words.direction)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

const style = `:root { color-scheme: light dark; --ink: #2a2622; --soft: #6d665e; --paper: #fbf8f2; --line: #ddd5c8; --wax: #9c2f24; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e1d6; --soft: #a9a196; --paper: #171a21; --line: #343843; --wax: #e08a7d; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.65 Charter, "Iowan Old Style", Georgia, serif; }
main { max-width: 44rem; margin-inline: auto; padding: 3rem 1.25rem 5rem; overflow-wrap: break-word; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 2.5rem; }
h2 { margin: 0 0 .5rem; font: 600 .875rem/1.4 system-ui, sans-serif; }
h2 :is(time, span) { color: var(--soft); font-weight: 400; }
h2 time::before { content: "· "; }
article { margin-block: 2.25rem; }
article.user { border-inline-start: 2px solid var(--wax); padding-inline-start: 1rem; }
article h3, article h4, article h5, article h6 { font-size: 1.0625rem; line-height: 1.35; margin: 1.5rem 0 .5rem; }
p { margin: 0 0 .9rem; } .typed { white-space: pre-wrap; }
a { color: var(--wax); }
pre { margin: 0 0 1rem; padding: .9rem 1rem; border: 1px solid var(--line); border-radius: 6px; font: .875rem/1.55 ui-monospace, monospace; white-space: pre-wrap; }
code { font: .9em ui-monospace, monospace; } pre code { font: inherit; }
blockquote { margin: 0 0 1rem; padding-inline-start: 1rem; border-inline-start: 2px solid var(--line); color: var(--soft); }
.wide { overflow-x: auto; } table { border-collapse: collapse; margin: 0 0 1rem; font-size: .9375rem; }
th, td { padding: .35rem .7rem; border-block-end: 1px solid var(--line); text-align: start; } .right { text-align: end; } .center { text-align: center; }
figure { margin: 0 0 1rem; } img { max-width: 100%; height: auto; border-radius: 6px; } figcaption, .file { color: var(--soft); font: .875rem/1.5 system-ui, sans-serif; }
hr { border: 0; border-block-start: 1px solid var(--line); margin-block: 1.5rem; }
.task { list-style: none; margin-inline-start: -1.3rem; }
.chats { padding: 0; list-style: none; } .chats li { padding-block: .5rem; border-block-end: 1px solid var(--line); } .chats time { color: var(--soft); font-size: .875rem; }
@media print { :root { --ink: #000; --soft: #444; --paper: #fff; --line: #bbb; } main { max-width: none; padding: 0; } h2 { break-after: avoid; } pre, figure, tr { break-inside: avoid; } a { color: inherit; } }
`;
