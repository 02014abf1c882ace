import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { cutWrappers, usedNames } from "./sodiumParts.ts";
import { findWasm, pruneLibrary } from "./sodiumWasm.ts";
import { exportedFunctions, pruneWasm } from "./wasmPrune.ts";

const require = createRequire(import.meta.url);
const requireBeside = createRequire(require.resolve("libsodium-wrappers"));
const wrappersPath = require
  .resolve("libsodium-wrappers")
  .replace("modules/libsodium-wrappers.js", "modules-esm/libsodium-wrappers.mjs");
const wrappers = readFileSync(wrappersPath, "utf8");
const library = readFileSync(
  requireBeside.resolve("libsodium").replace("modules/libsodium.js", "modules-esm/libsodium.mjs"),
  "utf8",
);
const used = usedNames(readFileSync(new URL("../../crypto/sodium.ts", import.meta.url), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "sovereign-sodium-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the WebAssembly", () => {
  it("is found in the libsodium that is installed, and it is valid", () => {
    const found = findWasm(library);
    expect(found).not.toBeNull();
    expect(WebAssembly.validate(new Uint8Array(found?.bytes ?? []))).toBe(true);
    expect(library.slice((found?.end ?? 0) - 4, found?.end)).toMatch(/"\)$/);
  });

  it("is not guessed when there is none, or more than one", () => {
    expect(findWasm('decode("AAAA")')).toBeNull();
    expect(findWasm('decode("AGFzbQEAAAA=");decode("AGFzbQEAAAA=")')).toBeNull();
  });
});

describe("what nothing calls is left out", () => {
  it("and what is left gives the same answers as all of it", async () => {
    const whole = await start(wrappersPath);
    const { cut, bytes } = await load(used, "same");
    expect(bytes.length).toBeLessThan(150_000);
    const seed = Uint8Array.from({ length: 32 }, (_, index) => index);
    const nonce = seed.subarray(0, 24);
    const text = new TextEncoder().encode("as it was before");
    for (const sodium of [cut, whole]) {
      const pair = sodium.crypto_sign_seed_keypair(seed);
      const signature = sodium.crypto_sign_detached(text, pair.privateKey);
      expect(sodium.crypto_sign_verify_detached(signature, text, pair.publicKey)).toBe(true);
      const box = sodium.crypto_box_seal(text, sodium.crypto_scalarmult_base(seed));
      expect(sodium.crypto_box_seal_open(box, sodium.crypto_scalarmult_base(seed), seed)).toEqual(text);
    }
    const answers = [cut, whole].map((sodium) => [
      sodium.crypto_generichash(32, text, seed),
      sodium.crypto_kdf_derive_from_key(32, 7, "contexts", seed),
      sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(text, seed, null, nonce, seed),
      sodium.crypto_sign_detached(text, sodium.crypto_sign_seed_keypair(seed).privateKey),
      sodium.crypto_scalarmult(seed, sodium.crypto_scalarmult_base(seed)),
    ]);
    expect(answers[0]).toEqual(answers[1]);
    expect(Object.keys(cut)).not.toContain("crypto_secretstream_xchacha20poly1305_push");
  });

  it("a call that is not foreseen meets a trap, never something else", async () => {
    const { natives } = (await load(used, "trap")).parts;
    const bytes = findWasm(library)?.bytes ?? new Uint8Array();
    const pruned = pruneWasm(bytes, () => false);
    expect(exportedFunctions(pruned)).toEqual(exportedFunctions(bytes));
    expect(pruned.length).toBeLessThan(80_000);
    expect(natives.has("_crypto_sign_detached")).toBe(true);
    expect(natives.has("_crypto_kem_enc")).toBe(false);
  });

  it("wrappers of another form are refused, and so is an instruction that is not known", () => {
    expect(cutWrappers("export const nothing = ['a', 'b'];", used)).toBeNull();
    // One exported function `f` whose body is the SIMD prefix.
    const simd = Uint8Array.of(
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0],
      ...[7, 5, 1, 1, 0x66, 0, 0, 10, 6, 1, 4, 0, 0xfd, 12, 0x0b],
    );
    expect(() => pruneWasm(simd, () => true)).toThrow(/not known/);
  });
});

type Bytes = Uint8Array;

/** What crypto/sodium.ts uses of it, and a little more. */
interface Sodium {
  readonly ready: Promise<void>;
  crypto_generichash(length: number, message: Bytes, key: Bytes): Bytes;
  crypto_kdf_derive_from_key(length: number, id: number, context: string, key: Bytes): Bytes;
  crypto_aead_xchacha20poly1305_ietf_encrypt(text: Bytes, data: Bytes, none: null, nonce: Bytes, key: Bytes): Bytes;
  crypto_box_seal(text: Bytes, publicKey: Bytes): Bytes;
  crypto_box_seal_open(box: Bytes, publicKey: Bytes, secretKey: Bytes): Bytes;
  crypto_scalarmult(secretKey: Bytes, publicKey: Bytes): Bytes;
  crypto_scalarmult_base(secretKey: Bytes): Bytes;
  crypto_sign_seed_keypair(seed: Bytes): { readonly publicKey: Bytes; readonly privateKey: Bytes };
  crypto_sign_detached(text: Bytes, secretKey: Bytes): Bytes;
  crypto_sign_verify_detached(signature: Bytes, text: Bytes, publicKey: Bytes): boolean;
}

async function load(names: ReadonlySet<string>, name: string) {
  const parts = cutWrappers(wrappers, names);
  const found = findWasm(library);
  if (parts === null || found === null) throw new Error("libsodium is not as it was");
  const { bytes, glue } = pruneLibrary(library, found, parts.natives);
  const libraryFile = join(folder, `${name}-library.mjs`);
  const wrappersFile = join(folder, `${name}-wrappers.mjs`);
  writeFileSync(libraryFile, glue(`new Uint8Array([${bytes.join(",")}])`));
  writeFileSync(wrappersFile, parts.code.replace('from"libsodium"', `from"./${name}-library.mjs"`));
  return { cut: await start(wrappersFile), parts, bytes };
}

async function start(file: string): Promise<Sodium> {
  const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { readonly default: Sodium };
  await module.default.ready;
  return module.default;
}
