import fc from "fast-check";
import { expect, it } from "vitest";
import { moveCaret } from "./moveCaret.ts";

it.each([
  ["typed before it", "one |two", "zero one |two"],
  ["typed behind it", "one |two", "one |two three"],
  ["taken out before it", "zero one |two", "one |two"],
  ["taken out around it", "one tw|o three", "one | three"],
  ["typed where it stands", "|two", "|one two"],
  ["nothing", "a|b", "a|b"],
])("a caret stays at its words: %s", (_what, before, after) => {
  const [from, to] = [before.indexOf("|"), after.indexOf("|")];
  expect(moveCaret(from, before.replace("|", ""), after.replace("|", ""))).toBe(to);
});

it("never leaves the text", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(), (before, after, number) => {
      const at = moveCaret(number % (before.length + 1), before, after);
      expect(at).toBeGreaterThanOrEqual(0);
      expect(at).toBeLessThanOrEqual(after.length);
    }),
  );
});
