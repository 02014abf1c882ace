/**
 * What was typed and is no change in the doc yet, on this device's disk within the turn in which it was typed: a page that is killed loses no
 * letter of it. Beside the journal, sealed for this device alone, and written over by the next one:
 *
 *   version 1 ‖ actor (text) ‖ at 8 ‖ heads 1 [32] ‖ changes (long) ‖ splices 2 [at 4 ‖ del 4 ‖ text (long)]
 *
 *   changes   what Automerge saved since the last heads that are known to be on the disk
 *   splices   what waits to become this actor's next change, on the text at those heads
 *
 * The next opening takes in what is not in the history already. What it makes of the splices follows from the slip alone, so a page that is
 * killed while it does so leaves them once.
 */
import type { Doc, Heads } from "@automerge/automerge-repo/slim";
import { bytesToHex, hexToBytes, utf8ToBytes } from "#crypto/bytes.ts";
import { createReader, createWriter } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import { hash128 } from "#crypto/hash.ts";
import { HASH_BYTES } from "#crypto/ids.ts";
import { artifactHeadsMax, slipBytesMax, slipEveryMs } from "../limits.ts";
import type { Clock } from "../ports.ts";
import type { Branches } from "./branches.ts";
import type { Splice } from "./edits.ts";
import type { ArtifactContent, Engine } from "./engine.ts";
import type { Keeping } from "./keeping.ts";
import type { Signers } from "./signers.ts";

/** This device's disk. */
export interface SlipStore {
  /** As the page before this one left it. */
  readonly found: Uint8Array | null;
  put(slip: Uint8Array | null): void;
  /** Resolves when all that the doc holds now is on the disk. */
  flush(): Promise<void>;
}

export interface Slip {
  /** Something was typed, or has become a change. */
  note(): void;
  close(): void;
}

export interface SlipOptions {
  readonly A: Engine["A"];
  /** `null`: nothing is kept. */
  readonly store: SlipStore | null;
  readonly clock: Clock;
  readonly keeping: Pick<Keeping, "current" | "merge" | "settle">;
  readonly branches: Pick<Branches, "commit">;
  readonly signers: Pick<Signers, "vouch">;
  /** What waits, and when it was typed. */
  readonly waiting: () => { readonly splices: readonly Splice[]; readonly at: number };
}

interface SlipContent {
  readonly actor: string;
  readonly at: number;
  readonly heads: readonly string[];
  readonly changes: Uint8Array;
  readonly splices: readonly Splice[];
}

const VERSION = 1;
const NOTHING = new Uint8Array(0);

/** Takes in what the page before left. */
export function createSlip(options: SlipOptions): Slip {
  const { A, store, clock, keeping, waiting } = options;
  const current = (): Doc<ArtifactContent> => keeping.current();
  /** Everything up to here is on the disk; `null`: nobody knows yet. */
  let durable: Heads | null = null;
  let isFlushing = false;
  let isEmpty = true;
  let putAtMs = 0;
  let cancel: (() => void) | null = null;
  if (store === null) return { note: () => {}, close: () => {} };
  const { found } = store;

  const secure = (onDone: () => void = () => {}): void => {
    if (isFlushing) return;
    isFlushing = true;
    keeping.settle();
    const heads = A.getHeads(current());
    void store
      .flush()
      .then(
        () => {
          durable = heads;
          onDone();
        },
        // Where nothing can be sealed yet, the slip goes on holding it.
        () => undefined,
      )
      .finally(() => (isFlushing = false));
  };

  function put(): void {
    cancel?.();
    cancel = null;
    const { splices, at } = waiting();
    const heads = A.getHeads(current());
    const isDurable = durable === null || A.equals(heads, durable);
    if (splices.length === 0 && isDurable && isEmpty) return;
    putAtMs = clock.now();
    const changes = isDurable || durable === null ? NOTHING : A.saveSince(current(), [...durable]);
    isEmpty = splices.length === 0 && changes.length === 0;
    const slip = isEmpty ? null : encodeSlip({ actor: A.getActorId(current()), at, heads, changes, splices });
    // What is longer is a change of its own, and on its way to the disk as such.
    if (slip === null || slip.length <= slipBytesMax) store?.put(slip);
    if (!isDurable) secure();
  }

  if (found !== null) takeIn(options, found);
  // What was found stays where it is until what came of it is on the disk.
  secure(() => {
    if (found !== null && putAtMs === 0) store.put(null);
  });

  return {
    note: () => {
      const restMs = putAtMs + slipEveryMs - clock.now();
      if (restMs <= 0) put();
      else cancel ??= clock.after(restMs, put);
    },
    close: () => {
      cancel?.();
      cancel = null;
    },
  };
}

function takeIn({ A, keeping, branches, signers }: SlipOptions, bytes: Uint8Array): void {
  const slip = readSlip(bytes);
  if (slip === null) return;
  const { actor, at, heads, changes, splices } = slip;
  if (changes.length > 0) {
    const before = A.getHeads(keeping.current());
    try {
      keeping.merge([changes]);
    } catch {
      // reason: the text without it is still the text.
      return;
    }
    const last = A.getChangesMetaSince(keeping.current(), before).findLast((change) => change.actor === actor);
    if (last !== undefined) signers.vouch(actor, { seq: last.seq, change: last.hash }, null);
  }
  const base = [...heads];
  if (splices.length === 0 || !A.hasHeads(keeping.current(), base)) return;
  // All that an actor writes comes after what waited: with any of it, that is in the history.
  if (A.getChangesMetaSince(keeping.current(), base).some((change) => change.actor === actor)) return;
  const own = bytesToHex(hash128("sovereign/artifact-slip/v1", bytes));
  const branch = branches.commit(base, own, at, splices);
  if (branch === null) return;
  keeping.merge([branch.changes]);
  signers.vouch(own, { seq: 1, change: branch.head }, null);
}

export function encodeSlip({ actor, at, heads, changes, splices }: SlipContent): Uint8Array {
  const writer = createWriter().u8(VERSION).text(actor).u64(at).u8(heads.length);
  for (const head of heads) writer.fixed(hexToBytes(head) ?? NOTHING);
  writer.long(changes).u16(splices.length);
  for (const { at: place, del, text } of splices) writer.u32(place).u32(del).long(utf8ToBytes(text));
  return writer.finish();
}

/** `null`: another version's, or none at all. */
export function readSlip(bytes: Uint8Array): SlipContent | null {
  try {
    const reader = createReader(bytes);
    if (reader.u8() !== VERSION) return null;
    const [actor, at, count] = [reader.text(), reader.u64(), reader.u8()];
    if (count > artifactHeadsMax) return null;
    const heads = Array.from({ length: count }, () => bytesToHex(reader.fixed(HASH_BYTES)));
    const changes = reader.long(slipBytesMax);
    const splices = Array.from({ length: reader.u16() }, () => ({
      at: reader.u32(),
      del: reader.u32(),
      text: reader.longText(slipBytesMax),
    }));
    reader.end();
    return { actor, at, heads, changes, splices };
  } catch (error) {
    if (error instanceof CryptoError) return null;
    throw error;
  }
}
