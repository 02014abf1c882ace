import { describe, expect, it } from "vitest";
import { closeHalfOpen } from "./closeHalfOpen.ts";
import { lexMarkdown } from "./lexMarkdown.ts";
import type { MarkdownToken } from "./readBlocks.ts";

/** The formulas in a text, those set apart in double brackets. */
function formulas(text: string): string[] {
  const found: string[] = [];
  const visit = (tokens: readonly MarkdownToken[]): void => {
    for (const token of tokens) {
      if (token.type === "math")
        found.push((token as { isDisplay?: boolean }).isDisplay === true ? `[[${token.text}]]` : `[${token.text}]`);
      visit(token.tokens ?? []);
      visit((token as { items?: readonly MarkdownToken[] }).items ?? []);
    }
  };
  visit(lexMarkdown(text));
  return found;
}

describe("formulas", () => {
  it("are found in and between lines", () => {
    expect(formulas("Let $x^2 + 1$ be, and \\(y_1\\) too.")).toEqual(["[x^2 + 1]", "[y_1]"]);
    expect(formulas("So $$a*b*c$$ holds")).toEqual(["[[a*b*c]]"]);
    expect(formulas("Then\n$$\na\n+ b\n= c\n$$\nand")).toEqual(["[[a\n+ b\n= c]]"]);
    expect(formulas("\\[\n- a\n\\]")).toEqual(["[[- a]]"]);
    expect(formulas("- one $a$\n- two **$b$**")).toEqual(["[a]", "[b]"]);
    expect(formulas("It is $5$, or $x=\\$5$.")).toEqual(["[5]", "[x=\\$5]"]);
  });

  it.each([
    "It costs $5 and then $6.",
    "From $5-$10 a piece",
    "between $5 and$6",
    "US$20 or A$30",
    "$5",
    "echo $HOME/bin:$PATH",
    "a `$x$` b",
    "```sh\n$a$\n```",
    "\\$x\\$",
    "$ a $",
    "$a\n\nb$",
    "$$\n\n$$",
    "$$$$",
  ])("but not in %j", (text) => {
    expect(formulas(text)).toEqual([]);
  });

  it("do not show half of themselves while they arrive, nor are they taken for emphasis", () => {
    expect(closeHalfOpen("So **here**: $$a_1 * b")).toBe("So **here**: ");
    expect(closeHalfOpen("So \\(a_1")).toBe("So ");
    expect(closeHalfOpen("$$\na\n+ b")).toBe("");
    expect(closeHalfOpen("$$a*b$$ and *c")).toBe("$$a*b$$ and *c*");
    expect(closeHalfOpen("$a*b$ and `$$")).toBe("$a*b$ and `$$`");
    expect(closeHalfOpen("It costs $5 and *c")).toBe("It costs $5 and *c*");
  });

  it("take no time over hostile text", () => {
    for (const piece of ["$", "$a", "$$", "\\(", "\\[a", "$$a\n", "\\$", "$\\"]) {
      const start = performance.now();
      formulas(piece.repeat(20_000));
      // Unbounded, the worst of them takes minutes; a busy machine is slow by itself.
      expect(performance.now() - start, piece).toBeLessThan(8000);
    }
  }, 60_000);
});
