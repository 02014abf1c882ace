import { beforeEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { createBatch, type Batch, type BodyTurn } from "./batch.ts";
import { batchDelayMs, bodyBytesMax, retryAfterMs } from "./limits.ts";
import { createManualClock, type ManualClock } from "./testing/manualClock.ts";

describe("what was typed and is in no envelope yet", () => {
  let clock: ManualClock;
  let batch: Batch;
  let doc: Y.Doc;
  let sealed: Uint8Array[];
  let turns: { readonly body: Uint8Array; readonly turn: BodyTurn }[];
  let fails: boolean;
  let canSeal: boolean;

  beforeEach(() => {
    clock = createManualClock();
    doc = new Y.Doc();
    doc.on("update", (update: Uint8Array) => batch.add(update));
    sealed = [];
    turns = [];
    fails = false;
    canSeal = true;
    batch = createBatch({
      clock,
      canSeal: () => canSeal,
      sealBody: (body, turn) => {
        turns.push({ body, turn });
      },
    });
  });

  function takeTurns(): void {
    for (const { body, turn } of turns.splice(0)) {
      if (!turn.isWanted()) continue;
      if (fails) {
        turn.onFailed();
        continue;
      }
      sealed.push(body);
      turn.onSealed();
    }
  }
  const type = (text: string): void => doc.getText("draft").insert(doc.getText("draft").length, text);
  const arrived = (): string => {
    const there = new Y.Doc();
    for (const body of sealed) Y.applyUpdate(there, body);
    return there.getText("draft").toString();
  };

  it("BT1 what is typed within a moment travels together", async () => {
    for (const key of "hello") type(key);
    expect(turns).toEqual([]);
    await clock.advance(batchDelayMs);
    takeTurns();
    expect(sealed).toHaveLength(1);
    expect(arrived()).toBe("hello");
    expect(batch.size).toBe(0);
  });

  it("BT2 a change is unsaved until its envelope is made, and one that cannot be made loses nothing and is tried again", async () => {
    type("a");
    fails = true;
    batch.seal();
    expect(batch.size).toBe(1);
    takeTurns();
    type("b");
    expect(batch.size).toBe(2);
    expect(batch.changes).toHaveLength(2);
    batch.seal();
    takeTurns();
    expect(sealed).toEqual([]);
    fails = false;
    await clock.advance(retryAfterMs);
    takeTurns();
    expect(arrived()).toBe("ab");
    expect(batch.size).toBe(0);
  });

  it("BT2 one that had its turn twice is sealed once", async () => {
    type("a");
    batch.seal();
    batch.seal();
    takeTurns();
    expect(sealed).toHaveLength(1);
  });

  it("BT2 where nothing can be sealed it waits as it is", async () => {
    canSeal = false;
    type("a");
    await clock.advance(batchDelayMs);
    expect(batch).toMatchObject({ size: 1, isGathering: false });
    canSeal = true;
    batch.seal();
    takeTurns();
    expect(arrived()).toBe("a");
  });

  it("BT3 what is too long together goes in the pieces in which it was typed", async () => {
    const piece = "x".repeat(bodyBytesMax / 4);
    canSeal = false;
    for (let index = 0; index < 5; index++) type(piece);
    canSeal = true;
    batch.seal();
    takeTurns();
    expect(sealed).toHaveLength(5);
    expect(arrived()).toHaveLength(5 * piece.length);
  });
});
