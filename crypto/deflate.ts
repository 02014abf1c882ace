/**
 * Deflating a body before it is sealed (RFC 1951, by fflate, which does it synchronously: a room's step is):
 *
 *    0  4  length of what it inflates to
 *    4  …  deflated
 *
 * What this may tell a relay, and why only some bodies are deflated, is in README.md. A few bytes can inflate to any number: they go in by small
 * pieces, and reading stops at the first that comes to more than was said.
 */
import { deflateSync, Inflate } from "fflate";
import { CryptoError } from "./errors.ts";
import { inflatedBytesMax, inflateStepBytes } from "./limits.ts";

const LENGTH_BYTES = 4;

/** Longer than `body` where there is nothing to win. */
export function deflateBody(body: Uint8Array): Uint8Array {
  const deflated = deflateSync(body, { level: 6 });
  const form = new Uint8Array(LENGTH_BYTES + deflated.length);
  new DataView(form.buffer).setUint32(0, body.length);
  form.set(deflated, LENGTH_BYTES);
  return form;
}

/** Throws `CryptoError`. Never makes much more than it is told to, nor than `inflatedBytesMax`. */
export function inflateBody(form: Uint8Array): Uint8Array {
  if (form.length <= LENGTH_BYTES) throw new CryptoError("malformed", "deflated body too short");
  const length = new DataView(form.buffer, form.byteOffset).getUint32(0);
  if (length > inflatedBytesMax) throw new CryptoError("malformed", `would inflate to ${length} bytes`);
  const body = new Uint8Array(length);
  let filled = 0;
  const inflate = new Inflate((part) => {
    if (filled + part.length > length) throw new CryptoError("malformed", "inflates to more than it says");
    body.set(part, filled);
    filled += part.length;
  });
  try {
    for (let at = LENGTH_BYTES; at < form.length; at += inflateStepBytes) {
      const end = Math.min(at + inflateStepBytes, form.length);
      inflate.push(form.subarray(at, end), end === form.length);
    }
  } catch (cause) {
    throw cause instanceof CryptoError ? cause : new CryptoError("malformed", "does not inflate", { cause });
  }
  if (filled !== length) throw new CryptoError("malformed", "inflates to less than it says");
  return body;
}
