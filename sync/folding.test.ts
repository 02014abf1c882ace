import { expect, it } from "vitest";
import * as Y from "yjs";
import { readRoster } from "#crypto/roster.ts";
import { openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import { createFolding } from "./folding.ts";
import type { Journal } from "./journal.ts";
import { coveredHashesKept, inFlightMax, placeDelayMs } from "./limits.ts";
import { createOwnEnvelopes } from "./ownEnvelopes.ts";
import { decodePlace } from "./roomBase.ts";
import { createRoomState, type RoomState } from "./roomState.ts";
import { createManualClock } from "./testing/manualClock.ts";
import { createTestMembers } from "./testing/testMembers.ts";

it("OB11 the place is noted after a while, and at once after as many acknowledgements as may be under way", async () => {
  const { doc, here, entries } = createTestMembers();
  const vaultKeys = openRosterVaultKeys(entries, here);
  let state: RoomState = createRoomState({ doc, device: here.id, roster: readRoster(entries), vaultKeys });
  const noted: number[] = [];
  const clock = createManualClock();
  const folding = createFolding({
    clock,
    journal: { place: null, setPlace: (place) => noted.push(decodePlace(place).acked) } as Partial<Journal> as Journal,
    own: createOwnEnvelopes(here.id, () => []),
    yDoc: new Y.Doc(),
    state: () => state,
    isOpen: () => true,
    sealAll: () => true,
    isIdle: () => true,
    onFolded: () => {},
  });
  const acknowledge = (acked: number): void => {
    state = { ...state, outbox: { sealed: 1_000, committed: 1_000, sent: acked, acked } };
    folding.notePlaceSoon();
  };
  for (let acked = 1; acked < inFlightMax; acked++) acknowledge(acked);
  expect(noted).toEqual([]);
  acknowledge(inFlightMax);
  expect(noted).toEqual([inFlightMax]);
  acknowledge(inFlightMax + 1);
  await clock.advance(placeDelayMs);
  expect(noted).toEqual([inFlightMax, inFlightMax + 1]);
  acknowledge(500);
  expect(noted.at(-1)).toBe(500);
  expect(coveredHashesKept, "under way, not noted, and noted but not on the disk").toBe(3 * inFlightMax);
});
