import { beforeAll, expect, it } from "vitest";
import { Doc } from "yjs";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import type { DocId } from "#crypto/ids.ts";
import { sealRecord, signRecord, type RecordContent } from "#crypto/record.ts";
import { systemRandom } from "#crypto/random.ts";
import type { Roster } from "#crypto/roster.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createCatalog } from "./docs/catalog.ts";
import { createChat, type Chat } from "./docs/chat.ts";
import { createRecords } from "./records.ts";
import { systemClock } from "./systemClock.ts";
import { sleep, until } from "./testing/testDevice.ts";

beforeAll(() => sodiumReady);

const said: RecordContent = {
  tool: "Editor",
  key: "00000001",
  conversation: "",
  model: "m",
  at: 5_000,
  isWhole: true,
  turns: [
    { role: "user", text: "Hello" },
    { role: "assistant", text: "Hi." },
  ],
};

function start() {
  const [device, host, stranger] = [0, 1, 2].map(() => createDeviceKeys(systemRandom)) as [
    DeviceKeys,
    DeviceKeys,
    DeviceKeys,
  ];
  const member = ({ id, sign }: DeviceKeys, role: string) => [
    id,
    { id, role, signKey: sign.publicKey, removedSeq: null },
  ];
  const roster = { members: new Map([member(device, "device"), member(host, "host")] as never) } as unknown as Roster;
  const taken: [number, boolean][] = [];
  const chats = new Map<DocId, Chat>();
  const catalog = createCatalog(new Doc());
  const state = { isStored: true, isReady: true };
  const records = createRecords({
    clock: systemClock,
    keys: device,
    connection: {
      isClosed: false,
      tellRecordTaken: (seq: number, _: unknown, isFiled: boolean) => taken.push([seq, isFiled]),
    } as never,
    catalog: () => catalog,
    roster: () => roster,
    vaultKeys: () => new Map([[1, new Uint8Array(32).fill(7)]]),
    isReady: () => state.isReady,
    isStored: () => state.isStored,
    beginChat: async (doc, at) => {
      chats.set(doc, createChat(new Doc()));
      catalog.addChat(doc, at);
    },
    change: async (doc, work) => work(chats.get(doc)!),
  });
  const recordOf = (content: RecordContent, to = device, signer = host): Uint8Array =>
    signRecord(
      sealRecord({
        id: systemRandom(16),
        content,
        to: [{ id: to.id, boxKey: to.box.publicKey }],
        random: systemRandom,
      }),
      signer,
    );
  const texts = (): string[][] => [...chats.values()].map((chat) => chat.thread().map(({ text }) => text));
  const speakers = (): (string | null)[][] => [...chats.values()].map((chat) => chat.thread().map(({ by }) => by));
  return { device, host, stranger, taken, catalog, state, records, recordOf, texts, speakers };
}

it("TR3 what the roster's host did not sign files nothing, and the relay is not told to forget it", async () => {
  const { records, recordOf, taken, texts, device, stranger } = start();
  records.take(1, recordOf(said, device, stranger));
  records.take(2, new Uint8Array(40));
  records.take(3, recordOf(said, stranger));
  records.take(4, recordOf(said));
  await until(() => taken.length === 3, "the last one is filed");
  expect(taken).toEqual([
    [1, false],
    [3, false],
    [4, true],
  ]);
  expect(texts()).toEqual([["Hello", "Hi."]]);
});

it("RD13 one that its host sealed badly lets the next one come", async () => {
  const { records, recordOf, taken, texts, host, device } = start();
  const stolen = recordOf(said).subarray(0, -80);
  // Signed by the roster's host, and another record's boxes in it.
  const mixed = Uint8Array.from(stolen);
  mixed.set(recordOf(said).subarray(34, 114), 34);
  records.take(1, signRecord(mixed, host));
  records.take(2, recordOf(said, device));
  await until(() => taken.length === 2, "both are judged");
  expect(taken).toEqual([
    [1, false],
    [2, true],
  ]);
  expect(texts()).toEqual([["Hello", "Hi."]]);
});

it("RD1 the same comes again, longer or said differently: one chat, each word once", async () => {
  const { records, recordOf, taken, texts, catalog } = start();
  const longer = [
    ...said.turns,
    { role: "user", text: "More" } as const,
    { role: "assistant", text: "Done." } as const,
  ];
  const other = [said.turns[0]!, { role: "assistant", text: "Hullo." } as const];
  for (const turns of [said.turns, longer, said.turns, other]) records.take(taken.length, recordOf({ ...said, turns }));
  await until(() => taken.length === 4, "all are filed");
  expect(catalog.chats()).toMatchObject([{ tool: "Editor", title: "Hello", waiting: [] }]);
  expect(texts()[0]).toHaveLength(2 + 2 * Number(texts()[0]?.includes("More")));
});

it("RD12 what was said names who said it: the tool and the model, never the owner", async () => {
  const { records, recordOf, taken, speakers } = start();
  records.take(1, recordOf(said));
  await until(() => taken.length === 1, "it is filed");
  expect(speakers()).toEqual([["Editor", "m"]]);
});

it("RD11 it is not told as filed before it is stored at the relay, and waits for a list that is read to its end", async () => {
  const { records, recordOf, taken, texts, state } = start();
  Object.assign(state, { isReady: false, isStored: false });
  records.take(1, recordOf(said));
  await sleep(300);
  expect(texts()).toEqual([]);
  state.isReady = true;
  await until(() => texts().length === 1, "it is written");
  await sleep(300);
  expect(taken).toEqual([]);
  state.isStored = true;
  await until(() => taken.length === 1, "it is filed");
  expect(taken).toEqual([[1, true]]);
});
