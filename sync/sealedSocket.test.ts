import { afterEach, describe, expect, it } from "vitest";
import { WebsocketProvider } from "y-websocket";
import { Awareness, encodeAwarenessUpdate } from "y-protocols/awareness";
import * as Y from "yjs";
import { createSealedSocket, type SealedSocket } from "./sealedSocket.ts";
import { createManualClock, drainMicrotasks, type ManualClock } from "./testing/manualClock.ts";

interface Wired {
  readonly doc: Y.Doc;
  readonly socket: SealedSocket;
  readonly provider: WebsocketProvider;
  readonly updates: Uint8Array[];
  readonly presence: Uint8Array[];
  /** How often the provider had handed over all that was typed between two sockets. */
  readonly handedOver: () => number;
  readonly clock: ManualClock;
}

const open: Wired[] = [];

async function wire(before: (socket: SealedSocket) => void = () => {}): Promise<Wired> {
  const clock = createManualClock();
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  const presence: Uint8Array[] = [];
  let handedOver = 0;
  const socket = createSealedSocket(clock, {
    onUpdate: (update) => updates.push(update),
    onPresence: (update) => presence.push(update),
    onHandedOver: () => {
      handedOver += 1;
    },
  });
  before(socket);
  const awareness = new Awareness(doc);
  awareness.setLocalState(null);
  const provider = new WebsocketProvider("wss://sealed", "doc", doc, {
    WebSocketPolyfill: socket.WebSocketPolyfill,
    awareness,
    disableBc: true,
    resyncInterval: -1,
  });
  await drainMicrotasks();
  const wired = { doc, socket, provider, updates, presence, handedOver: () => handedOver, clock };
  open.push(wired);
  return wired;
}

afterEach(() => {
  for (const { provider, doc } of open.splice(0)) {
    provider.destroy();
    doc.destroy();
  }
});

const updateOf = (change: (doc: Y.Doc) => void): Uint8Array => {
  const doc = new Y.Doc();
  change(doc);
  return Y.encodeStateAsUpdate(doc);
};

describe("the sealed socket under unmodified y-websocket", () => {
  it("SS2 opens at once with what the journal holds, and sends nothing back", async () => {
    const held = updateOf((doc) => doc.getText("t").insert(0, "from the journal"));
    const { doc, provider, updates } = await wire((socket) => socket.deliver(held));
    expect(provider.synced).toBe(true);
    expect(doc.getText("t").toString()).toBe("from the journal");
    expect(updates).toEqual([]);
  });

  it("SS4 each local change comes out once, and what comes in is not echoed", async () => {
    const { doc, socket, updates } = await wire();
    doc.getText("t").insert(0, "a");
    doc.getText("t").delete(0, 1);
    expect(updates).toHaveLength(2);
    socket.deliver(updateOf((other) => other.getText("t").insert(0, "b")));
    expect(doc.getText("t").toString()).toBe("b");
    expect(updates).toHaveLength(2);
  });

  it("SS3 a provider that reconnects sends only what was typed in between, and gets what came in between", async () => {
    const { doc, socket, provider, updates } = await wire();
    doc.getText("t").insert(0, "before");
    provider.disconnect();
    doc.getText("t").insert(0, "meanwhile ");
    socket.deliver(updateOf((other) => other.getText("u").insert(0, "from elsewhere")));
    expect(updates).toHaveLength(1);
    provider.connect();
    await drainMicrotasks();
    expect(updates).toHaveLength(2);
    expect(doc.getText("u").toString()).toBe("from elsewhere");
    for (let turn = 0; turn < 3; turn++) {
      provider.disconnect();
      provider.connect();
      await drainMicrotasks();
    }
    expect(updates).toHaveLength(2);
    const copy = new Y.Doc();
    for (const update of updates) Y.applyUpdate(copy, update);
    expect(copy.getText("t").toString()).toBe("meanwhile before");
  });

  it("SS6 says when all that was typed between two sockets is handed over, also when none of it is news", async () => {
    const { doc, socket, provider, updates, handedOver } = await wire();
    doc.getMap("m").set("waiting", true);
    const [typed] = updates;
    const other = new Y.Doc();
    Y.applyUpdate(other, typed ?? new Uint8Array());
    provider.disconnect();
    const before = handedOver();
    // Both devices take the same thing out.
    doc.getMap("m").delete("waiting");
    other.getMap("m").delete("waiting");
    socket.deliver(Y.encodeStateAsUpdate(other));
    provider.connect();
    await drainMicrotasks();
    expect(updates).toHaveLength(1);
    expect(handedOver()).toBe(before + 1);
  });

  it("SS5 an idle socket still says something, so that the provider keeps it", async () => {
    const { provider, clock } = await wire();
    let heard = 0;
    const handler = provider.messageHandlers[1];
    provider.messageHandlers[1] = (...message: Parameters<NonNullable<typeof handler>>) => {
      heard += 1;
      handler?.(...message);
    };
    await clock.advance(60_000);
    expect(heard).toBe(6);
    expect(provider.wsconnected).toBe(true);
  });

  it("PS2 presence goes out and comes in by itself", async () => {
    const [a, b] = [await wire(), await wire()];
    a.provider.awareness.setLocalState({ caret: 3 });
    expect(a.presence).toHaveLength(1);
    expect(a.updates).toEqual([]);
    b.socket.deliverPresence(a.presence[0] ?? new Uint8Array(0));
    expect(b.provider.awareness.getStates().get(a.doc.clientID)).toEqual({ caret: 3 });
  });

  it("PS5 what a member seals as presence and is none, or is of a session that is over, changes nothing and stops nothing", async () => {
    const [a, b] = [await wire(), await wire()];
    a.provider.awareness.setLocalState({ caret: 3 });
    a.provider.awareness.setLocalState({ caret: 4 });
    const [older, newer] = a.presence as [Uint8Array, Uint8Array];
    b.socket.deliverPresence(newer);
    const states = (): unknown[] => [...b.provider.awareness.getStates().values()];
    for (const length of [0, 1, 2, newer.length - 1]) b.socket.deliverPresence(newer.subarray(0, length));
    b.socket.deliverPresence(new Uint8Array(500).fill(255));
    // A relay repeats what was said before.
    b.socket.deliverPresence(older);
    expect(states()).toEqual([{ caret: 4 }]);
    a.provider.awareness.setLocalState(null);
    b.socket.deliverPresence(a.presence.at(-1)!);
    b.socket.deliverPresence(newer);
    expect(states()).toEqual([]);
    b.socket.deliver(updateOf((doc) => doc.getText("t").insert(0, "on it goes")));
    expect(b.doc.getText("t").toString()).toBe("on it goes");
  });

  it("PS5 nobody takes away what this device says of itself", async () => {
    const [a, b] = [await wire(), await wire()];
    b.provider.awareness.setLocalState({ caret: 1 });
    const forged = new Awareness(a.doc);
    forged.clientID = b.doc.clientID;
    forged.setLocalState({ caret: 9 });
    forged.setLocalState(null);
    forged.setLocalState(null);
    b.socket.deliverPresence(
      encodeAwarenessUpdate(forged, [b.doc.clientID], new Map([[b.doc.clientID, null as never]])),
    );
    expect(b.provider.awareness.getLocalState()).toEqual({ caret: 1 });
    forged.destroy();
  });

  it("refuses to deliver bytes that are no update, before the doc sees them", async () => {
    const { doc, socket } = await wire();
    expect(() => socket.deliver(new Uint8Array([9, 9, 9, 9]))).toThrow(Error);
    expect(doc.getText("t").toString()).toBe("");
  });
});
