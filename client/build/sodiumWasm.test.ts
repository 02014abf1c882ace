import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { findWasm } from "./sodiumWasm.ts";

it("finds the WebAssembly in the libsodium that is installed, and it is valid", () => {
  const require = createRequire(createRequire(import.meta.url).resolve("libsodium-wrappers"));
  const code = readFileSync(
    require.resolve("libsodium").replace("modules/libsodium.js", "modules-esm/libsodium.mjs"),
    "utf8",
  );
  const found = findWasm(code);
  expect(found).not.toBeNull();
  expect(WebAssembly.validate(new Uint8Array(found?.bytes ?? []))).toBe(true);
  expect(code.slice((found?.end ?? 0) - 4, found?.end)).toMatch(/"\)$/);
});

it("does not guess when there is none, or more than one", () => {
  expect(findWasm('decode("AAAA")')).toBeNull();
  expect(findWasm('decode("AGFzbQEAAAA=");decode("AGFzbQEAAAA=")')).toBeNull();
});
