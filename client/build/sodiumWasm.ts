/**
 * libsodium as its package brings it is 130 kB gzipped, half of what a page may load first: it carries its WebAssembly as base64
 * inside JavaScript, which hides the repetitions from gzip, and 300 functions of which we call fourteen. This plugin takes the bytes
 * out into a file of their own, has the library fetch them from there, and leaves out what nothing of ours can call
 * (`sodiumParts.ts`, `wasmPrune.ts`): 45 kB. What stays is byte for byte what the package has, and `crypto/selfTest.ts` checks known
 * answers at every start.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { type Node, visitCode } from "./ast.ts";
import { cutWrappers, type SodiumParts, usedNames } from "./sodiumParts.ts";
import { pruneWasm } from "./wasmPrune.ts";

/** Base64 of "\0asm", with which every WebAssembly file begins. */
const wasmStart = "AGFzbQ";

/** The two builds of the library, the wrappers of each, and our one file that imports them. */
const builds = [
  {
    wrappers: "libsodium-wrappers/dist/modules-esm/libsodium-wrappers.mjs",
    library: /node_modules[\\/]libsodium[\\/].*\.mjs$/,
    user: "../../crypto/sodium.ts",
  },
  {
    wrappers: "libsodium-wrappers-sumo/dist/modules-sumo-esm/libsodium-wrappers.mjs",
    library: /node_modules[\\/]libsodium-sumo[\\/].*\.mjs$/,
    user: "../../crypto/argon.ts",
  },
] as const;

export function sodiumWasm(): Plugin {
  return {
    name: "sovereign:sodium-wasm",
    apply: "build",
    transform(code, id) {
      const path = id.replaceAll("\\", "/");
      for (const build of builds) {
        if (path.endsWith(build.wrappers)) {
          const parts = cutWrappers(code, namesUsedBy(build.user));
          if (parts === null) this.error("libsodium's wrappers changed their form: sodiumParts.ts must learn it.");
          return { code: parts.code, map: null };
        }
        if (!build.library.test(path)) continue;
        const found = findWasm(code);
        const parts = found === null ? null : readParts(build.wrappers, build.user);
        if (found === null || parts === null)
          this.error(
            "libsodium no longer carries its WebAssembly as base64: this plugin is not needed, or must learn how it does.",
          );
        const { bytes, glue } = pruneLibrary(code, found, parts.natives);
        const file = this.emitFile({ type: "asset", name: "libsodium.wasm", source: bytes });
        return {
          code: glue(`new Uint8Array(await (await fetch(import.meta.ROLLUP_FILE_URL_${file})).arrayBuffer())`),
          map: null,
        };
      }
      return null;
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

export interface PrunedLibrary {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The JavaScript around them, which gets them by this expression. */
  glue(read: string): string;
}

/** `g._crypto_sign = A.ud`: the name in JavaScript, and the export it stands for. Those that nothing needs are left out. */
export function pruneLibrary(code: string, wasm: EmbeddedWasm, natives: ReadonlySet<string>): PrunedLibrary {
  const dropped = new Set<string>();
  const cuts: { readonly start: number; readonly end: number; readonly text: string }[] = [];
  visitCode(code, (node) => {
    if (node.type !== "AssignmentExpression") return;
    const [left, right] = [node["left"] as Node, node["right"] as Node];
    if (left.type !== "MemberExpression" || right.type !== "MemberExpression") return;
    const name = (left["property"] as Node)["name"];
    const exported = (right["property"] as Node)["name"];
    if (typeof name !== "string" || typeof exported !== "string") return;
    if (!/^_(crypto|randombytes|sodium)/.test(name) || natives.has(name)) return;
    dropped.add(exported);
    cuts.push({ start: node.start, end: node.end, text: "0" });
  });
  return {
    // The glue looks at `dynCall_…`, which calls through the table, and never uses it.
    bytes: pruneWasm(wasm.bytes, (name) => !dropped.has(name) && !name.startsWith("dynCall_")),
    glue: (read) => {
      let glue = code;
      for (const { start, end, text } of [...cuts, { ...wasm, text: read }].sort((a, b) => b.start - a.start))
        glue = glue.slice(0, start) + text + glue.slice(end);
      return glue;
    },
  };
}

function readParts(wrappers: string, user: string): SodiumParts | null {
  const url = new URL(`../../node_modules/${wrappers}`, import.meta.url);
  return cutWrappers(readFileSync(fileURLToPath(url), "utf8"), namesUsedBy(user));
}

function namesUsedBy(file: string): Set<string> {
  return usedNames(readFileSync(fileURLToPath(new URL(file, import.meta.url)), "utf8"));
}
