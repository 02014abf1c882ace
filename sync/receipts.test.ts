import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { parseEnvelope } from "#crypto/envelopeHeader.ts";
import { authorIdFromBytes, docIdFromBytes, type DocId } from "#crypto/ids.ts";
import type { DeviceCache } from "./deviceCache.ts";
import { receiptDelayMs, receiptItemsMax, rememberedReceiptsMax } from "./limits.ts";
import { decodeReceiptMemory, encodeReceiptMemory } from "./receiptMemory.ts";
import { createReceipts, decodeReceipts, encodeReceipts, type Receipt } from "./receipts.ts";
import { createManualClock } from "./testing/manualClock.ts";
import { addTestDevice, sleep, until } from "./testing/testDevice.ts";
import { createTestWorld, untilSettled } from "./testing/testWorld.ts";
import type { MemoryRelay } from "./testing/memoryRelay.ts";
import { createVaultReceipts } from "./vaultReceipts.ts";

const doc = docIdFromBytes(new Uint8Array(16).fill(1));
const [here, there] = [2, 3].map((byte) => authorIdFromBytes(new Uint8Array(16).fill(byte))) as [
  Receipt["author"],
  Receipt["author"],
];
const lane = authorIdFromBytes(new Uint8Array(16).fill(4));
const hears = (author: Receipt["author"]): boolean => author === there;
const receiptsIn = (relay: MemoryRelay): number =>
  relay.received.filter((frame) => frame.type === "ephemeral" && parseEnvelope(frame.envelope).clear.length === 1)
    .length;

describe("receipts", () => {
  it("ON1 a message comes back from its bytes, and any other bytes are refused", () => {
    const message = { asks: true, items: [{ doc, author: here, counter: 7 }] };
    const bytes = encodeReceipts(message);
    expect(decodeReceipts(bytes)).toEqual(message);
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeReceipts(bytes.subarray(0, length))).toThrow(expect.objectContaining({ name: "CryptoError" }));
    const many = Array.from({ length: receiptItemsMax + 1 }, () => ({ doc, author: here, counter: 1 }));
    expect(() => decodeReceipts(encodeReceipts({ asks: false, items: many }))).toThrow(/receipts/);
  });

  it("ON2 however much moves, it is told once, and what was told is not told again", async () => {
    const clock = createManualClock();
    const sent: Uint8Array[] = [];
    const send = (body: Uint8Array): boolean => sent.push(body) > 0;
    const receipts = createReceipts({ clock, device: here, send, onReceipt: () => {}, hears });
    for (let counter = 1; counter <= 200; counter++) receipts.noteHeld(doc, new Map([[there, counter]]));
    await clock.advance(receiptDelayMs);
    expect(sent.map(decodeReceipts)).toEqual([{ asks: false, items: [{ doc, author: there, counter: 200 }] }]);
    receipts.noteHeld(doc, new Map([[there, 200]]));
    await clock.advance(10 * receiptDelayMs);
    expect(sent).toHaveLength(1);
  });

  it("ON2 of a lane's chain nothing is said, since nobody listens for it", async () => {
    const clock = createManualClock();
    const sent: Uint8Array[] = [];
    const send = (body: Uint8Array): boolean => sent.push(body) > 0;
    const receipts = createReceipts({ clock, device: here, send, onReceipt: () => {}, hears });
    for (let counter = 1; counter <= 40; counter++) {
      receipts.noteHeld(doc, new Map([[lane, counter]]));
      await clock.advance(receiptDelayMs);
    }
    expect(sent).toEqual([]);
    receipts.noteHeld(
      doc,
      new Map([
        [here, 3],
        [lane, 41],
        [there, 2],
      ]),
    );
    await clock.advance(receiptDelayMs);
    expect(sent.map(decodeReceipts)).toEqual([{ asks: false, items: [{ doc, author: there, counter: 2 }] }]);
    expect(receipts.memory().said).toEqual([{ doc, author: there, counter: 2 }]);
  });

  it("ON3 who asks is answered, once a link, and hostile bytes change nothing", async () => {
    const clock = createManualClock();
    const sent: Uint8Array[] = [];
    const heard: number[] = [];
    const receipts = createReceipts({
      clock,
      device: here,
      send: (body) => sent.push(body) > 0,
      onReceipt: (_doc, _by, counter) => heard.push(counter),
      hears,
    });
    receipts.noteHeld(doc, new Map([[there, 5]]));
    await clock.advance(receiptDelayMs);
    receipts.take(there, encodeReceipts({ asks: true, items: [{ doc, author: there, counter: 9 }] }));
    receipts.take(there, new Uint8Array([9, 9]));
    await clock.advance(receiptDelayMs);
    expect(decodeReceipts(sent[1]!)).toEqual({ asks: false, items: [{ doc, author: there, counter: 5 }] });
    receipts.take(there, encodeReceipts({ asks: false, items: [{ doc, author: here, counter: 4 }] }));
    expect(heard).toEqual([4]);
    for (let time = 0; time < 3; time++) receipts.noteUnconfirmed(doc, 6);
    await clock.advance(receiptDelayMs);
    receipts.noteUnconfirmed(doc, 6);
    await clock.advance(receiptDelayMs);
    expect(sent).toHaveLength(3);
  });

  it(
    "ON4 a doc is said to be on another device when that one has committed all of it, and not before",
    { timeout: 90_000 },
    async () => {
      const world = await createTestWorld();
      const { vault, relay } = world;
      await untilSettled(vault);
      const phone = await addTestDevice(relay, world.device);
      const id = await vault.createChat();
      const open = await vault.openChat(id);
      open.value.setDraft("only here and on the host");
      await untilSettled(vault);
      expect(vault.docStatus(id).onDevices).toEqual([]);
      const there = await phone.open();
      await until(() => vault.docStatus(id).onDevices.includes(there.deviceId), "the phone has it", 10_000);
      const before = receiptsIn(relay);
      open.value.setDraft("and one more word");
      expect(vault.docStatus(id).unsaved).toBeGreaterThan(0);
      await vault.flush();
      expect(vault.docStatus(id).onDevices).toEqual([]);
      await until(() => vault.docStatus(id).onDevices.includes(there.deviceId), "the phone has that, too", 10_000);
      expect(receiptsIn(relay) - before).toBeLessThanOrEqual(3);
      await vault.close();
      await there.close();
    },
  );

  it("ON5 what was said and heard in an earlier life is neither told nor asked for again", async () => {
    const clock = createManualClock();
    const rows = new Map<string, Uint8Array>();
    const cache = {
      get: async ([name = ""]: readonly string[]) => rows.get(name) ?? null,
      put: async ([name = ""]: readonly string[], value: Uint8Array) => void rows.set(name, value),
    };
    const [other, gone] = [5, 6].map((byte) => docIdFromBytes(new Uint8Array(16).fill(byte))) as [DocId, DocId];
    const live = () => {
      const sent: Uint8Array[] = [];
      const receipts = createVaultReceipts({
        ...{ clock, device: here, cache: cache as unknown as DeviceCache },
        send: (body) => sent.push(body) > 0,
        replicaOf: () => null,
        isKnown: (id) => id !== gone,
        others: () => [there],
      });
      return { receipts, sent };
    };
    const first = live();
    for (const id of [doc, other, gone]) {
      first.receipts.notes.noteWhole(id, {
        tips: new Map([
          [here, 3],
          [there, 7],
        ]),
        unconfirmed: 3,
      });
    }
    await sleep(50);
    await clock.advance(receiptDelayMs);
    expect(first.sent.map(decodeReceipts).map(({ asks, items }) => [asks, items.length])).toEqual([
      [false, 3],
      [true, 3],
    ]);
    const answer = [doc, gone].map((id) => ({ doc: id, author: here, counter: 3 }));
    first.receipts.take(there, encodeReceipts({ asks: false, items: answer }));
    expect([first.receipts.holdersOf(doc), first.receipts.holdersOf(other)]).toEqual([[there], []]);
    await sleep(50);
    await first.receipts.keep();
    first.receipts.close();
    const second = live();
    for (const id of [doc, other, gone]) {
      second.receipts.notes.noteWhole(id, {
        tips: new Map([
          [here, 3],
          [there, 7],
        ]),
        unconfirmed: 3,
      });
    }
    await sleep(50);
    await clock.advance(receiptDelayMs);
    // Of a doc that is not listed any more nothing was kept.
    expect(second.sent.map(decodeReceipts)).toEqual([
      { asks: false, items: [{ doc: gone, author: there, counter: 7 }] },
      {
        asks: true,
        items: [
          { doc: other, author: here, counter: 3 },
          { doc: gone, author: here, counter: 3 },
        ],
      },
    ]);
    expect(second.receipts.holdersOf(doc)).toEqual([there]);
    // One more word, and it is asked for again.
    second.receipts.restart();
    second.receipts.notes.noteWhole(doc, { tips: new Map([[here, 4]]), unconfirmed: 4 });
    await sleep(50);
    await clock.advance(receiptDelayMs);
    expect(decodeReceipts(second.sent.at(-1)!)).toEqual({ asks: true, items: [{ doc, author: here, counter: 4 }] });
  });

  it("ON3 a device that comes later than the question, and said it all before to nobody, is asked once more", async () => {
    const clock = createManualClock();
    const sent: Uint8Array[] = [];
    const send = (body: Uint8Array): boolean => sent.push(body) > 0;
    const receipts = createReceipts({ clock, device: here, send, onReceipt: () => {}, hears });
    const question = { asks: true, items: [{ doc, author: here, counter: 3 }] };
    receipts.noteUnconfirmed(doc, 3);
    await clock.advance(receiptDelayMs);
    for (let word = 0; word < 3; word++) {
      receipts.noteThere(there);
      await clock.advance(receiptDelayMs);
    }
    expect(sent.map(decodeReceipts)).toEqual([question, question]);
    // One that answers with its first word is not asked again.
    receipts.restart();
    receipts.noteUnconfirmed(doc, 3);
    await clock.advance(receiptDelayMs);
    receipts.take(there, encodeReceipts({ asks: false, items: [{ doc, author: here, counter: 3 }] }));
    receipts.noteThere(there);
    await clock.advance(receiptDelayMs);
    expect(sent).toHaveLength(3);
  });

  it("ON5 what a device said that was removed since is not counted as a place where a doc is kept", async () => {
    const clock = createManualClock();
    let others = [there];
    const receipts = createVaultReceipts({
      ...{ clock, device: here, send: () => true, replicaOf: () => null, isKnown: () => true, others: () => others },
      cache: { get: async () => null, put: async () => {} } as unknown as DeviceCache,
    });
    receipts.noteHeld(doc, new Map([[here, 3]]));
    receipts.take(there, encodeReceipts({ asks: false, items: [{ doc, author: here, counter: 3 }] }));
    expect(receipts.holdersOf(doc)).toEqual([there]);
    others = [];
    expect(receipts.holdersOf(doc)).toEqual([]);
    await receipts.keep();
  });

  it("ON5 what is remembered comes back from its bytes, and any other bytes are refused", () => {
    const memory = {
      heard: [{ doc, author: there, counter: 3 }],
      said: [
        { doc, author: there, counter: 7 },
        { doc, author: here, counter: 1 },
      ],
    };
    const bytes = encodeReceiptMemory(memory);
    expect(decodeReceiptMemory(bytes)).toEqual(memory);
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeReceiptMemory(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ name: "CryptoError" }),
      );
    const many = Array.from({ length: rememberedReceiptsMax + 1 }, (_, counter) => ({ doc, author: here, counter }));
    const { heard } = decodeReceiptMemory(encodeReceiptMemory({ heard: many, said: [] }));
    // The newest stay.
    expect([heard.length, heard.at(-1)?.counter]).toEqual([rememberedReceiptsMax, rememberedReceiptsMax]);
  });

  it("ON5 what was told is known after a restart", { timeout: 90_000 }, async () => {
    const world = await createTestWorld();
    const { vault, relay } = world;
    await untilSettled(vault);
    const phone = await (await addTestDevice(relay, world.device)).open();
    const id = await vault.createChat();
    const open = await vault.openChat(id);
    await untilSettled(vault);
    await until(() => vault.docStatus(id).onDevices.length === 1, "the phone has it", 10_000);
    open.close();
    await vault.close();
    await phone.close();
    relay.setOnline(false);
    const again = await world.device.open();
    await again.openChat(id);
    expect(again.docStatus(id).onDevices).toEqual([phone.deviceId]);
    await again.close();
  });
});

describe("background replication", () => {
  it(
    "BG1 a device that joins has every chat, without opening one, and shows them offline",
    { timeout: 90_000 },
    async () => {
      const world = await createTestWorld();
      const { vault, relay } = world;
      const ids: DocId[] = [];
      for (let index = 0; index < 5; index++) {
        const id = await vault.createChat();
        const open = await vault.openChat(id);
        open.value.setDraft(`text ${index}`);
        await vault.flush();
        open.close();
        ids.push(id);
      }
      await untilSettled(vault);
      const phone = await addTestDevice(relay, world.device);
      const there = await phone.open();
      await until(
        () => ids.every((id) => vault.docStatus(id).onDevices.length === 1),
        "the phone has committed all of them",
        15_000,
      );
      phone.kill();
      relay.setOnline(false);
      const offline = await phone.open();
      for (const [index, id] of ids.entries()) {
        const open = await offline.openChat(id);
        expect(open.value.draft.toString()).toBe(`text ${index}`);
      }
      expect(offline.status().link).not.toBe("live");
      phone.kill();
      void there;
      await vault.close();
    },
  );

  it("BG2 a chat that nobody has open gets what others write, without being opened", { timeout: 90_000 }, async () => {
    const world = await createTestWorld();
    const { vault, relay } = world;
    const id = await vault.createChat();
    await untilSettled(vault);
    const phone = await addTestDevice(relay, world.device);
    const there = await phone.open();
    await until(() => there.catalog.value.entry(id) !== null, "it is listed");
    await until(() => there.docStatus(id).phase === "live", "its turn", 10_000);
    const open = await vault.openChat(id);
    open.value.setDraft("written while the phone looks elsewhere");
    await untilSettled(vault);
    await until(() => vault.docStatus(id).onDevices.includes(there.deviceId), "the phone has it", 10_000);
    phone.kill();
    relay.setOnline(false);
    const offline = await phone.open();
    const again = await offline.openChat(id);
    expect(again.value.draft.toString()).toBe("written while the phone looks elsewhere");
    await sleep(0);
    phone.kill();
    await vault.close();
  });
});
