/** Artifacts as files, as tables and as e-mail: what leads from one to the other. */
import { describe, expect, it } from "vitest";
import { readCsv } from "./csv.ts";
import { readEmail, toMailLink } from "./email.ts";
import { artifactOfCode, fileNameOf } from "./kinds.ts";

describe("kinds of artifacts", () => {
  it("AK1 a file is named after the title, with what its kind is opened by", () => {
    expect(fileNameOf("Letter to the city", "markdown", "")).toBe("Letter to the city.md");
    expect(fileNameOf("loaf.ts", "code", "ts")).toBe("loaf.ts");
    expect(fileNameOf("Loaf", "code", "python")).toBe("Loaf.py");
    expect(fileNameOf("../../etc/passwd", "text", "")).toBe("etc-passwd.txt");
    expect(fileNameOf('a:b*c?"<>|\u0000d', "table", "")).toBe("a-b-c-d.csv");
    expect(fileNameOf("  ", "svg", "")).toBe("artifact.svg");
    expect(fileNameOf("x".repeat(500), "html", "").length).toBeLessThan(80);
    expect(fileNameOf("Notes", "code", "")).toBe("Notes.txt");
  });

  it("AK2 a block of code becomes what it is, under its file's name or its heading", () => {
    expect(artifactOfCode("ts title=loaf.ts", "x")).toEqual({ kind: "code", language: "ts", title: "loaf.ts" });
    expect(artifactOfCode("md", "intro\n# The plan\n## more")).toEqual({
      kind: "markdown",
      language: "",
      title: "The plan",
    });
    expect(artifactOfCode("mermaid", "graph TD")).toMatchObject({ kind: "mermaid", title: "" });
    expect(artifactOfCode("csv", "a,b")).toMatchObject({ kind: "table" });
    expect(artifactOfCode("", "words")).toMatchObject({ kind: "text" });
    expect(artifactOfCode("py", "# no heading")).toEqual({ kind: "code", language: "python", title: "" });
  });

  it("AK3 a table is read as other programs write it", () => {
    expect(readCsv('a,b\r\n1,"x, ""y""\nz"\n')).toEqual([
      ["a", "b"],
      ["1", 'x, "y"\nz'],
    ]);
    expect(readCsv("a;b\n1,5;2\n\n3;4")).toEqual([
      ["a", "b"],
      ["1,5", "2"],
      ["3", "4"],
    ]);
    expect(readCsv("\ufeffa\tb\n1\t2")).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
    expect(readCsv("a,b\n1,2\n3,4", 2)).toHaveLength(2);
    expect(readCsv('a,"open')).toEqual([["a", "open"]]);
    expect(readCsv("")).toEqual([]);
  });

  it("AK4 an e-mail's lines at its head are told from its words, and lead into no other field", () => {
    const draft = readEmail("To: city@example.org\nSubject: The tree & the path\n\nDear all,\n\nTo: nobody");
    expect(draft).toEqual({
      to: "city@example.org",
      cc: "",
      subject: "The tree & the path",
      body: "Dear all,\n\nTo: nobody",
    });
    expect(toMailLink(draft)).toBe(
      "mailto:city@example.org?subject=The%20tree%20%26%20the%20path&body=Dear%20all%2C%0D%0A%0D%0ATo%3A%20nobody",
    );
    expect(toMailLink({ ...draft, to: "a@b.c?bcc=x@y.z&q=1" })).not.toMatch(/[?&]bcc/);
    expect(toMailLink({ ...draft, body: "x".repeat(10_000) })).toBeNull();
    expect(readEmail("Just words")).toEqual({ to: "", cc: "", subject: "", body: "Just words" });
  });
});
