/** Opening live text: whose it is, and under which key. Rules LV1..LV3 of PROTOCOL.md. */
import { openLiveText, liveTextKey, type LiveText } from "#crypto/liveText.ts";
import type { AuthorId, RunId } from "#crypto/ids.ts";
import { liveTagOf } from "./frame.ts";
import { liveKeysTriedMax } from "./limits.ts";
import type { EpochKey } from "./rekey.ts";
import type { RoomState } from "./roomState.ts";

export interface LivePiece extends LiveText {
  readonly run: RunId;
}

interface LiveLane {
  readonly lane: AuthorId;
  readonly run: RunId;
  /** Of its newest frame. */
  counter: number;
  epochKey: EpochKey | null;
  key: Uint8Array;
}

/** Lanes that were heard, by tag. */
export type LiveLanes = Map<string, LiveLane>;

export function openLivePiece(
  state: RoomState,
  lanes: LiveLanes,
  frame: { readonly lane: string; readonly counter: number; readonly sealed: Uint8Array },
): LivePiece | null {
  const known = lanes.get(frame.lane) ?? findLane(state, lanes, frame.lane);
  if (known === undefined || state.isQuarantined) return null;
  // LV1: a lane that ended, or broke its rules, is not listened to.
  if (state.lanes.get(known.lane)?.state !== "open") return null;
  // LV2: each number once, and only upwards.
  if (frame.counter <= known.counter) return null;
  const opened = openWith(state, known, frame);
  if (opened === null) return null;
  known.counter = frame.counter;
  return { ...opened, run: known.run };
}

function findLane(state: RoomState, lanes: LiveLanes, tag: string): LiveLane | undefined {
  // Those that have ended say nothing more (LV1), and a chat may have thousands.
  for (const [heard, { lane }] of lanes) if (state.lanes.get(lane)?.state !== "open") lanes.delete(heard);
  for (const [lane, { run, state: standing }] of state.lanes) {
    if (standing !== "open" || liveTagOf(lane) !== tag) continue;
    const found = { lane, run, counter: 0, epochKey: null, key: new Uint8Array(0) };
    lanes.set(tag, found);
    return found;
  }
  return undefined;
}

/** LV3: under the newest keys of the roster's generation, no other; the one that opened the last is tried first. */
function openWith(
  state: RoomState,
  known: LiveLane,
  { counter, sealed }: { readonly counter: number; readonly sealed: Uint8Array },
): LiveText | null {
  const { generation } = state.roster;
  if (known.epochKey !== null && known.epochKey.generation >= generation) {
    const opened = openLiveText(sealed, counter, known.key);
    if (opened !== null) return opened;
  }
  const newest = state.epochKeys
    .filter((key) => key.generation >= generation)
    .toSorted((a, b) => b.epoch - a.epoch)
    .slice(0, liveKeysTriedMax);
  for (const epochKey of newest) {
    const key = liveTextKey(epochKey.docKey, known.lane);
    const opened = openLiveText(sealed, counter, key);
    if (opened === null) continue;
    known.epochKey = epochKey;
    known.key = key;
    return opened;
  }
  return null;
}
