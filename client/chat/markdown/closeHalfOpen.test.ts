import { describe, expect, it } from "vitest";
import { closeHalfOpen } from "./closeHalfOpen.ts";

describe("the tail of a streaming answer", () => {
  it.each([
    ["plain words", "plain words"],
    ["a **bold", "a **bold**"],
    ["a **bold ", "a **bold** "],
    ["a **bold*", "a **bold**"],
    ["a **bold**", "a **bold**"],
    ["a **", "a "],
    ["a *", "a "],
    ["***both", "***both***"],
    ["**bold and *both", "**bold and *both***"],
    ["**bold and *both*", "**bold and *both***"],
    ["~~gone", "~~gone~~"],
    ["snake_case_name", "snake_case_name"],
    ["2 * 3 = 6", "2 * 3 = 6"],
    ["an `identifier", "an `identifier`"],
    ["an `", "an "],
    ["an `arr[0]` and", "an `arr[0]` and"],
    ["an `arr[0", "an `arr[0`"],
    ["see [the manual", "see the manual"],
    ["see [the manual](https://exam", "see the manual"],
    ["see [the manual](https://example.org)", "see [the manual](https://example.org)"],
    ["**see [the manual](htt", "**see the manual**"],
    ["![a picture](https://exam", "a picture"],
    ["text\n-", "text\n"],
    ["text\n--", "text\n"],
    ["text\n=", "text\n"],
    ["text\n\n1.", "text\n\n"],
    ["text\n\n##", "text\n\n"],
    ["text\n\n``", "text\n\n"],
    ["- one\n- ", "- one\n"],
    ["a \\*literal", "a \\*literal"],
    ["press <kb", "press "],
    ["press <kbd>", "press "],
    ["press <kbd>Ctrl", "press <kbd>Ctrl</kbd>"],
    ["**H<sub>2</su", "**H<sub>2</sub>**"],
    ["H<sub>2</sub>O <", "H<sub>2</sub>O <"],
    ["<kbd class=a>b", "<kbd class=a>b"],
  ])("%j reads as %j", (tail, shown) => {
    expect(closeHalfOpen(tail)).toBe(shown);
  });

  it("leaves code in an open fence as it is, but for half a closing fence", () => {
    expect(closeHalfOpen("```js\nconst a = `**x")).toBe("```js\nconst a = `**x");
    expect(closeHalfOpen("```js\nlet a;\n``")).toBe("```js\nlet a;\n");
    expect(closeHalfOpen("```js\nlet a;\n```\n\n**b")).toBe("```js\nlet a;\n```\n\n**b**");
    expect(closeHalfOpen("````md\n```\ncode **")).toBe("````md\n```\ncode **");
  });

  it("does not touch what stands in earlier paragraphs", () => {
    expect(closeHalfOpen("an open ** there\n\nand *here")).toBe("an open ** there\n\nand *here*");
  });
});
