/**
 * A WebAssembly module without what engines skip: names of its functions for who reads a trace, and which compiler made it. Of Automerge's
 * that is a fifth, 84 kB of it gzipped.
 *
 *   "\0asm" ‖ version 4 ‖ sections [id 1 ‖ length (LEB128) ‖ body]      id 0: custom, of no meaning to what runs
 */
export function withoutNames(wasm: Uint8Array): Uint8Array {
  const kept = [wasm.subarray(0, headBytes)];
  for (let at = headBytes; at < wasm.length;) {
    const start = at;
    const id = wasm[at++];
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      if (byte === undefined || shift > 28) throw new Error("This is no WebAssembly module.");
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    at += length;
    if (at > wasm.length) throw new Error("This WebAssembly module is cut off.");
    if (id !== 0) kept.push(wasm.subarray(start, at));
  }
  return Buffer.concat(kept);
}

const headBytes = 8;
