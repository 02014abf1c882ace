import { expect, it } from "vitest";
import { readFields, readGiven } from "./formFields.ts";

const form = JSON.stringify({
  type: "object",
  properties: {
    size: { type: "string", title: "Size", description: "How large.", enum: ["small", "large"], default: "large" },
    name: { type: "string" },
    many: { type: "integer", title: "How many" },
    price: { type: "number" },
    quick: { type: "boolean", default: true },
    extras: { type: "array", items: { type: "string", enum: ["a", "b"] } },
  },
  required: ["size", "many"],
});

const filled = (values: readonly (readonly [string, string])[]): FormData => {
  const data = new FormData();
  for (const [name, value] of values) data.append(name, value);
  return data;
};

it("FM1 fields are drawn as what they are", () => {
  expect(
    readFields(form).map(({ name, kind, title, isNeeded, preset }) => [name, kind, title, isNeeded, preset]),
  ).toEqual([
    ["size", "one", "Size", true, "large"],
    ["name", "text", "name", false, ""],
    ["many", "number", "How many", true, ""],
    ["price", "number", "price", false, ""],
    ["quick", "yes", "quick", false, "true"],
    ["extras", "some", "extras", false, ""],
  ]);
  for (const odd of ["", "null", "7", "{", '{"properties":7}', '{"properties":{"a":null}}'])
    expect(readFields(odd).length, odd).toBeLessThan(2);
});

it("FM1 a choice is read by its name where it has one", () => {
  const fields = {
    one: { type: "string", enum: ["a", "b"], enumNames: ["First", "Second"] },
    other: { type: "string", enum: ["c"] },
  };
  expect(readFields(JSON.stringify({ properties: fields })).map(({ choices }) => choices)).toEqual([
    [
      { value: "a", title: "First" },
      { value: "b", title: "Second" },
    ],
    [{ value: "c", title: "c" }],
  ]);
});

it("FM2 what was put in is said in the types that were asked for; what has to be there is asked for again", () => {
  const fields = readFields(form);
  const whole = filled([
    ["size", "small"],
    ["name", " "],
    ["many", "3"],
    ["price", "1.5"],
    ["quick", "on"],
    ["extras", "a"],
    ["extras", "b"],
  ]);
  expect(readGiven(fields, whole)).toEqual({
    answer: { size: "small", many: 3, price: 1.5, quick: true, extras: ["a", "b"] },
    missing: [],
  });
  expect(
    readGiven(
      fields,
      filled([
        ["many", "3.5"],
        ["price", "x"],
      ]),
    ).missing,
  ).toEqual(["size", "many", "price"]);
});
