/** What reaches a terminal of what others wrote. */
import { Readable, Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sayJson, sayPlainly, sayText, shownLength } from "./plainly.ts";
import { createTerminal, type TerminalOptions } from "./terminal.ts";

/** What a terminal would obey: a control character, in one byte or in two, or text that runs backwards, or nothing that could be seen. */
const OBEYED =
  // eslint-disable-next-line no-control-regex -- reason: these are what it looks for.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/u;
const attacks: readonly (readonly [string, string])[] = [
  ["a colour", "\u001b[31mred"],
  ["a cleared screen", "\u001b[2J\u001b[H"],
  ["a line that is written over", "safe\rrm -rf"],
  ["letters taken back", "rm\b\bls"],
  ["a title", "\u001b]0;owned\u0007"],
  ["a link that shows another", "\u001b]8;;https://evil.example\u001b\\bank\u001b]8;;\u001b\\"],
  ["a clipboard", "\u001b]52;c;cm0gLXJm\u0007"],
  ["an answer typed for its owner", "\u001b[6n\u001b[c\u0005"],
  ["a sequence of one byte", "\u009b31mred\u009d0;x\u009c"],
  ["text that runs backwards", "gpj.\u202eexe"],
  ["an isolate", "\u2066a\u2069"],
  ["nothing between letters", "pass\u200bword"],
  ["a joiner between letters", "pass\u200dword"],
  ["a soft hyphen", "pass\u00adword"],
  ["letters that nobody sees", "hi\u{e0072}\u{e006d}"],
  ["a filler", "a\u3164b"],
  ["a mark for pictures after a letter", "a\ufe0fb"],
  ["another line's end", "a\u2028b"],
  ["half a letter", "a\ud800b"],
];
const fine = [
  "Grüße, 你好, שלום, مرحبا\tund\nnoch eine Zeile",
  "نمی\u200cخواهم",
  "क्\u200dष",
  "👨\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3 👋🏽 🏳\ufe0f\u200d🌈",
  "e\u0301 Å",
];

function terminalOf(isTTY: boolean, env: Record<string, string> = {}, isJson = false) {
  const said = { out: "", errors: "" };
  const into = (key: keyof typeof said) =>
    Object.assign(
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          said[key] += chunk.toString("utf8");
          done();
        },
      }),
      { isTTY },
    );
  const stdin = Object.assign(Readable.from(["yes\n"]), { isTTY: true });
  const streams = { stdin, stdout: into("out"), stderr: into("errors"), env } as unknown as NonNullable<
    TerminalOptions["streams"]
  >;
  return { said, terminal: createTerminal({ isJson, streams }) };
}

describe("a terminal", () => {
  test.each(attacks)("TE1 is not shown %s, whoever wrote it, by whatever way it comes", async (_what, text) => {
    const { said, terminal } = terminalOf(true);
    terminal.write(text);
    terminal.line(text);
    terminal.line(`${terminal.bold(text)}  ${terminal.dim(text)}`);
    terminal.note(text);
    terminal.progress(text);
    await terminal.ask(text);
    terminal.json({ text });
    // Our own: two styles, and the line that is written over.
    // eslint-disable-next-line no-control-regex -- reason: these are what a terminal is told.
    const own = /\u001b\[[012]m|\r\u001b\[K/g;
    const [out, errors] = [said.out.replace(own, ""), said.errors.replace(own, "")];
    expect(out + errors).not.toMatch(OBEYED);
    expect((out + errors).isWellFormed()).toBe(true);
    // A colour of theirs would have been taken for one of ours.
    expect(said.out.split("\u001b").slice(1)).toHaveLength(4);
    expect(out).toContain("<U+");
    expect(JSON.parse(said.out.trim().split("\n").at(-1) ?? "")).toEqual({ text });
    expect([sayText(text), sayPlainly(text)].join("")).not.toMatch(OBEYED);
  });

  test("TE2 is shown what languages and pictures are written with; an owner who decides sees the joiners, too", () => {
    for (const text of fine) {
      const { said, terminal } = terminalOf(true, { NO_COLOR: "1" });
      terminal.line(terminal.bold(text));
      expect(said.out).toBe(`${text}\n`);
    }
    expect(fine.map(sayPlainly).join("")).not.toMatch(/\u200c|\u200d|\ufe0f/);
  });

  test("TE3 a text that still grows comes to the same as the whole, wherever it is cut", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(...attacks.map(([, text]) => text), ...fine, "a", "👨", "\u200d", "\ufe0f", "\r", "\n"),
          { maxLength: 8 },
        ),
        fc.array(fc.nat(40), { maxLength: 20 }),
        (parts, steps) => {
          const text = parts.join("");
          let [shown, printed, at] = ["", 0, 0];
          for (const step of steps) {
            at = Math.min(text.length, at + step);
            const length = Math.max(printed, shownLength(text.slice(0, at)));
            shown += sayText(text.slice(printed, length));
            printed = length;
          }
          expect(shown + sayText(text.slice(printed))).toBe(sayText(text));
        },
      ),
      {
        numRuns: 2_000,
        // A joiner behind a mark that belongs to no picture was taken for a family's, when what comes next was known.
        examples: [
          [
            ["\ufe0f", "\u200d", fine[0] ?? ""],
            [2, 2],
          ],
          [
            ["🏽", "\u200d", "👨"],
            [3, 2],
          ],
        ],
      },
    );
  });

  test("TE4 a pipe carries data as it is, and JSON means the same everywhere", () => {
    const text = attacks.map(([, each]) => each).join("") + fine.join("");
    const { said, terminal } = terminalOf(false);
    terminal.line(text.toWellFormed());
    expect(said.out).toBe(`${text.toWellFormed()}\n`);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.constant(text)), (value) => {
        expect(JSON.parse(sayJson({ value }))).toEqual({ value });
        expect(sayJson(value)).not.toMatch(OBEYED);
      }),
    );
  });
});
