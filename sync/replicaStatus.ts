/** What a room's state says about a doc, to people and to other devices. */
import type { AuthorId } from "#crypto/ids.ts";
import { canWrite, type Roster } from "#crypto/roster.ts";
import { pendingCount } from "./outbox.ts";
import type { RoomState } from "./roomState.ts";
import { createAlarm, type DocStatus, type SetAside } from "./status.ts";

export interface ReplicaMoment {
  readonly isLinked: boolean;
  readonly isCaughtUp: boolean;
  /** Changes that are in no envelope yet. */
  readonly unsealed: number;
  readonly setAside: readonly SetAside[];
  /** What this device's own storage has to say; `null`: nothing. */
  readonly storage: "UNSTORED" | "TAKEN" | null;
}

export function statusOf(
  state: RoomState,
  { isLinked, isCaughtUp, unsealed, setAside, storage }: ReplicaMoment,
): DocStatus {
  const { doc, isQuarantined, outbox } = state;
  // What is in memory alone is the first thing to be told of.
  const alarm = storage === "UNSTORED" ? storage : (state.alarm ?? storage);
  return {
    phase: isQuarantined ? "quarantine" : !isLinked ? "local" : isCaughtUp ? "live" : "catchingUp",
    pending: pendingCount(outbox),
    unsaved: unsealed + outbox.sealed - outbox.committed,
    onDevices: otherDevices(state).filter((id) => outbox.sealed > 0 && holdsOurs(state, id)),
    setAside,
    alarm: alarm === null ? null : createAlarm(alarm, doc),
  };
}

/** Active devices of the roster that have not said that they hold all of this device's chain. */
export function devicesWithout(state: RoomState): readonly AuthorId[] {
  return otherDevices(state).filter((id) => !holdsOurs(state, id));
}

/** How far devices' chains are held here. */
export function tipsOfDevices({ chains, roster }: RoomState): ReadonlyMap<AuthorId, number> {
  const ofDevices = [...chains].filter(([author]) => roster.members.get(author)?.role === "device");
  return new Map(ofDevices.map(([author, { counter }]) => [author, counter]));
}

export function countRemoved({ members }: Roster): number {
  return [...members.values()].filter(({ removedSeq }) => removedSeq !== null).length;
}

/** Active devices of the roster but this one. */
export function otherDevices({ roster, device }: Pick<RoomState, "roster" | "device">): readonly AuthorId[] {
  return [...roster.members.keys()].filter((id) => id !== device && canWrite(roster, id));
}

function holdsOurs({ receipts, outbox }: RoomState, device: AuthorId): boolean {
  return (receipts.get(device) ?? 0) >= outbox.sealed;
}
