import { expect, test } from "vitest";
import { newHealth, stepHealth } from "./health.ts";

/** g: a good sign, b: a bad one. Prints the state after each. */
function run(signs: string): string {
  let health = newHealth;
  return [...signs]
    .map((sign) => {
      health = stepHealth(health, sign === "g");
      return health.state[0];
    })
    .join("");
}

test("one that was never there counts from its first good probe", () => {
  expect(run("bbbg")).toBe("nnnu");
});

test("one that is there is gone after three misses in a row, and not before", () => {
  expect(run("gbbgbbg")).toBe("uuuuuuu");
  expect(run("gbbb")).toBe("uuud");
});

test("one that was gone is trusted after two good probes in a row", () => {
  expect(run("gbbbgbgg")).toBe("uuuddddu");
});
