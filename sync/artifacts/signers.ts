/**
 * Who wrote a change of an artifact. Each sitting writes as an actor of its own, and its device vouches for it in a root map "signers",
 * under the actor's id:
 *
 *   version 1 ‖ device 16 ‖ seq 4 ‖ change 32 ‖ signature 64 ‖ run (text, empty for a person's own) ‖ model (text)
 *
 * A change names the changes before it by their hashes, and an actor's changes follow each other. So one signature over an actor's newest
 * change vouches for all of that actor's before it, and is replaced as the actor goes on, in its sitting (sittings.ts). Once that is folded, all of a
 * device's signers stand here under one signature (signerSet.ts), by the key of the opening that put them together; those of older versions stand here
 * one by one. A change that nobody vouches for is shown as such.
 */
import { bytesToHex, hexToBytes } from "#crypto/bytes.ts";
import { createReader, createWriter } from "#crypto/codec.ts";
import { sign, type DeviceKeys } from "#crypto/device.ts";
import { CryptoError } from "#crypto/errors.ts";
import { authorIdFromBytes, HASH_BYTES, ID_BYTES, idToBytes, type AuthorId, type DocId } from "#crypto/ids.ts";
import { verifySignature } from "#crypto/verify.ts";
import type { Doc } from "yjs";
import { runNameCharsMax, signersOfOneMax } from "../limits.ts";
import { decodeSignerSet, encodeSignerSet, isShortActor, signerSetMessage, type SignerSet } from "./signerSet.ts";
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
  /** For a change that this device made, or took from a model. */
  vouch(actor: string, newest: { readonly seq: number; readonly change: string }, by: ModelHand | null): void;
  /** Of sittings that are taken away: they become one with what this device vouched for before. `opening`: no other writes by this key. */
  keep(opening: string, signers: ReadonlyMap<string, Uint8Array>): void;
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
const SET_LABEL = "sovereign/artifact-signers/v2";
/** Anything else is the key of a set. */
const isActor = (key: string): boolean => key.length === 32;
const NOBODY: SignerSet["signers"] = new Map();

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

  const sets = new WeakMap<Uint8Array, SignerSet["signers"]>();
  const checkSet = (value: Uint8Array): SignerSet["signers"] => {
    try {
      const { device, signature, signers } = decodeSignerSet(value);
      const key = signKeyOf(device);
      const isOver = (artifact: DocId): boolean =>
        key !== null && verifySignature(SET_LABEL, signerSetMessage(artifact, device, signers), signature, key);
      return [id, ...forkedFrom].some(isOver) ? signers : NOBODY;
    } catch (error) {
      if (error instanceof CryptoError) return NOBODY;
      throw error;
    }
  };
  const readSet = (value: unknown): SignerSet["signers"] => {
    if (!(value instanceof Uint8Array)) return NOBODY;
    const known = sets.get(value) ?? checkSet(value);
    sets.set(value, known);
    return known;
  };
  const setKeys = (): string[] => [...root.keys()].filter((key) => !isActor(key));

  return {
    signerOf: (actor) => {
      // What stands in one place must not hide what is right in the other.
      const alone = [sittings.signerOf(actor), root.get(actor)].flatMap((value) => readOnce(actor, value) ?? []);
      const together = setKeys().flatMap((key) => readSet(root.get(key)).get(actor) ?? []);
      return [...alone, ...together].sort((a, b) => b.seq - a.seq)[0] ?? null;
    },
    vouch: (actor, { seq, change }, hand) => {
      const by = hand === null ? null : { run: hand.run, model: hand.model.slice(0, runNameCharsMax) };
      const signer: Signer = { device: keys.id, by, seq, change };
      sittings.vouch(actor, encodeSigner(signer, sign(LABEL, messageOf(id, actor, signer), keys.sign)));
    },
    keep: (opening, signersOf) =>
      doc.transact(() => {
        const own = new Map<string, Signer>();
        const add = (actor: string, signer: Signer): void => {
          if (signer.seq > (own.get(actor)?.seq ?? 0)) own.set(actor, signer);
        };
        // Only what this device said itself is said once more by it.
        for (const [actor, value] of signersOf) {
          const signer = readOnce(actor, value);
          if (signer?.device === keys.id && isShortActor(actor) && own.size < signersOfOneMax) add(actor, signer);
          else root.set(actor, value);
        }
        for (const key of setKeys()) {
          const signers = readSet(root.get(key));
          const [first] = signers.values();
          if (first?.device !== keys.id || own.size + signers.size > signersOfOneMax) continue;
          for (const [actor, signer] of signers) add(actor, signer);
          root.delete(key);
        }
        if (own.size === 0) return;
        const signature = sign(SET_LABEL, signerSetMessage(id, keys.id, own), keys.sign);
        // Those that were full already stay beside it.
        let key = opening;
        for (let more = 1; root.has(key); more++) key = `${opening}.${more}`;
        root.set(key, encodeSignerSet({ device: keys.id, signature, signers: own }));
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
