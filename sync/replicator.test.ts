import { describe, expect, it } from "vitest";
import { docIdFromBytes, type DocId } from "#crypto/ids.ts";
import { replicateAtOnce } from "./limits.ts";
import { createReplicator, type ReplicatorOptions } from "./replicator.ts";
import { createManualClock, drainMicrotasks } from "./testing/manualClock.ts";

const idOf = (at: number): DocId =>
  docIdFromBytes(Uint8Array.from({ length: 16 }, (_, place) => (place < 2 ? at >> (8 * place) : 7)));

/** A catalog of so many docs, each of which is read to its end when the test says so. */
function createScene(count: number) {
  const clock = createManualClock();
  const ids = Array.from({ length: count }, (_, at) => idOf(at));
  const listeners = new Map<DocId, () => void>();
  const reading = new Set<DocId>();
  const read: DocId[] = [];
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
  };
  const replicator = createReplicator({
    clock,
    catalog: {
      docs: () => {
        listed += 1;
        return ids.map((id) => ({ id }));
      },
      waiting: () => [],
      observe: () => () => {},
    },
    docs: docs as unknown as ReplicatorOptions["docs"],
    connection: {} as ReplicatorOptions["connection"],
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
  return { clock, replicator, reading, read, finish, listed: () => listed, most: () => most };
}

describe("replication in the background", () => {
  it("BG1 reads a few docs at once, each as soon as one before it is whole, and lists the catalog once", async () => {
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

  it("BG1 one that does not get to its end holds nobody up, and has another turn", async () => {
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
});
