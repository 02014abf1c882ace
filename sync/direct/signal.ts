/**
 * How two devices find to each other: small messages in sealed EPHEMERAL envelopes on the catalog, which the relay passes on and cannot
 * read. Each is signed by its device, as every envelope is.
 *
 *   clear   2 (signalClear.ts)
 *   body    version 1 ‖ kind 1 (1 HERE, 2 OFFER, 3 ANSWER) ‖ to 16 (zeros: all) ‖ attempt 16 ‖ description (4-byte length, UTF-8)
 *
 * HERE says that a device is there and since when (`attempt` is drawn at each start). The lower of two ids then offers, the other answers.
 */
import { bytesToHex, bytesToUtf8, utf8ToBytes } from "#crypto/bytes.ts";
import { createReader, createWriter } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import { authorIdFromBytes, ID_BYTES, idToBytes, type AuthorId } from "#crypto/ids.ts";
import { directDescriptionBytesMax } from "../limits.ts";

export interface Signal {
  readonly kind: "here" | "offer" | "answer";
  /** `null`: everybody. */
  readonly to: AuthorId | null;
  /** 16 bytes as hex. */
  readonly attempt: string;
  /** What WebRTC calls a session description; empty for HERE. */
  readonly description: string;
}

const VERSION = 1;
const KINDS: readonly Signal["kind"][] = ["here", "offer", "answer"];
const NOBODY = new Uint8Array(ID_BYTES);

export function encodeSignal({ kind, to, attempt, description }: Signal): Uint8Array {
  return createWriter()
    .u8(VERSION)
    .u8(KINDS.indexOf(kind) + 1)
    .fixed(to === null ? NOBODY : idToBytes(to))
    .fixed(attemptToBytes(attempt))
    .long(utf8ToBytes(description))
    .finish();
}

/** Throws `CryptoError`. */
export function decodeSignal(bytes: Uint8Array): Signal {
  const reader = createReader(bytes);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "signal");
  const kind = KINDS[reader.u8() - 1];
  if (kind === undefined) throw new CryptoError("malformed", "signal kind");
  const to = reader.fixed(ID_BYTES);
  const attempt = bytesToHex(reader.fixed(ID_BYTES));
  const description = bytesToUtf8(reader.long(directDescriptionBytesMax));
  reader.end();
  return { kind, to: to.every((byte) => byte === 0) ? null : authorIdFromBytes(to), attempt, description };
}

function attemptToBytes(attempt: string): Uint8Array {
  return idToBytes(attempt as AuthorId);
}
