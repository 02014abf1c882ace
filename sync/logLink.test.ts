import { describe, expect, it } from "vitest";
import { authorIdFromBytes, docIdFromBytes } from "#crypto/ids.ts";
import type { Subscriber } from "./connection.ts";
import { createDirectHub } from "./direct/directHub.ts";
import type { LogMark } from "./frame.ts";
import { createLogLink } from "./logLink.ts";
import { createOwnEnvelopes } from "./ownEnvelopes.ts";
import type { ReplicaContext } from "./replicaTypes.ts";
import type { RoomLoop } from "./roomLoop.ts";
import { createRoomState, type RoomBeginning, type RoomEvent } from "./roomState.ts";
import { createManualClock } from "./testing/manualClock.ts";

const doc = docIdFromBytes(new Uint8Array(16).fill(1));
const device = authorIdFromBytes(new Uint8Array(16).fill(2));
const mark = (seq: number): LogMark => ({ seq, hash: new Uint8Array(16).fill(seq) });

/** A doc that has read its log up to 3, and a link on which the test answers. */
function createScene() {
  const beginning = { doc, device, roster: { members: new Map() }, vaultKeys: new Map() } as unknown as RoomBeginning;
  const state = { ...createRoomState(beginning), cursor: 3, mark: mark(3) };
  const taken: number[][] = [];
  let ends = 0;
  let subscriber: Subscriber | null = null;
  const asked: number[] = [];
  const sub = (): void => {
    asked.push(subscriber!.cursor());
    subscriber!.onSent?.();
  };
  const loop = {
    state,
    dispatch: (event: RoomEvent) => {
      if (event.type === "entries") taken.push(event.entries.map(({ seq }) => seq));
    },
  } as unknown as RoomLoop;
  const connection = {
    subscribe: (_doc: unknown, next: Subscriber) => {
      subscriber = next;
      sub();
      return { repeat: sub, isUnderWay: false, leave: () => {} };
    },
  };
  const log = createLogLink({
    doc,
    context: { clock: createManualClock(), connection, direct: createDirectHub() } as unknown as ReplicaContext,
    loop,
    own: createOwnEnvelopes(device, () => []),
    journal: { entries: [] } as never,
    isClosed: () => false,
    onEntries: () => {},
    onEnd: () => (ends += 1),
    onLost: () => {},
  });
  log.begin();
  /** Entries behind `from`, and no more than those. */
  const page = (from: LogMark | null, ...seqs: number[]): void => {
    const entries = seqs.map((seq) => ({ seq, envelope: Uint8Array.of(1, 1) }));
    const last = seqs.at(-1) ?? from?.seq ?? 0;
    subscriber!.onEntries(entries, last, false, { from, to: mark(last) });
  };
  return { log, taken, asked, page, sub, ends: () => ends };
}

describe("a doc's log on a link", () => {
  it("BG4 what was on its way to whoever followed the log before is not taken for the answer", () => {
    const { log, taken, asked, page, ends } = createScene();
    expect(asked).toEqual([3]);
    // The watch had read up to 5; what lies between 3 and 5 has not come yet.
    page(mark(5), 6);
    expect([taken, ends(), log.isCaughtUp]).toEqual([[], 0, false]);
    page(mark(3), 4, 5, 6);
    expect([taken, ends(), log.isCaughtUp]).toEqual([[[4, 5, 6]], 1, true]);
  });

  it("CH5 once the answer has begun, a page with a gap before it is for the room to judge", () => {
    const { taken, page } = createScene();
    page(mark(3), 4);
    page(mark(9), 10);
    expect(taken).toEqual([[4], [10]]);
  });

  it("RB1 each time the log is asked for, and on each new link, it is that answer which counts", () => {
    const { log, taken, page, sub } = createScene();
    page(mark(3), 4);
    log.ask();
    page(mark(4), 5);
    page(mark(3), 4, 5);
    sub();
    page(mark(7), 8);
    page(mark(3), 4, 5, 6, 7, 8);
    expect(taken).toEqual([[4], [4, 5], [4, 5, 6, 7, 8]]);
  });

  it("RB1 an answer that begins before what was asked for, as of a relay that was restored, or without a mark, is one", () => {
    for (const from of [mark(2), null]) {
      const { taken, page } = createScene();
      page(from, 4);
      expect(taken).toEqual([[4]]);
    }
  });
});
