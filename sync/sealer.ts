/** Making this device's next envelope of a doc: everything in its header follows from the room's state and the roster. */
import { hexToBytes } from "#crypto/bytes.ts";
import type { DeviceKeys } from "#crypto/device.ts";
import { createDocKey, sealRekey } from "#crypto/docKeys.ts";
import { sealEnvelope } from "#crypto/envelope.ts";
import { NO_PREV, ROSTER_HEAD_BYTES, type EnvelopeHeader, type EnvelopeKind } from "#crypto/envelopeHeader.ts";
import type { Random } from "#crypto/random.ts";
import { VaultError } from "./errors.ts";
import { endsToSay, sideKeys, writingKey } from "./rekey.ts";
import type { RoomState } from "./roomState.ts";

export interface Sealer {
  readonly keys: DeviceKeys;
  readonly random: Random;
}

/** Throws `VaultError("unknown-doc")` before the log's REKEY arrived. */
export function sealNext(
  { keys, random }: Sealer,
  state: RoomState,
  kind: EnvelopeKind,
  clear: Uint8Array,
  body: Uint8Array,
): Uint8Array {
  const key = writingKey(state);
  if (key === null) throw new VaultError("unknown-doc", "no doc key yet");
  const { epoch, docKey } = key;
  return sealEnvelope({ ...nextHeader(state, epoch), kind, clear, body, docKey, signingKey: keys.sign, random });
}

/** RK1: a new epoch under the roster's newest vault key, which holds every older key that no other REKEY holds. */
export function sealRekeyNext({ keys, random }: Sealer, state: RoomState): Uint8Array {
  const { generation } = state.roster;
  const vaultKey = state.vaultKeys.get(generation);
  const current = writingKey(state);
  if (vaultKey === undefined || current === null) throw new VaultError("locked", "no key to go on from");
  return sealRekey({
    ...nextHeader(state, current.epoch + 1),
    generation,
    docKey: createDocKey(random),
    vaultKey,
    previousDocKey: current.docKey,
    sideKeys: sideKeys(state),
    ends: endsToSay(state),
    signingKey: keys.sign,
    random,
  });
}

/** The first envelope of a doc that begins on this device: its first key, wrapped for the vault. */
export function sealFirst({ keys, random }: Sealer, state: RoomState): Uint8Array {
  const { generation } = state.roster;
  const vaultKey = state.vaultKeys.get(generation);
  if (vaultKey === undefined) throw new VaultError("locked", "no vault key of the roster's generation");
  const docKey = createDocKey(random);
  const ends = endsToSay(state);
  const rekey = { generation, docKey, vaultKey, previousDocKey: null, ends, signingKey: keys.sign, random };
  return sealRekey({ ...nextHeader(state, 1), ...rekey });
}

function nextHeader({ doc, device, roster, chains }: RoomState, epoch: number): Omit<EnvelopeHeader, "kind" | "clear"> {
  const chain = chains.get(device);
  const last = chain?.hashes.at(-1);
  return {
    doc,
    epoch,
    author: device,
    counter: (chain?.counter ?? 0) + 1,
    prev: (last === undefined ? null : hexToBytes(last)) ?? NO_PREV,
    rosterSeq: roster.seq,
    rosterHead: roster.head.slice(0, ROSTER_HEAD_BYTES),
  };
}
