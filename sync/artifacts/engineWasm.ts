/**
 * Automerge's WebAssembly, as its package carries it: in base64, which every place can load that loads JavaScript, and which hides its
 * repetitions from gzip. A page gets the same bytes from a file of their own instead (`client/build/automergeWasm.ts`).
 */
import { automergeWasmBase64 } from "@automerge/automerge/automerge.wasm.base64";

export function initializeEngine(
  repo: Pick<typeof import("@automerge/automerge-repo/slim"), "initializeBase64Wasm">,
): Promise<void> {
  return repo.initializeBase64Wasm(automergeWasmBase64);
}
