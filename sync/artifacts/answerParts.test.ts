import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAnswerParts, wordsOf } from "./answerParts.ts";
import { planEdit } from "./edits.ts";
import { applyHunks, hunksBetween } from "./hunks.ts";
import { withPlainLines, writeNewPart, writePiecesPart, writeWholePart } from "./writeAnswerPart.ts";

const answer = `Here it is.

<artifact title="A  letter" kind="email">
Dear reader,
</artifact-edit>
bye
</artifact>
And a change:
<artifact-edit id="1a2b3c4d">
<find>
old
</find>
<replace>new</replace>
<find>a</find><replace></replace>
</artifact-edit>

\`\`\`html
<artifact title="not one">
</artifact>
\`\`\`
Done.`;

describe("artifacts in an answer", () => {
  it("AN1 new ones, edits, and the words around them", () => {
    expect(readAnswerParts(answer)).toEqual([
      { kind: "words", text: "Here it is.\n\n" },
      {
        kind: "new",
        index: 0,
        isClosed: true,
        title: "A letter",
        sort: "email",
        language: "",
        text: "Dear reader,\n</artifact-edit>\nbye",
      },
      { kind: "words", text: "And a change:\n" },
      {
        kind: "edit",
        index: 1,
        isClosed: true,
        id: "1a2b3c4d",
        edit: {
          kind: "pieces",
          pieces: [
            { find: "old", replace: "new" },
            { find: "a", replace: "" },
          ],
        },
      },
      { kind: "words", text: '\n```html\n<artifact title="not one">\n</artifact>\n```\nDone.' },
    ]);
    expect(wordsOf(answer)).not.toContain("Dear reader");
  });

  it("AN2 read at every word, a part that is closed never changes", () => {
    const whole = readAnswerParts(answer);
    expect(whole).toHaveLength(5);
    for (let at = 0; at <= answer.length; at++) {
      const parts = readAnswerParts(answer.slice(0, at));
      for (const [index, part] of parts.slice(0, -1).entries())
        if (part.kind !== "words" && part.isClosed) expect(part).toEqual(whole[index]);
    }
  });

  it("AN3 a kind that is not known is a language of code", () => {
    const [part] = readAnswerParts('<artifact title="x" kind="python">\nprint(1)\n</artifact>\n');
    expect(part).toMatchObject({ sort: "code", language: "python", text: "print(1)" });
  });

  it("AN3 a kind has other names, and a page said to be code is a page", () => {
    const sortOf = (attributes: string): unknown =>
      readAnswerParts(`<artifact ${attributes}>\nx\n</artifact>`).map((part) =>
        part.kind === "new" ? part.sort : null,
      )[0];
    expect(sortOf('title="x"')).toBe("markdown");
    expect(sortOf('kind="CSV"')).toBe("table");
    expect(sortOf('kind="code" language="html"')).toBe("html");
    expect(sortOf('kind="constructor"')).toBe("code");
  });

  it("AN4 any text at all is read without a throw, and nothing of its words is lost where there is no tag", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("<artifact", ">", "\n", "```", "</artifact>", "a", ' id="x"', "<find>") }),
        (text) => {
          const parts = readAnswerParts(text);
          if (parts.every(({ kind }) => kind === "words") && text.trim() !== "") expect(wordsOf(text)).toBe(text);
        },
      ),
    );
  });
});

describe("parts that a host writes for a model with tools", () => {
  const piece = fc.string({
    unit: fc.constantFrom(
      "a",
      "\n",
      "</artifact>",
      "</artifact-edit>",
      "<find>",
      "</find>",
      '"',
      " ",
      "```",
      "\r",
      'end="x1"',
      "x1",
    ),
  });

  it("AN5 read back as exactly what was asked for", () => {
    fc.assert(
      fc.property(piece, piece, fc.constantFrom("html", "code", "text"), (given, title, kind) => {
        const text = withPlainLines(given);
        const [part, ...more] = readAnswerParts(writeNewPart({ title, kind, language: "", text: given }));
        expect(part).toMatchObject({ kind: "new", isClosed: true, sort: kind, text });
        expect(more).toEqual([]);
        const [whole] = readAnswerParts(writeWholePart("1a2b3c4d", given));
        expect(whole).toMatchObject({ kind: "edit", id: "1a2b3c4d", edit: { kind: "whole", text } });
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.record({ find: piece, replace: piece }), { minLength: 1 }), (pieces) => {
        const written = writePiecesPart("1a2b3c4d", pieces);
        if (written === null) return;
        expect(readAnswerParts(written)).toMatchObject([
          { kind: "edit", isClosed: true, edit: { kind: "pieces", pieces } },
        ]);
      }),
    );
    expect(writePiecesPart("x", [{ find: "\na\n", replace: "" }])).not.toBeNull();
    expect(writePiecesPart("x", [{ find: "</find>", replace: "" }])).toBeNull();
  });
});

describe("edits", () => {
  it("ED1 the smallest splice that makes the change, and the text that it leads to", () => {
    const planned = planEdit("one two three", { kind: "pieces", pieces: [{ find: "two three", replace: "two four" }] });
    expect(planned).toEqual({ kind: "splices", splices: [{ at: 8, del: 5, text: "four" }], text: "one two four" });
  });

  it("ED2 splices in order lead to the text, and no character is cut in two", () => {
    const texts = fc.string({ unit: fc.constantFrom("a", "b", "\n", "😀", "😁", "é") });
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const planned = planEdit(before, { kind: "whole", text: after });
        if (planned.kind !== "splices") throw new Error(planned.says);
        let text = before;
        for (const { at, del, text: put } of planned.splices) {
          expect(put.isWellFormed()).toBe(true);
          text = text.slice(0, at) + put + text.slice(at + del);
        }
        expect(text).toBe(after);
      }),
    );
  });

  it("ED3 all hunks lead to the text after, none to the text before", () => {
    const texts = fc.array(fc.constantFrom("a\n", "b\n", "c\n", "d")).map((lines) => lines.join(""));
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const hunks = hunksBetween(before, after);
        expect(applyHunks(before, hunks, () => true)).toBe(after);
        expect(applyHunks(before, hunks, () => false)).toBe(before);
      }),
    );
  });
});
