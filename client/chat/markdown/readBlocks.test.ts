import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostileMarkup } from "./hostileMarkup.ts";
import { createMarkdownReader, type MarkdownToken } from "./readBlocks.ts";
import { safeUrl } from "./safeUrl.ts";

/** The kinds that `Markdown.tsx` has a view for; anything else is shown as text. */
const kinds = new Set(
  "paragraph heading blockquote list list_item checkbox code table hr html space def text escape strong em del codespan br link image math plain footnote footnoteRef tag".split(
    " ",
  ),
);

const shapeOf = (blocks: readonly MarkdownToken[]): string[] => blocks.map(({ type, raw }) => `${type} ${raw.trim()}`);

function everyToken(tokens: readonly MarkdownToken[], see: (token: MarkdownToken) => void): void {
  for (const token of tokens) {
    see(token);
    everyToken(token.tokens ?? [], see);
    const { items, header, rows } = token as {
      items?: MarkdownToken[];
      header?: MarkdownToken[];
      rows?: MarkdownToken[][];
    };
    everyToken(items ?? [], see);
    for (const cell of [...(header ?? []), ...(rows ?? []).flat()]) everyToken(cell.tokens ?? [], see);
  }
}

const sample = `# Title

A paragraph with **bold**, *it* and \`code\`.

1. one
2. two
   - inner

   loose

| a | b |
|---|--:|
| 1 | 2 |

\`\`\`js
let a = "**";
\`\`\`

> quote [link][1]

[1]: https://example.org/one

Words with a note[^n].

[^n]: The *note*.

    More of it.

Last words`;

describe("markdown as it streams in", () => {
  it("ends as the same blocks, wherever it was split", () => {
    const whole = shapeOf(createMarkdownReader().read(sample, true));
    for (let step = 1; step < 40; step++) {
      const reader = createMarkdownReader();
      for (let end = 0; end < sample.length; end += step) reader.read(sample.slice(0, end), false);
      expect(shapeOf(reader.read(sample, true)), `step ${step}`).toEqual(whole);
    }
  });

  it("keeps what is settled as it is, object for object", () => {
    const reader = createMarkdownReader();
    const before = reader.read("first\n\nsecond\n\nthi", false);
    const after = reader.read("first\n\nsecond\n\nthird and more", false);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toBe(before[1]);
    expect(after[2]).not.toBe(before[2]);
  });

  it("finds the address of a link that was defined after it", () => {
    const reader = createMarkdownReader();
    const text = "see [the manual][m]\n\nmore\n\n[m]: https://example.org/manual\n";
    for (let end = 0; end < text.length; end++) reader.read(text.slice(0, end), false);
    const links: string[] = [];
    everyToken(
      reader.read(text, true),
      (token) => token.type === "link" && links.push((token as { href?: string }).href ?? ""),
    );
    expect(links).toEqual(["https://example.org/manual"]);
  });

  it("starts over when the text is another one", () => {
    const reader = createMarkdownReader();
    reader.read("one\n\ntwo\n\nthree", false);
    expect(shapeOf(reader.read("quite different", true))).toEqual(["paragraph quite different"]);
  });

  it("reads any text without failing, and as the same blocks at the end", () => {
    const piece = fc.constantFrom(
      "\n",
      "\n\n",
      " ",
      "**",
      "*",
      "_",
      "`",
      "```\n",
      "- ",
      "1. ",
      "# ",
      "> ",
      "|",
      "---\n",
      "[a](",
      ")",
      "word",
      "\\",
      "<b>",
      "~~",
      "\t",
      "\r\n",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 6 })), { maxLength: 40 }), (pieces) => {
        const reader = createMarkdownReader();
        let text = "";
        for (const part of pieces) reader.read((text += part), false);
        reader.read(text, true);
        expect(createMarkdownReader().read(text, true).length).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe("T-22 hostile markup", () => {
  it.each(hostileMarkup)("%s", (markup) => {
    const reader = createMarkdownReader();
    for (let end = 0; end <= markup.length; end++) {
      const blocks = reader.read(markup.slice(0, end), end === markup.length);
      everyToken(blocks, (token) => {
        expect(kinds).toContain(token.type);
        const url = safeUrl((token as { href?: string }).href ?? "") ?? "https://none.example/";
        expect(url).toMatch(/^(https?:\/\/[^@]*(\/|$)|mailto:)/);
      });
    }
  });
});

describe("a text that is too dense to be read", () => {
  const types = (text: string, isComplete = true): string[] =>
    createMarkdownReader()
      .read(text, isComplete)
      .map(({ type }) => type);

  it("stands as it is: a line or a paragraph without an end", () => {
    expect(types("*a* ".repeat(10_000))).toEqual(["plain"]);
    expect(types(`**a**\n\n${"[b](c) ".repeat(5000)}`)).toEqual(["plain"]);
    expect(types("- *a*\n".repeat(40_000))).toEqual(["plain"]);
    // A line of marks is one sooner than a line of words.
    expect(types("*_~`[".repeat(600))).toEqual(["plain"]);
    expect(types("some *stressed* words ".repeat(300))).toEqual(["paragraph"]);
  });

  it("is no long list, no long table, and no code", () => {
    expect(types("- *a* and `b`\n".repeat(2000))).toEqual(["list"]);
    expect(types(`| a | b |\n|---|---|\n${"| 1 | 2 |\n".repeat(3000)}`)).toEqual(["table"]);
    expect(types(`\`\`\`js\n${"a=1;".repeat(30_000)}\n\`\`\``)).toEqual(["code"]);
  });

  it("stands as it is where its table would have more cells than anybody reads, also such as nobody wrote", () => {
    const wide = `|${" a |".repeat(400)}\n|${" - |".repeat(400)}\n${"1\n".repeat(5_000)}`;
    expect(types(wide)).toEqual(["plain"]);
    expect(types(`|${" a |".repeat(20)}\n|${" - |".repeat(20)}\n${"| 1 | 2 |\n".repeat(3_000)}`)).toEqual(["table"]);
  });

  it("takes no time, arriving or whole, however many marks are in it", () => {
    for (const piece of ["*a* `b` [c](d) ", "[", "*", "![", "<a ", "| ", "~~", "\\"]) {
      const text = piece.repeat(1_000_000 / piece.length);
      const start = performance.now();
      types(text);
      types(text.slice(0, 9_900), false);
      // Unbounded, the worst of them takes minutes; a busy machine is slow by itself.
      expect(performance.now() - start, piece).toBeLessThan(8000);
    }
  }, 60_000);

  it("shows what is nested deeper than anybody reads as it stands, arriving or whole, and less than that as ever", () => {
    const lists = Array.from({ length: 80 }, (_, depth) => `${"  ".repeat(depth)}- item`).join("\n");
    for (const deep of ["> ".repeat(5_000), ">".repeat(60), lists]) {
      expect(types(`${deep}deep`)).toEqual(["plain"]);
      expect(types(`${deep}deep`, false)).toEqual(["plain"]);
    }
    expect(types(`${"> ".repeat(50)}deep`)).toEqual(["blockquote"]);
    expect(types("- a\n  - b\n    - c")).toEqual(["list"]);
  });

  it("comes after what was settled, which keeps its elements", () => {
    const reader = createMarkdownReader();
    const [first] = reader.read("One.\n\nTwo", false);
    const later = reader.read(`One.\n\nTwo${"*x* ".repeat(6000)}`, false);
    expect(later[0]).toBe(first);
    expect(later.map(({ type }) => type)).toEqual(["paragraph", "plain"]);
  });
});
