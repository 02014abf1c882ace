import { describe, expect, test } from "vitest";
import { createToolCallAssembler } from "./toolCalls.ts";

function assemble(...chunks: unknown[]): unknown[] {
  const assembler = createToolCallAssembler(["search", "add"]);
  for (const pieces of chunks) assembler.take(pieces);
  return assembler.end();
}
const piece = (more: object, name?: string, given?: unknown): object => ({
  ...more,
  type: "function",
  function: { ...(name === undefined ? {} : { name }), ...(given === undefined ? {} : { arguments: given }) },
});
const search = { id: "c1", name: "search", arguments: { q: "a" } };
const add = { id: "c2", name: "add", arguments: { n: 1 } };

describe("calls of tools", () => {
  test("by index, interleaved", () => {
    const calls = assemble(
      [piece({ index: 0, id: "c1" }, "search", ""), piece({ index: 1, id: "c2" }, "add", '{"n"')],
      [piece({ index: 0 }, undefined, '{"q":')],
      [piece({ index: 1 }, undefined, ":1}")],
      [piece({ index: 0 }, undefined, '"a"}')],
    );
    expect(calls).toEqual([search, add]);
  });

  test("without an index: an id begins the next one", () => {
    const calls = assemble(
      [piece({ id: "c1" }, "search", '{"q":')],
      [piece({}, undefined, '"a"}')],
      [piece({ id: "c2" }, "add", '{"n":1}')],
    );
    expect(calls).toEqual([search, add]);
  });

  test("without an index, several whole ones in one piece; arguments as an object", () => {
    expect(assemble([piece({ id: "c1" }, "search", '{"q":"a"}'), piece({ id: "c2" }, "add", { n: 1 })])).toEqual([
      search,
      add,
    ]);
  });

  test("none at all become an empty object, and a missing id is made up", () => {
    expect(assemble([piece({ index: 0 }, "add")])).toEqual([{ id: "call-0", name: "add", arguments: {} }]);
  });

  test.each([
    ["cut in half", [piece({ index: 0, id: "c" }, "add", '{"n":')]],
    ["of a tool that was not offered", [piece({ index: 0, id: "c" }, "rm", "{}")]],
    ["with a list for arguments", [piece({ index: 0, id: "c" }, "add", "[1]")]],
    ["at a negative index", [piece({ index: -1, id: "c" }, "add", "{}")]],
    ["at an index beyond all bounds", [piece({ index: 1e9, id: "c" }, "add", "{}")]],
    ["with too many arguments", [piece({ index: 0, id: "c" }, "add", `{"a":"${"x".repeat(200_000)}"}`)]],
    ["that are no list", "x"],
    ["that are nothing", [7, null, {}, { function: 7 }]],
  ])("%s are none", (_name, pieces) => {
    expect(assemble(pieces)).toEqual([]);
  });
});
