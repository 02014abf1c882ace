import { describe, expect, it } from "vitest";
import { docIdFromBytes, type DocId, type RunId } from "#crypto/ids.ts";
import type { Subscriber } from "./connection.ts";
import { replicateAtOnce, replicateSealedAtOnce, storedTogetherMax, storeDelayMs } from "./limits.ts";
import { createReplicator, type ReplicatorOptions } from "./replicator.ts";
import type { SealedOutcome, SealedReading } from "./sealedReading.ts";
import { createManualClock, drainMicrotasks } from "./testing/manualClock.ts";

const idOf = (at: number): DocId =>
  docIdFromBytes(Uint8Array.from({ length: 16 }, (_, place) => (place < 2 ? at >> (8 * place) : 7)));

type How = SealedOutcome["kind"];
const watch = { repeat: () => {}, isUnderWay: false, leave: () => {} };

/** A log that takes a document at once. */
const takesDocument = (): SealedReading => ({
  outcome: Promise.resolve({ kind: "document" as const }),
  stop: () => Promise.resolve(),
});

/** A catalog of so many docs, each of which is read to its end when the test says so. */
function createScene(
  count: number,
  readSealed: ReplicatorOptions["readSealed"] = takesDocument,
  waiting: DocId[] = [],
) {
  const clock = createManualClock();
  const ids = Array.from({ length: count }, (_, at) => idOf(at));
  const listeners = new Map<DocId, () => void>();
  const reading = new Set<DocId>();
  const read: DocId[] = [];
  const whole: DocId[] = [];
  const inUse = new Set<DocId>();
  const subscribers = new Map<DocId, Subscriber>();
  let observer: () => void = () => {};
  let listed = 0;
  let most = 0;
  const replica = (doc: DocId) => ({
    status: () => ({ phase: reading.has(doc) ? "catchingUp" : "live", pending: 0, unsaved: 0 }),
  });
  const docs = {
    retain: async (doc: DocId) => {
      reading.add(doc);
      most = Math.max(most, reading.size);
      return { replica: replica(doc) };
    },
    release: (doc: DocId) => void read.push(doc),
    get: () => null,
    isFree: () => true,
  };
  const replicator = createReplicator({
    clock,
    catalog: {
      isDestroyed: () => false,
      docs: () => {
        listed += 1;
        return ids.map((id) => ({ id }));
      },
      waiting: () => waiting.map((chat) => ({ chat, run: "00".repeat(16) as RunId })),
      observe: (listener) => {
        observer = listener;
        return () => {};
      },
    },
    docs: docs as unknown as ReplicatorOptions["docs"],
    connection: {
      subscribe: (doc: DocId, subscriber: Subscriber) => {
        subscribers.set(doc, subscriber);
        return watch;
      },
    } as unknown as ReplicatorOptions["connection"],
    readSealed,
    isInUse: (doc) => inUse.has(doc),
    onWhole: (doc) => void whole.push(doc),
    onCurrent: () => {},
    subscribeDoc: (doc, listener) => {
      listeners.set(doc, listener);
      return () => void listeners.delete(doc);
    },
    isLive: () => true,
  });
  const finish = (doc: DocId): void => {
    reading.delete(doc);
    listeners.get(doc)?.();
  };
  const catalogMoves = (): void => observer();
  return {
    ...{ clock, replicator, ids, inUse, whole, reading, read, finish, subscribers, catalogMoves },
    listed: () => listed,
    most: () => most,
  };
}

describe("replication in the background", () => {
  it("BG3 opens a few docs at once, each as soon as one before it is whole, and lists the catalog once", async () => {
    const scene = createScene(500);
    scene.replicator.check();
    await drainMicrotasks();
    expect(scene.reading.size).toBe(replicateAtOnce);
    while (scene.reading.size > 0) {
      for (const doc of scene.reading) scene.finish(doc);
      await drainMicrotasks();
    }
    // Not a look by the clock in all of that.
    expect(scene.clock.now()).toBe(createManualClock().now());
    expect(new Set(scene.read).size).toBe(500);
    expect(scene.read).toHaveLength(500);
    expect([scene.most(), scene.listed()]).toEqual([replicateAtOnce, 1]);
    scene.replicator.close();
  });

  it("BG3 one that does not get to its end holds nobody up, and has another turn", async () => {
    const scene = createScene(20);
    scene.replicator.check();
    await drainMicrotasks();
    const [stuck] = scene.reading;
    if (stuck === undefined) throw new Error("none is read");
    for (let left = 19; left > 0;) {
      for (const doc of scene.reading) {
        if (doc === stuck) continue;
        scene.finish(doc);
        left -= 1;
      }
      await drainMicrotasks();
    }
    expect([...scene.reading]).toEqual([stuck]);
    await scene.clock.advance(30_000);
    scene.finish(stuck);
    await drainMicrotasks();
    expect(scene.read.filter((doc) => doc === stuck).length).toBeGreaterThan(1);
    scene.replicator.close();
  });

  it("BG1 reads many logs at once and opens no doc; what comes later gives one another turn", async () => {
    const logs = createLogs();
    const scene = createScene(500, logs.read);
    scene.replicator.check();
    expect(logs.open.size).toBe(replicateSealedAtOnce);
    while (logs.open.size > 0) {
      for (const doc of logs.open.keys()) logs.end(doc, "whole");
      await drainMicrotasks();
    }
    expect(new Set(logs.begun).size).toBe(500);
    expect([logs.begun.length, scene.whole.length, scene.listed(), scene.read.length]).toEqual([500, 500, 1, 0]);
    const [doc] = scene.ids;
    expect(scene.replicator.isWhole(doc!)).toBe(true);
    logs.news(doc!);
    expect(scene.replicator.isWhole(doc!)).toBe(false);
    expect([...logs.open.keys()]).toEqual([doc]);
    logs.end(doc!, "whole");
    await drainMicrotasks();
    expect(scene.replicator.isWhole(doc!)).toBe(true);
    expect(scene.read).toEqual([]);
    await scene.replicator.close();
  });

  it("BG1 what has been read is stored together: as soon as nothing else comes, or the first has waited", async () => {
    const logs = createLogs();
    const scene = createScene(replicateSealedAtOnce, logs.read);
    scene.replicator.check();
    const docs = [...logs.open.keys()];
    const stored: DocId[] = [];
    const store = (doc: DocId): void => void logs.turn(doc).then(() => stored.push(doc));
    for (const doc of docs.slice(0, storedTogetherMax - 1)) store(doc);
    await drainMicrotasks();
    expect(stored).toEqual([]);
    store(docs[storedTogetherMax - 1]!);
    await drainMicrotasks();
    expect(stored).toHaveLength(storedTogetherMax);
    store(docs[storedTogetherMax]!);
    await drainMicrotasks();
    expect(stored).toHaveLength(storedTogetherMax);
    await scene.clock.advance(storeDelayMs);
    expect(stored).toHaveLength(storedTogetherMax + 1);
    // The last of all waits for nobody.
    store(docs.at(-1)!);
    for (const doc of docs.slice(0, -1)) logs.end(doc, "whole");
    await drainMicrotasks();
    expect(stored).toHaveLength(storedTogetherMax + 2);
    logs.end(docs.at(-1)!, "whole");
    await scene.replicator.close();
  });

  it("BG3 a chat whose question waits is opened, and so is one that was just used, and one whose log takes a document", async () => {
    const logs = createLogs();
    const scene = createScene(4, logs.read, [idOf(1)]);
    const [first, asked, used, last] = scene.ids;
    scene.inUse.add(used!);
    scene.replicator.check();
    expect(logs.begun).toEqual([first, asked, last]);
    logs.end(first!, "whole");
    logs.end(asked!, "whole");
    logs.end(last!, "document");
    await drainMicrotasks();
    const opened = new Set([asked, used, last]);
    expect(new Set(scene.reading)).toEqual(opened);
    for (const doc of scene.reading) scene.finish(doc);
    await drainMicrotasks();
    expect(new Set(scene.read)).toEqual(opened);
    expect(scene.whole).toEqual([first, asked]);
    await scene.replicator.close();
  });

  it("BG3 a log that could not be stored is opened, which tells of it and tries again", async () => {
    const logs = createLogs();
    const scene = createScene(2, logs.read);
    scene.replicator.check();
    const [failed, other] = scene.ids;
    logs.fail(failed!);
    logs.end(other!, "whole");
    await drainMicrotasks();
    expect([...scene.reading]).toEqual([failed]);
    expect(scene.replicator.isWhole(failed!)).toBe(false);
    scene.finish(failed!);
    await scene.replicator.close();
  });

  it("BG3 a chat that the catalog says only later to be in use is opened then, once", async () => {
    const logs = createLogs();
    const scene = createScene(2, logs.read);
    scene.replicator.check();
    const [used, other] = scene.ids;
    logs.end(used!, "whole");
    logs.end(other!, "whole");
    await drainMicrotasks();
    expect(scene.reading.size).toBe(0);
    // Another device asked something in it today; this one's catalog was of yesterday.
    scene.inUse.add(used!);
    scene.catalogMoves();
    await drainMicrotasks();
    expect([...scene.reading]).toEqual([used]);
    scene.finish(used!);
    await drainMicrotasks();
    scene.catalogMoves();
    await drainMicrotasks();
    expect([scene.read, scene.reading.size]).toEqual([[used], 0]);
    await scene.replicator.close();
  });

  it("BG6 a doc that is closed counts as whole when its log was read to its end, and again on each link once that says so", async () => {
    const scene = createScene(0);
    const [live, behind] = [idOf(1), idOf(2)];
    scene.replicator.noteClosed(live, { cursor: 4, mark: null, isLive: true });
    scene.replicator.noteClosed(behind, { cursor: 4, mark: null, isLive: false });
    const whole = (): boolean[] => [live, behind].map((doc) => scene.replicator.isWhole(doc));
    const say = (doc: DocId, head: number, ...seqs: number[]): void =>
      scene.subscribers.get(doc)!.onEntries(
        seqs.map((seq) => ({ seq, envelope: new Uint8Array(0) })),
        head,
        false,
        { from: null, to: null },
      );
    expect(whole()).toEqual([true, false]);
    say(behind, 4);
    expect(whole()).toEqual([true, true]);
    for (const subscriber of scene.subscribers.values()) subscriber.onLost?.();
    expect(whole()).toEqual([false, false]);
    say(live, 4);
    say(behind, 5, 5);
    expect(whole()).toEqual([true, false]);
    await scene.replicator.close();
  });

  it("BG1 a log whose doc somebody opens is let go of, and one that was cut off is read again", async () => {
    const logs = createLogs();
    const scene = createScene(2, logs.read);
    scene.replicator.check();
    const [opened, other] = scene.ids;
    const free = scene.replicator.letGo(opened!);
    expect(logs.stopped).toEqual([opened]);
    logs.end(opened!, "stopped");
    await free;
    logs.end(other!, "stopped");
    await drainMicrotasks();
    expect(logs.open.size).toBe(0);
    await scene.clock.advance(1_000);
    expect(logs.open.has(other!)).toBe(true);
    for (const doc of logs.open.keys()) logs.end(doc, "whole");
    await scene.replicator.close();
  });
});

/** Logs that come to their ends when the test says so. */
function createLogs() {
  const open = new Map<DocId, PromiseWithResolvers<SealedOutcome>>();
  const turns = new Map<DocId, Parameters<ReplicatorOptions["readSealed"]>[1]>();
  const begun: DocId[] = [];
  const stopped: DocId[] = [];
  const whole = { kind: "whole", watch, tips: new Map(), unconfirmed: 0, hasNews: false } as const;
  return {
    open,
    begun,
    stopped,
    read: (doc: DocId, of: Parameters<ReplicatorOptions["readSealed"]>[1]): SealedReading => {
      const over = Promise.withResolvers<SealedOutcome>();
      open.set(doc, over);
      turns.set(doc, of);
      begun.push(doc);
      return {
        outcome: over.promise,
        stop: async () => {
          stopped.push(doc);
          await over.promise;
        },
      };
    },
    end: (doc: DocId, how: How) => {
      const over = open.get(doc);
      open.delete(doc);
      over?.resolve(how === "whole" ? whole : { kind: how });
    },
    fail: (doc: DocId) => {
      open.get(doc)?.reject(new Error("the disk is full"));
      open.delete(doc);
    },
    news: (doc: DocId) => turns.get(doc)?.watching.onNews(),
    turn: (doc: DocId) => turns.get(doc)!.storingTurn(),
  };
}
