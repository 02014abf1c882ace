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

  it("HI2 leaves what people write as it is", () => {
    for (const plain of ["Grüße, 你好, привет, שלום\nnext line", "😀 ½ – …", ""]) expect(seen(plain)).toBe(plain);
  });

  it("HI3 is laid out only where that changes nothing", () => {
    expect(layOut('{"to":"ann","n":1}')).toBe('{\n  "to": "ann",\n  "n": 1\n}');
    for (const odd of ['{"a":1,"a":2}', '{"n":1.0}', '{"to":"an', '{ "a":1}']) expect(layOut(odd)).toBe(odd);
  });
});
