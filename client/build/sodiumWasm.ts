/**
 * libsodium's package carries its WebAssembly as base64 inside JavaScript, so that it works anywhere. In a page that is a third
 * more to load (base64 hides the repetitions from gzip: 131 kB instead of 100 kB) and to parse. This plugin takes the bytes out
 * into a file of their own, unchanged, and has the library fetch them from there.
 */
import type { Plugin } from "vite";
import { type Node, visitCode } from "./ast.ts";

/** Base64 of "\0asm", with which every WebAssembly file begins. */
const wasmStart = "AGFzbQ";

export function sodiumWasm(): Plugin {
  return {
    name: "sovereign:sodium-wasm",
    apply: "build",
    transform(code, id) {
      if (!/node_modules[\\/]libsodium[\\/].*\.mjs$/.test(id)) return null;
      const found = findWasm(code);
      if (found === null)
        this.error(
          "libsodium no longer carries its WebAssembly as base64: this plugin is not needed, or must learn how it does.",
        );
      const file = this.emitFile({ type: "asset", name: "libsodium.wasm", source: found.bytes });
      const read = `new Uint8Array(await (await fetch(import.meta.ROLLUP_FILE_URL_${file})).arrayBuffer())`;
      return { code: code.slice(0, found.start) + read + code.slice(found.end), map: null };
    },
  };
}

export interface EmbeddedWasm {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** Where the base64 is turned into bytes: the one call that takes it as its only argument. */
export function findWasm(code: string): EmbeddedWasm | null {
  const found: EmbeddedWasm[] = [];
  visitCode(code, (node) => {
    if (node.type !== "CallExpression") return;
    const [only, ...others] = node["arguments"] as Node[];
    const text = only?.["value"];
    if (typeof text !== "string" || others.length > 0 || !text.startsWith(wasmStart)) return;
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    found.push({ start: node.start, end: node.end, bytes });
  });
  return found.length === 1 ? (found[0] ?? null) : null;
}
