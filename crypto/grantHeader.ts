/**
 * The clear part of a GRANT envelope: what a relay must see to hand it to the right host in time.
 *
 *    0  16  run        16  16  host        32  16  boot
 *   48   8  not after  ms since 1970
 *   56   …  box        u16 length, crypto_box_seal bytes to the boot's box key (grant.ts)
 *
 * A waiting grant is for a host that is away: its boot is not known, so `boot` is zeros and the box is sealed to the host's own box
 * key. The clear part of a GRANT_END envelope is the run alone: what was lent for it is to be forgotten.
 */
import { createReader, createWriter } from "./codec.ts";
import {
  authorIdFromBytes,
  bootIdFromBytes,
  ID_BYTES,
  idToBytes,
  runIdFromBytes,
  type AuthorId,
  type BootId,
  type RunId,
} from "./ids.ts";
import { grantBoxBytesMax } from "./limits.ts";

/** In the place of a boot: whichever life of the host comes next. */
export const WAITING_BOOT: BootId = bootIdFromBytes(new Uint8Array(ID_BYTES));

export interface GrantClear {
  readonly run: RunId;
  readonly host: AuthorId;
  readonly boot: BootId;
  readonly notAfter: number;
  readonly box: Uint8Array;
}

export function grantClear(clear: GrantClear): Uint8Array {
  return createWriter()
    .fixed(idToBytes(clear.run))
    .fixed(idToBytes(clear.host))
    .fixed(idToBytes(clear.boot))
    .u64(clear.notAfter)
    .short(clear.box)
    .finish();
}

export function parseGrantClear(bytes: Uint8Array): GrantClear {
  const reader = createReader(bytes);
  const clear = {
    run: runIdFromBytes(reader.fixed(ID_BYTES)),
    host: authorIdFromBytes(reader.fixed(ID_BYTES)),
    boot: bootIdFromBytes(reader.fixed(ID_BYTES)),
    notAfter: reader.u64(),
    box: reader.short(grantBoxBytesMax),
  };
  reader.end();
  return clear;
}

export function grantEndClear(run: RunId): Uint8Array {
  return idToBytes(run);
}

export function parseGrantEndClear(bytes: Uint8Array): RunId {
  return runIdFromBytes(bytes);
}
