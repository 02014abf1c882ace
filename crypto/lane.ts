/**
 * Making a lane. The host does: a device that made the key could forge the host's words. Its identity certifies the lane, so
 * that a lane is good for one run of one doc in one life of the agent. What others read of it is in laneHeader.ts.
 */
import { authorIdOf, sign, signingKeyFromSeed, type DeviceKeys, type SigningKey } from "./device.ts";
import type { AuthorId, BootId, DocId, RunId } from "./ids.ts";
import { encodeAccept, LANE_LABEL, laneClientId, laneMessage } from "./laneHeader.ts";
import type { Random } from "./random.ts";
import { KEY_BYTES } from "./sodium.ts";

export interface Lane {
  readonly id: AuthorId;
  readonly signingKey: SigningKey;
  /** The clear part of its ACCEPT. */
  readonly acceptClear: Uint8Array;
  /** The only Yjs client it may write as. */
  readonly clientId: number;
}

export function createLane(lane: {
  readonly run: RunId;
  readonly doc: DocId;
  readonly host: DeviceKeys;
  readonly boot: BootId;
  readonly random: Random;
}): Lane {
  const { run, doc, host, boot, random } = lane;
  const signingKey = signingKeyFromSeed(random(KEY_BYTES));
  const laneKey = signingKey.publicKey;
  const id = authorIdOf(laneKey);
  const signature = sign(LANE_LABEL, laneMessage(run, doc, laneKey, boot), host.sign);
  const acceptClear = encodeAccept({ run, laneKey, host: host.id, boot, signature });
  return { id, signingKey, acceptClear, clientId: laneClientId(run, id) };
}
