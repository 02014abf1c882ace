import fc from "fast-check";
import { expect, it } from "vitest";
import { createModelScanner, type ModelSearch } from "./bodyModel.ts";

function scan(text: string, cuts: readonly number[] = []): ModelSearch {
  const bytes = Buffer.from(text);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const scanner = createModelScanner();
  let search: ModelSearch = { kind: "searching" };
  for (const [at, start] of places.slice(0, -1).entries()) search = scanner.feed(bytes.subarray(start, places[at + 1]));
  return search;
}

it("finds what JSON.parse finds, wherever it stands and however the body is cut", () => {
  const fields = fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom("models", "model ", "Model", "x")),
    fc.jsonValue(),
  );
  const name = fc.string({ unit: "grapheme", maxLength: 60 });
  const spaced = fc.constantFrom(undefined, 1, "\t");
  fc.assert(
    fc.property(
      fields,
      name,
      fields,
      fc.array(fc.nat(), { maxLength: 8 }),
      spaced,
      (before, model, after, cuts, space) => {
        const text = JSON.stringify({ ...before, model, ...after }, null, space);
        const search = scan(text, cuts);
        expect(search).toMatchObject({ kind: "found", model });
        if (search.kind !== "found") return;
        expect(JSON.parse(Buffer.from(text).subarray(search.start, search.end).toString())).toBe(model);
        expect(scan(JSON.stringify({ ...before, ...after, model: undefined }, null, space), cuts)).toEqual({
          kind: "none",
        });
      },
    ),
  );
});

it.each([
  ['{"model":{"model":"inner"},"x":"y"}', "none"],
  ['{"model":["a"],"model":"second"}', "found"],
  ['{"x":"\\"model\\":\\"no\\"","y":{"model":"no"}}', "none"],
  ['{"mod\\u0065l":"written otherwise"}', "found"],
  ['{"model":7}', "none"],
  [`{"model":"${"x".repeat(2_000)}"}`, "none"],
  ['  \r\n{"model"', "searching"],
  ["[]", "malformed"],
  ['"model"', "malformed"],
  ["x", "malformed"],
] as const)("%s: %s", (text, kind) => {
  expect(scan(text).kind).toBe(kind);
});
