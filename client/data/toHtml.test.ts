import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExportedChat, ExportedMessage } from "./exportFile.ts";
import { markdownToHtml } from "./markdownToHtml.ts";
import { chatToHtml, type HtmlWords, indexToHtml } from "./toHtml.ts";

const words: HtmlWords = {
  ...{ untitled: "New chat", you: "You", assistant: "Assistant", time: (at) => `t${at}`, notHere: "not here" },
  ...{ language: "en", direction: "ltr", size: (bytes) => `${bytes} B`, chats: "Chats" },
};
const message = (more: Partial<ExportedMessage>): ExportedMessage => ({
  ...{ id: "q", parent: null, role: "user", at: 1, text: "words", model: null, files: [] },
  ...more,
});
const chat = (...messages: readonly ExportedMessage[]): ExportedChat => ({
  ...{ id: "c", title: "Bread", titledBy: "auto", createdAt: 1, pinned: false, archived: false },
  messages,
});
/** Every tag and attribute that the page may have; whatever a chat says, there is no other. */
const own =
  /^<(?:!doctype html|\/?(?:html|head|body|main|article|div|h[1-6]|p|pre|code|blockquote|ul|ol|li|table|thead|tbody|tr|th|td|strong|em|del|a|br|hr|figure|figcaption|img|span|time|title|style|meta)(?: (?:lang|dir|charset|http-equiv|content|name|class|datetime|href|rel|start|src|alt|download)(?:="[^"<>]*")?)*)>$/;

describe("a chat as a page", () => {
  it("holds the branch one sees, who said it, and what Markdown means", () => {
    const page = chatToHtml(
      chat(
        message({}),
        message({
          id: "a",
          parent: "q",
          role: "assistant",
          at: 2,
          text: "A **list**:\n\n- one\n- [x] two\n\n```js\n1 < 2\n```\n\n| a |\n|--:|\n| 1 |",
          model: "m",
        }),
      ),
      words,
      () => null,
    );
    for (const part of [
      "<title>Bread</title>",
      "<h1>Bread</h1>",
      '<p class="typed">words</p>',
      "<strong>list</strong>",
      "<li>one</li>",
      "<pre><code>1 &#60; 2</code></pre>",
      '<td class="right">1</td>',
      "<span>m</span>",
    ])
      expect(page).toContain(part);
  });

  it("names the tool that asked, where no person did", () => {
    const page = chatToHtml(chat(message({ model: "Editor" })), words, () => null);
    expect(page).toContain("<h2>Editor <time");
    expect(page).not.toContain("You");
  });

  it("keeps files: a picture in it, another beside it, and the name of one that is not there", () => {
    const file = { name: 'a"b.png', type: "image/png", bytes: 3, path: null };
    const beside = { name: "c #1.txt", type: "text/plain", bytes: 4, path: "files/c #1.txt" };
    const files = [file, beside, { ...beside, path: null }];
    const page = chatToHtml(chat(message({ files })), words, (one) =>
      one === file ? "data:image/png;base64,AA==" : null,
    );
    expect(page).toContain('<img src="data:image/png;base64,AA==" alt="a&#34;b.png">');
    expect(page).toContain('<a href="files/c%20%231.txt" download>c #1.txt, 4 B</a>');
    expect(page).toContain("c #1.txt, 4 B: not here");
  });

  it("runs nothing, fetches nothing, and has no tag that a chat put there", () => {
    const hostile = [
      "<script>alert(1)</script>",
      '<img src=x onerror="alert(1)">',
      "[x](javascript:alert(1))",
      "![x](https://evil.example/p.png)",
      '[a](https://ok.example/"onclick=alert(1))',
      "</style></pre></article><svg onload=alert(1)>",
      "`</code><script>`",
      "```\n</code></pre><script>\n```",
      "| <b> |\n|---|\n| <i> |",
      "# <u>",
      "> > <q>",
      "&lt;script&gt;",
      "$</code><script>$",
    ];
    for (const text of [...hostile, hostile.join("\n\n")]) expectOwnTags(text);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...hostile, "<", ">", '"', "`", "](", "![", "\n"), fc.string()), {
          maxLength: 8,
        }),
        (parts) => expectOwnTags(parts.join("")),
      ),
    );
  });

  it("is short work for what is made to be long", () => {
    expect(markdownToHtml(">".repeat(5000)).length).toBeLessThan(200_000);
    expect(markdownToHtml("[".repeat(50_000))).toContain("[[[");
  });

  it("is found from a list of all", () => {
    const page = indexToHtml([{ title: "<b>", at: 1, path: "a b.html" }], words);
    expect(page).toContain('<a href="a%20b.html">&#60;b&#62;</a>');
  });
});

function expectOwnTags(text: string): void {
  const page = chatToHtml(
    { ...chat(message({ text }), message({ id: "a", parent: "q", role: "assistant", text })), title: text },
    words,
    () => null,
  );
  const withoutStyle = page.replace(/<style>[\s\S]*?<\/style>/, "");
  for (const tag of withoutStyle.match(/<[^>]*>?/g) ?? []) expect(tag).toMatch(own);
  expect(withoutStyle).not.toMatch(/<(?:img|script|svg|iframe|link|object)\b/);
  for (const [, href = ""] of withoutStyle.matchAll(/href="([^"]*)"/g)) expect(href).toMatch(/^(https?:|mailto:)/);
}
