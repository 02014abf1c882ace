/**
 * Automerge's WebAssembly in a file of its own: 1.06 MB gzipped, where the base64 of its package is 1.63. It takes the place of
 * `sync/artifacts/engineWasm.ts`, which says the same for every place that has no files to fetch.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { withoutNames } from "./withoutNames.ts";

export function automergeWasm(): Plugin {
  return {
    name: "sovereign:automerge-wasm",
    apply: "build",
    load(id) {
      if (!id.replaceAll("\\", "/").endsWith("/sync/artifacts/engineWasm.ts")) return null;
      const file = fileURLToPath(import.meta.resolve("@automerge/automerge/automerge.wasm"));
      const asset = this.emitFile({ type: "asset", name: "automerge.wasm", source: withoutNames(readFileSync(file)) });
      return `export const initializeEngine = async (repo) => {
  const response = await fetch(import.meta.ROLLUP_FILE_URL_${asset});
  if (!response.ok) throw new Error("The engine of artifacts is not here.");
  await repo.initializeWasm(new Uint8Array(await response.arrayBuffer()));
};`;
    },
  };
}
