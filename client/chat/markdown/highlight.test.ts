import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { paintedCharsMax, toStrokes } from "./highlight.ts";
import { packStrokes, unpackStrokes } from "./strokes.ts";

/** Every painted piece as `ink:text`. */
const inks = (code: string, language: string): string[] =>
  toStrokes(code, language).map(({ ink, start, end }) => `${ink}:${code.slice(start, end)}`);

const languages = ["ts", "js", "rust", "python", "bash", "sql", "lua", "json", "yaml", "html", "css", "diff", "toml"];

describe("code in a few inks", () => {
  it("knows comments, strings, numbers, words of the language and names", () => {
    expect(inks('const a = greet("x // y", 0xff); // why', "ts")).toEqual([
      "keyword:const",
      "name:greet",
      'string:"x // y"',
      "string:0xff",
      "comment:// why",
    ]);
    expect(inks("fn main() -> char { 'x' }", "rust")).toContain("keyword:fn");
    expect(inks("+ new\n- old\n same", "diff")).toEqual(["added:+ new", "removed:- old"]);
    expect(inks('{ "a": "b" }', "json")).toEqual(['name:"a"', 'string:"b"']);
    expect(inks('a = "b" # c', "toml")).toEqual(["name:a", 'string:"b"', "comment:# c"]);
  });

  it("keeps what is computed within a string apart from it", () => {
    expect(inks("`a ${b} c`", "js")).toEqual(["string:`a ", "string: c`"]);
  });

  it("reads a language within another in its place", () => {
    const page = "<p>é</p><script>const a = 1; // x</script>";
    expect(inks(page, "html")).toEqual(expect.arrayContaining(["keyword:const", "comment:// x"]));
  });

  it("leaves what it does not know, and what is too long, as it is", () => {
    expect(inks("const a", "klingon")).toEqual([]);
    expect(inks("const a", "constructor")).toEqual([]);
    expect(toStrokes("x".repeat(paintedCharsMax - 6) + "const a", "ts")).toEqual([]);
  });

  it("never overlaps, and never leaves the text", () => {
    const pieces = [
      '"',
      "'",
      "`",
      "${",
      "}",
      "\\",
      "/",
      "*",
      "#",
      "-",
      "<a",
      "<script>",
      ">",
      "=",
      "a",
      "1",
      " ",
      "\n",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...languages), fc.array(fc.constantFrom(...pieces, "😀")), (language, parts) => {
        const code = parts.join("");
        let end = 0;
        for (const stroke of toStrokes(code, language)) {
          expect(stroke.start).toBeGreaterThanOrEqual(end);
          expect(stroke.end).toBeGreaterThan(stroke.start);
          ({ end } = stroke);
        }
        expect(end).toBeLessThanOrEqual(code.length);
      }),
    );
  });

  it("travels to the page as numbers", () => {
    const strokes = toStrokes("const a = 'b'; // c", "ts");
    expect(unpackStrokes(packStrokes(strokes))).toEqual(strokes);
    expect(unpackStrokes(Uint32Array.of(99, 0, 1, 0))).toEqual([]);
  });
});
