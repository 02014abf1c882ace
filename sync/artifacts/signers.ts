/**
 * Who wrote a change of an artifact. Each sitting writes as an actor of its own, and its device vouches for it in a root map "signers",
 * under the actor's id:
 *
 *   version 1 ‖ device 16 ‖ seq 4 ‖ change 32 ‖ signature 64 ‖ run (text, empty for a person's own) ‖ model (text)
 *
 * A change names the changes before it by their hashes, and an actor's changes follow each other. So one signature over an actor's newest
 * change vouches for all of that actor's before it, and is replaced as the actor goes on: in its sitting (sittings.ts), and here once that is folded. A change that nobody vouches for is shown as such.
 */
import { bytesToHex, hexToBytes } from "#crypto/bytes.ts";
import { createReader, createWriter } from "#crypto/codec.ts";
import { sign, type DeviceKeys } from "#crypto/device.ts";
import { CryptoError } from "#crypto/errors.ts";
import { authorIdFromBytes, HASH_BYTES, ID_BYTES, idToBytes, type AuthorId, type DocId } from "#crypto/ids.ts";
import { verifySignature } from "#crypto/verify.ts";
import type { Doc } from "yjs";
import { runNameCharsMax } from "../limits.ts";
import type { Sittings } from "./sittings.ts";

/** What a model wrote, in which run; the device is the one that put it into the artifact. */
export interface ModelHand {
  readonly run: string;
  readonly model: string;
}

export interface Signer {
  readonly device: AuthorId;
  readonly by: ModelHand | null;
  /** Its actor's changes are vouched for up to this one. */
  readonly seq: number;
  readonly change: string;
}

export interface Signers {
  /** Of one actor; `null` when nobody vouches, or the signature is not the device's. */
  signerOf(actor: string): Signer | null;
  vouch(actor: string, newest: { readonly seq: number; readonly change: string }, by: ModelHand | null): void;
  /** For a change of this device that is not its sitting's: what an earlier one left behind, and what takes a proposal back. */
  vouchApart(actor: string, newest: { readonly seq: number; readonly change: string }): void;
  /** Of sittings that are taken away. */
  keep(signers: ReadonlyMap<string, Uint8Array>): void;
}

export interface SignersOptions {
  readonly id: DocId;
  readonly doc: Doc;
  readonly keys: DeviceKeys;
  /** Also of a removed device: what it wrote before stays its own. `null`: not of this vault. */
  readonly signKeyOf: (device: AuthorId) => Uint8Array | null;
  readonly origin: unknown;
  /** What this one was forked from (fork.ts): a signature made there is over the same changes. */
  readonly forkedFrom: readonly DocId[];
  /** Where a sitting is vouched for as it goes on. */
  readonly sittings: Pick<Sittings, "signerOf" | "vouch">;
}

const VERSION = 1;
const SIGNATURE_BYTES = 64;
const LABEL = "sovereign/artifact-signer/v1";

export function createSigners({ id, doc, keys, signKeyOf, origin, sittings, forkedFrom }: SignersOptions): Signers {
  const root = doc.getMap<unknown>("signers");
  /** Checking a signature costs more than reading a page of history. */
  const read = new WeakMap<Uint8Array, { readonly actor: string; readonly signer: Signer | null }>();

  const check = (actor: string, value: Uint8Array): Signer | null => {
    try {
      const { signature, ...signer } = decodeSigner(value);
      const key = signKeyOf(signer.device);
      const isOver = (artifact: DocId): boolean =>
        key !== null && verifySignature(LABEL, messageOf(artifact, actor, signer), signature, key);
      return [id, ...forkedFrom].some(isOver) ? signer : null;
    } catch (error) {
      if (error instanceof CryptoError) return null;
      throw error;
    }
  };

  const readOnce = (actor: string, value: unknown): Signer | null => {
    if (!(value instanceof Uint8Array)) return null;
    const known = read.get(value);
    const found = known?.actor === actor ? known : { actor, signer: check(actor, value) };
    read.set(value, found);
    return found.signer;
  };

  const signFor = (
    actor: string,
    { seq, change }: { readonly seq: number; readonly change: string },
    by: ModelHand | null,
  ): Uint8Array => {
    const signer: Signer = { device: keys.id, by, seq, change };
    return encodeSigner(signer, sign(LABEL, messageOf(id, actor, signer), keys.sign));
  };

  return {
    signerOf: (actor) => {
      // What stands in one place must not hide what is right in the other.
      const signers = [sittings.signerOf(actor), root.get(actor)].flatMap((value) => readOnce(actor, value) ?? []);
      return signers.sort((a, b) => b.seq - a.seq)[0] ?? null;
    },
    vouch: (actor, newest, hand) => {
      const by = hand === null ? null : { run: hand.run, model: hand.model.slice(0, runNameCharsMax) };
      const encoded = signFor(actor, newest, by);
      if (by === null) sittings.vouch(actor, encoded);
      else doc.transact(() => root.set(actor, encoded), origin);
    },
    vouchApart: (actor, newest) => {
      const encoded = signFor(actor, newest, null);
      doc.transact(() => root.set(actor, encoded), origin);
    },
    keep: (signersOf) =>
      doc.transact(() => {
        for (const [actor, value] of signersOf) root.set(actor, value);
      }, origin),
  };
}

function messageOf(id: DocId, actor: string, { device, seq, change, by }: Signer): Uint8Array {
  const writer = createWriter().fixed(idToBytes(id)).text(actor).fixed(idToBytes(device)).u32(seq);
  return writer
    .fixed(changeToBytes(change))
    .text(by?.run ?? "")
    .text(by?.model ?? "")
    .finish();
}

export function encodeSigner({ device, seq, change, by }: Signer, signature: Uint8Array): Uint8Array {
  const writer = createWriter().u8(VERSION).fixed(idToBytes(device)).u32(seq).fixed(changeToBytes(change));
  return writer
    .fixed(signature)
    .text(by?.run ?? "")
    .text(by?.model ?? "")
    .finish();
}

/** Throws `CryptoError`. */
export function decodeSigner(bytes: Uint8Array): Signer & { readonly signature: Uint8Array } {
  const reader = createReader(bytes);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "artifact signer");
  const device = authorIdFromBytes(reader.fixed(ID_BYTES));
  const seq = reader.u32();
  const change = bytesToHex(reader.fixed(HASH_BYTES));
  const signature = reader.fixed(SIGNATURE_BYTES);
  const run = reader.text();
  const model = reader.text();
  reader.end();
  return { device, seq, change, signature, by: run === "" ? null : { run, model } };
}

function changeToBytes(change: string): Uint8Array {
  const bytes = hexToBytes(change);
  if (bytes?.length !== HASH_BYTES) throw new CryptoError("malformed", "hash of a change");
  return bytes;
}
