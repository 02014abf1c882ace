import { describe, expect, it } from "vitest";
import { toPlainText, toSpokenText } from "./toPlainText.ts";

describe("an answer as plain text", () => {
  it("keeps words, order and lists, and leaves out the marks", () => {
    const markdown =
      "## Two *things*\n\nFirst **this**, then `that`\\*. AT&amp;T\n\n- one\n- two\n  1. inner\n\n> said\n\n---\n\n- [x] done";
    expect(toPlainText(markdown)).toBe(
      "Two things\n\nFirst this, then that*. AT&T\n\n- one\n- two\n  1. inner\n\nsaid\n\n- [x] done",
    );
  });

  it("keeps code as it is, a link with its address, and a table for a sheet", () => {
    expect(
      toPlainText(
        "```ts\nconst a = *b*;\n```\n\nSee [the page](https://a.b/c) or https://a.b/d\n\n| a | b |\n|---|---|\n| 1 | **2** |",
      ),
    ).toBe("const a = *b*;\n\nSee the page (https://a.b/c) or https://a.b/d\n\na\tb\n1\t2");
  });

  it("reads out neither code nor addresses", () => {
    expect(toSpokenText("See [the page](https://a.b/c):\n\n```\nx = 1\n```\n\n- one")).toBe("See the page:\n\none");
  });
});
