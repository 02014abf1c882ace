/**
 * Padding: a length tells a topic, so plaintexts are filled up to few possible lengths. Padmé (Nikitin et al., PETS 2019) keeps
 * only the leading bits of a length: at most 12 % is added, and O(log log n) bits are told. Below the floor all look alike.
 *
 *    0  1  flags          0: the body as it is, 1: deflated (deflate.ts); a reader refuses what it does not know
 *    1  4  body length
 *    5  …  body, then zeros up to the padded length
 */
import { CryptoError } from "./errors.ts";
import { envelopeBytesMax, paddedBytesMin } from "./limits.ts";

/** By the flags that say so. */
const FORMS = ["plain", "deflated"] as const;

export type BodyForm = (typeof FORMS)[number];

const PREFIX_BYTES = 5;

/** The least padded length for `length` bytes and, where one is wanted, for `min` bytes. */
export function paddedLength(length: number, min: number = paddedBytesMin): number {
  const least = Math.max(length, min, paddedBytesMin);
  const exponent = 31 - Math.clz32(least);
  const keptBits = 32 - Math.clz32(exponent);
  const mask = 2 ** (exponent - keptBits) - 1;
  return (least + mask) & ~mask;
}

/** Whether a plaintext of this length can have come out of `padBody`. */
export function isPaddedLength(length: number): boolean {
  return length >= paddedBytesMin && length <= envelopeBytesMax && paddedLength(length) === length;
}

/** What a body of this length is filled up to. */
export function paddedBodyLength(length: number, min?: number): number {
  return paddedLength(PREFIX_BYTES + length, min);
}

/** `min`: fill up to at least this, so that a row of bodies (a run's stream) shows one size. */
export function padBody(body: Uint8Array, min?: number, form: BodyForm = "plain"): Uint8Array {
  if (body.length > envelopeBytesMax) throw new CryptoError("malformed", `body of ${body.length} bytes`);
  const padded = new Uint8Array(paddedBodyLength(body.length, min));
  padded[0] = FORMS.indexOf(form);
  new DataView(padded.buffer).setUint32(1, body.length);
  padded.set(body, PREFIX_BYTES);
  return padded;
}

/** The body, as a view of `padded`. Only for authenticated bytes; what follows the body must be zeros. */
export function unpadBody(padded: Uint8Array): Uint8Array {
  const { form, body } = unpadForm(padded);
  if (form !== "plain") throw new CryptoError("version", `a body that is ${form}`);
  return body;
}

/** The same, for who reads each form of a body. */
export function unpadForm(padded: Uint8Array): { readonly form: BodyForm; readonly body: Uint8Array } {
  if (padded.length < PREFIX_BYTES) throw new CryptoError("malformed", "padded body too short");
  const form = FORMS[padded[0] ?? FORMS.length];
  if (form === undefined) throw new CryptoError("version", `flags ${padded[0]}`);
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(1);
  const end = PREFIX_BYTES + length;
  if (end > padded.length) throw new CryptoError("malformed", "body longer than its padding");
  for (let at = end; at < padded.length; at++) {
    if (padded[at] !== 0) throw new CryptoError("malformed", "padding is not zeros");
  }
  return { form, body: padded.subarray(PREFIX_BYTES, end) };
}
