import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { withoutNames } from "./withoutNames.ts";

const wasm = readFileSync(fileURLToPath(import.meta.resolve("@automerge/automerge/automerge.wasm")));

describe("the engine of artifacts, as a page fetches it", () => {
  test("has the same exports and imports without its names, and is a fifth less", async () => {
    const [whole, bare] = await Promise.all([
      WebAssembly.compile(wasm),
      WebAssembly.compile(withoutNames(wasm) as Uint8Array<ArrayBuffer>),
    ]);
    expect(WebAssembly.Module.customSections(whole, "name")).toHaveLength(1);
    expect(WebAssembly.Module.customSections(bare, "name")).toEqual([]);
    expect(WebAssembly.Module.exports(bare)).toEqual(WebAssembly.Module.exports(whole));
    expect(WebAssembly.Module.imports(bare)).toEqual(WebAssembly.Module.imports(whole));
    expect(withoutNames(wasm).length).toBeLessThan(wasm.length * 0.85);
  });

  test("one that is cut off is not passed on", () => {
    expect(() => withoutNames(wasm.subarray(0, wasm.length - 10))).toThrow("cut off");
  });
});
