import { describe, expect, it } from "vitest";
import { layOut, sayHidden, showHidden } from "./showHidden.ts";

const seen = (text: string): string =>
  showHidden(text)
    .map((piece) => (piece.isHidden ? `[${piece.text}]` : piece.text))
    .join("");

describe("what is approved", () => {
  it("HI1 shows signs that turn, hide or pose as a space", () => {
    expect(seen("ann\u202Emoc")).toBe("ann[U+202E]moc");
    expect(seen("a\u200Bb\u200Dc\uFEFFd\u2066e")).toBe("a[U+200B]b[U+200D]c[U+FEFF]d[U+2066]e");
    expect(seen("a\u00A0b\u3000c\u2003d\u3164e\u2800f")).toBe("a[U+00A0]b[U+3000]c[U+2003]d[U+3164]e[U+2800]f");
    expect(seen("a\u{E0041}\u{E0042}b\u001B[31m")).toBe("a[U+E0041][U+E0042]b[U+001B][31m");
    expect(seen("a\r\tb\uD800")).toBe("a[U+000D][U+0009]b[U+D800]");
  });

  it("HI1 shows them where a line can only be plain text, too: in a form's choices", () => {
    expect(sayHidden("do not \u202Eeteled")).toBe("do not U+202Eeteled");
  });

  it("HI4 shows letters of another alphabet within a word, signs that pose as others, and what is drawn over a letter or in heaps", () => {
    expect(seen("p\u0430ypal.com and \u0440\u0430\u0441\u0435")).toBe("p[U+0430]ypal.com and расе");
    expect(seen("n\u03bftes")).toBe("n[U+03BF]tes");
    expect(seen("a.example\u2215b\uff0fc\ua789")).toBe("a.example[U+2215]b[U+FF0F]c[U+A789]");
    expect(seen("1=\u03382 d\u0336o")).toBe("1=[U+0338]2 d[U+0336]o");
    expect(seen(`z${"\u0300".repeat(5)}`)).toBe(`z${"\u0300".repeat(3)}[U+0300][U+0300]`);
  });

  it("HI2 leaves what people write as it is", () => {
    for (const plain of [
      "Grüße, 你好, привет, שלום\nnext line",
      "IT-отдел, μm, Δx, tiếng Việt, हिन्दी, Ελλάδα 2",
      "😀 ½ – …",
      "",
    ])
      expect(seen(plain)).toBe(plain);
  });

  it("HI3 is laid out only where that changes nothing", () => {
    expect(layOut('{"to":"ann","n":1}')).toBe('{\n  "to": "ann",\n  "n": 1\n}');
    for (const odd of ['{"a":1,"a":2}', '{"n":1.0}', '{"to":"an', '{ "a":1}']) expect(layOut(odd)).toBe(odd);
  });
});
