/**
 * Sealing and opening envelopes: the outside is in envelopeHeader.ts, the padding in padding.ts.
 *
 *   sub-key     crypto_kdf(doc key, "sv/env/1", number of the kind)
 *   ciphertext  XChaCha20-Poly1305(sub-key, nonce, padded body, data = "sovereign/env/v1" ‖ header ‖ clear part)
 *
 * The seal says that a member made it, the signature says which, counter and prev say in which order and only once.
 */
import { concatBytes, utf8ToBytes } from "./bytes.ts";
import { deflateBody, inflateBody } from "./deflate.ts";
import { authorIdOf, sign, type SigningKey } from "./device.ts";
import {
  ENVELOPE_SIGNATURE_LABEL,
  encodeEnvelopeHead,
  kindNumber,
  type EnvelopeHeader,
  type EnvelopeKind,
  type ParsedEnvelope,
} from "./envelopeHeader.ts";
import { CryptoError } from "./errors.ts";
import { deflateFromBytes, envelopeBytesMax } from "./limits.ts";
import { padBody, paddedBodyLength, unpadForm } from "./padding.ts";
import type { Random } from "./random.ts";
import { aeadOpen, aeadSeal, deriveSubkey, NONCE_BYTES } from "./sodium.ts";

export interface EnvelopeToSeal extends Omit<EnvelopeHeader, "clear"> {
  readonly clear?: Uint8Array;
  readonly body: Uint8Array;
  /** Pad to at least this many bytes, so that a row of envelopes shows one size. */
  readonly paddedBytesMin?: number;
  /** 32 bytes: docKeys.ts. */
  readonly docKey: Uint8Array;
  /** Must be the key that `author` is named by. */
  readonly signingKey: SigningKey;
  readonly random: Random;
}

const SEAL_LABEL = utf8ToBytes("sovereign/env/v1");
const KEY_CONTEXT = "sv/env/1";
const NOTHING = new Uint8Array(0);
/** What holds text. Others are small, or deflated already, or of a file, which is mostly packed; none of them is inflated. */
const DEFLATED_KINDS: ReadonlySet<EnvelopeKind> = new Set(["update", "final"]);

export function sealEnvelope(envelope: EnvelopeToSeal): Uint8Array {
  const { docKey, signingKey, random } = envelope;
  if (authorIdOf(signingKey.publicKey) !== envelope.author)
    throw new CryptoError("key", "author is not named by this key");
  const nonce = random(NONCE_BYTES);
  const head = encodeEnvelopeHead({ ...envelope, clear: envelope.clear ?? NOTHING }, nonce);
  const padded = padSmall(envelope);
  const ciphertext = aeadSeal(padded, concatBytes(SEAL_LABEL, head), nonce, subkey(docKey, envelope.kind));
  const unsigned = concatBytes(head, ciphertext);
  const sealed = concatBytes(unsigned, sign(ENVELOPE_SIGNATURE_LABEL, unsigned, signingKey));
  if (sealed.length > envelopeBytesMax) throw new CryptoError("malformed", `envelope of ${sealed.length} bytes`);
  return sealed;
}

/** The body. Throws `CryptoError("key")` when this is not the key it was sealed under, or a byte of it was changed. */
export function openEnvelope(parsed: ParsedEnvelope, docKey: Uint8Array): Uint8Array {
  const padded = aeadOpen(
    parsed.ciphertext,
    concatBytes(SEAL_LABEL, parsed.head),
    parsed.nonce,
    subkey(docKey, parsed.kind),
  );
  if (padded === null) throw new CryptoError("key", `${parsed.kind} does not open with this doc key`);
  const { form, body } = unpadForm(padded);
  if (form === "plain") return body;
  if (!DEFLATED_KINDS.has(parsed.kind)) throw new CryptoError("version", `${parsed.kind} that is ${form}`);
  return inflateBody(body);
}

/** Deflated where that shows a smaller size; never a lane's stream, a row of updates that shows one size. */
function padSmall({ kind, body, paddedBytesMin }: EnvelopeToSeal): Uint8Array {
  const isStream = kind === "update" && paddedBytesMin !== undefined;
  const isWorthIt = body.length >= deflateFromBytes && body.length <= envelopeBytesMax;
  if (!DEFLATED_KINDS.has(kind) || isStream || !isWorthIt) return padBody(body, paddedBytesMin);
  const deflated = deflateBody(body);
  const isSmaller = paddedBodyLength(deflated.length, paddedBytesMin) < paddedBodyLength(body.length, paddedBytesMin);
  return isSmaller ? padBody(deflated, paddedBytesMin, "deflated") : padBody(body, paddedBytesMin);
}

function subkey(docKey: Uint8Array, kind: EnvelopeKind): Uint8Array {
  return deriveSubkey(docKey, KEY_CONTEXT, kindNumber(kind));
}
