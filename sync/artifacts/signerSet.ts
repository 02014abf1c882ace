/**
 * Many of one device's signers under one signature, once the sittings in which they stood are folded away:
 *
 *   version 2 ‖ device 16 ‖ signature 64 ‖ hands 2 [run (text, empty for a person's own) ‖ model (text)] ‖ count 4 [actor 16 ‖ hand 2 ‖ seq 4 ‖ change 32]
 *
 * By itself each would take four times as much, and an answer of twenty hunks has twenty of them.
 */
import { bytesToHex, concatBytes, hexToBytes } from "#crypto/bytes.ts";
import { createReader, createWriter } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import { authorIdFromBytes, HASH_BYTES, ID_BYTES, idToBytes, type AuthorId, type DocId } from "#crypto/ids.ts";
import { runNameCharsMax, signersOfOneMax } from "../limits.ts";
import type { ModelHand, Signer } from "./signers.ts";

export interface SignerSet {
  readonly device: AuthorId;
  readonly signature: Uint8Array;
  readonly signers: ReadonlyMap<string, Signer>;
}

const VERSION = 2;
const SIGNATURE_BYTES = 64;
const ACTOR_BYTES = 16;

/** The actors that a set can name: those of every sitting, model and slip. */
export const isShortActor = (actor: string): boolean => hexToBytes(actor)?.length === ACTOR_BYTES;

/** What is signed: the set without its signature, in this artifact. */
export function signerSetMessage(artifact: DocId, device: AuthorId, signers: SignerSet["signers"]): Uint8Array {
  return concatBytes(idToBytes(artifact), idToBytes(device), encodeEntries(signers));
}

export function encodeSignerSet({ device, signature, signers }: SignerSet): Uint8Array {
  return concatBytes(
    createWriter().u8(VERSION).fixed(idToBytes(device)).fixed(signature).finish(),
    encodeEntries(signers),
  );
}

function encodeEntries(signers: SignerSet["signers"]): Uint8Array {
  const hands = new Map<string, { readonly place: number; readonly by: ModelHand | null }>();
  const handOf = (by: ModelHand | null): number => {
    const name = JSON.stringify([by?.run ?? "", by?.model ?? ""]);
    const known = hands.get(name) ?? { place: hands.size, by };
    hands.set(name, known);
    return known.place;
  };
  const entries = createWriter().u32(signers.size);
  for (const [actor, { by, seq, change }] of signers)
    entries
      .fixed(hexToBytes(actor) ?? new Uint8Array(0))
      .u16(handOf(by))
      .u32(seq)
      .fixed(hexToBytes(change) ?? new Uint8Array(0));
  const writer = createWriter().u16(hands.size);
  for (const { by } of hands.values()) writer.text(by?.run ?? "").text(by?.model ?? "");
  return concatBytes(writer.finish(), entries.finish());
}

/** Throws `CryptoError`. */
export function decodeSignerSet(bytes: Uint8Array): SignerSet {
  const reader = createReader(bytes);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "artifact signers");
  const device = authorIdFromBytes(reader.fixed(ID_BYTES));
  const signature = reader.fixed(SIGNATURE_BYTES);
  const hands: (ModelHand | null)[] = [];
  for (let count = reader.u16(); count > 0; count--) {
    const [run, model] = [reader.text(), reader.text()];
    if (model.length > runNameCharsMax) throw new CryptoError("malformed", "a model's name");
    hands.push(run === "" ? null : { run, model });
  }
  const signers = new Map<string, Signer>();
  const count = reader.u32();
  if (count > signersOfOneMax) throw new CryptoError("malformed", `${count} signers`);
  for (let index = 0; index < count; index++) {
    const actor = bytesToHex(reader.fixed(ACTOR_BYTES));
    const by = hands[reader.u16()];
    if (by === undefined) throw new CryptoError("malformed", "a hand that is not there");
    signers.set(actor, { device, by, seq: reader.u32(), change: bytesToHex(reader.fixed(HASH_BYTES)) });
  }
  reader.end();
  return { device, signature, signers };
}
