import { expect, it } from "vitest";
import { tokensToText } from "./plainText.ts";
import { createMarkdownReader, type MarkdownToken } from "./readBlocks.ts";
import { toPlainText } from "./toPlainText.ts";

const inline = (text: string): string[] => {
  const [block] = createMarkdownReader().read(text, true);
  return (block?.tokens ?? []).map((token: MarkdownToken & { name?: string }) =>
    token.type === "tag" ? `${token.name} ${tokensToText(token.tokens ?? [])}` : `${token.type} ${token.raw}`,
  );
};

it("keys and small letters are read as what they are", () => {
  expect(inline("<kbd>Ctrl</kbd> H<sub>2</sub>O")).toEqual(["kbd Ctrl", "text  H", "sub 2", "text O"]);
  expect(inline("x<sup>*n* + 1</sup>")).toEqual(["text x", "sup n + 1"]);
  expect(toPlainText("Press <kbd>Ctrl</kbd>+<kbd>C</kbd>.")).toBe("Press Ctrl+C.");
});

it("whatever else a tag may be stays text: attributes, other names, tags within tags, what is never closed", () => {
  for (const text of [
    "a <kbd onclick=run()>b</kbd>",
    "a <sub\n>b</sub>",
    "a <script>b</script>",
    "a <sup><img src=x onerror=run()></sup>",
    "a <kbd>b</sub>",
    "a <kbd></kbd>",
    "a <kbd>b",
    "a `<kbd>b</kbd>`",
  ])
    expect(
      inline(text).filter((each) => /^(?:kbd|sub|sup) /.test(each)),
      text,
    ).toEqual([]);
});
