import "fake-indexeddb/auto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as Y from "yjs";
import { applyUpdate, encodeStateAsUpdate, type Doc } from "yjs";
import { describe, expect, test } from "vitest";
import { parseEnvelope } from "#crypto/envelopeHeader.ts";
import type { AuthorId, DocId } from "#crypto/ids.ts";
import { localName } from "#crypto/localSeal.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster, type Roster } from "#crypto/roster.ts";
import type { Connection } from "./connection.ts";
import { readIdentity } from "./identityLock.ts";
import { openJournal } from "./journal.ts";
import { entriesBytesMax, snapshotPace } from "./limits.ts";
import type { LogStore } from "./log.ts";
import { noPause } from "./ports.ts";
import type { ReplicaContext } from "./replicaTypes.ts";
import { decodePlace, encodePlace } from "./roomBase.ts";
import { readSealed } from "./sealedReading.ts";
import { addTestDevice, until, type TestDevice } from "./testing/testDevice.ts";
import { createTestWorld, untilSettled } from "./testing/testWorld.ts";
import type { JournalStore } from "./journalStore.ts";
import { indexedDbJournals } from "./indexedDbJournals.ts";
import type { Vault } from "./vault.ts";

const text = "What was said long ago is read when somebody wants to know. ".repeat(20);

/** Of last year: nobody has them open. */
async function addOldChats(vault: Vault, count: number): Promise<DocId[]> {
  const chats = Array.from({ length: count }, (_, at) => ({
    from: `old/${at}`,
    title: `Chat ${at}`,
    titledBy: "person" as const,
    messages: [{ id: "1", parent: null, role: "user" as const, text: `${at}: ${text}`, at: 1_000 + at }],
  }));
  const ids = (await vault.addChats(chats)).filter((id) => id !== null);
  await untilSettled(vault);
  return ids;
}

const isWhole = (vault: Vault, ids: readonly DocId[]): boolean =>
  vault.catalog.value.chats().length >= ids.length && ids.every((id) => vault.docStatus(id).phase === "live");

async function textsOf(vault: Vault, ids: readonly DocId[]): Promise<string[]> {
  const texts: string[] = [];
  for (const id of ids) {
    const chat = await vault.openChat(id);
    texts.push(...chat.value.messages().map((message) => message.text));
    chat.close();
  }
  return texts;
}

/** Nothing can be judged so: who tries asks for a document. */
async function readWithoutVaultKeys(
  device: TestDevice,
  doc: DocId,
  {
    store,
    roster,
    grown,
    head,
  }: { readonly store: LogStore; readonly roster: Roster; readonly grown?: Roster; readonly head?: number },
): Promise<string> {
  let known = roster;
  const { localKey, keys } = (await readIdentity(device.identity, systemRandom))!;
  const connection: Partial<Connection> = {
    subscribe: (_doc, subscriber) => {
      const cursor = subscriber.cursor();
      const newest = head ?? store.head(roster.vault, doc);
      const marks = { from: store.mark(roster.vault, doc, cursor), to: store.mark(roster.vault, doc, newest) };
      const entries = head === undefined ? store.read(roster.vault, doc, cursor, entriesBytesMax) : [];
      queueMicrotask(() => {
        known = grown ?? roster;
        subscriber.onEntries(entries, newest, false, marks);
      });
      return { repeat: () => {}, isUnderWay: false, leave: () => {} };
    },
  };
  const context: Partial<ReplicaContext> = {
    ...{ localKey, keys, random: systemRandom, journals: indexedDbJournals, lifeboat: null, pause: noPause },
    ...{ connection: connection as Connection, roster: () => known, vaultKeys: () => new Map(), snapshotPace },
    keepRoster: async () => {},
  };
  const reading = readSealed({
    ...{ doc, context: context as ReplicaContext, onAccepted: () => {} },
    watching: { onNews: () => {}, onCurrent: () => {} },
    storingTurn: async () => {},
  });
  return (await reading.outcome).kind;
}

/** As a bad disk does it: nothing else in the journal says so. */
async function damageLast(device: TestDevice, doc: DocId, author: AuthorId): Promise<void> {
  const { localKey } = (await readIdentity(device.identity, systemRandom))!;
  const held = new Y.Doc();
  const stored = await indexedDbJournals.open(`sovereign-${localName(localKey, doc)}`, held);
  const entries = held.getArray<Uint8Array>("entries");
  const at = entries.toArray().findLastIndex((envelope) => parseEnvelope(envelope).author === author);
  const damaged = entries.get(at).slice();
  damaged[damaged.length - 1]! ^= 1;
  held.transact(() => {
    entries.delete(at);
    entries.insert(at, [damaged]);
  });
  await stored.commit();
  await stored.close();
  held.destroy();
}

/** Killed, and opened without a host. */
async function openOffline(device: TestDevice, setOnline: (isOnline: boolean) => void): Promise<Vault> {
  device.kill();
  setOnline(false);
  return device.open();
}

describe("logs that are kept without being opened", () => {
  test("BG1 a device that joins stores old chats as sealed as they came, and they read as they were, without a host", async () => {
    const { vault, relay, device } = await createTestWorld();
    const ids = await addOldChats(vault, 5);
    const phone = await addTestDevice(relay, device);
    const there = await phone.open();
    await until(() => isWhole(there, ids), "all of it is there");
    // The document of none was made: what is open has a status of its own.
    await until(() => there.status().pending === 0, "what it says of itself is stored");
    await until(() => ids.every((id) => vault.docStatus(id).onDevices.length === 1), "the laptop knows");
    const offline = await openOffline(phone, relay.setOnline);
    expect(await textsOf(offline, ids)).toEqual(ids.map((_, at) => `${at}: ${text}`));
    for (const id of ids) expect(offline.docStatus(id).alarm).toBeNull();
    await vault.close();
    phone.kill();
  });

  test("BG2 what is written later is read from where the journal ends, and nothing is asked for twice", async () => {
    const { vault, relay, device } = await createTestWorld();
    const ids = await addOldChats(vault, 3);
    const [first] = ids as [DocId];
    const phone = await addTestDevice(relay, device);
    const there = await phone.open();
    await until(() => isWhole(there, ids), "all of it is there");
    const chat = await vault.openChat(first);
    chat.value.setDraft("one word more");
    await untilSettled(vault);
    await until(() => vault.docStatus(first).onDevices.includes(there.deviceId), "the phone has it");
    const offline = await openOffline(phone, relay.setOnline);
    const again = await offline.openChat(first);
    expect(again.value.draft.toString()).toBe("one word more");
    chat.close();
    await vault.close();
    phone.kill();
  });

  test("BG4 a chat that is opened while its log is being read has its journal alone, and all of it", async () => {
    const { vault, relay, device } = await createTestWorld();
    const ids = await addOldChats(vault, 6);
    const open = new Map<string, number>();
    let most = 0;
    const journals: JournalStore = {
      ...indexedDbJournals,
      open: async (name, held) => {
        open.set(name, (open.get(name) ?? 0) + 1);
        most = Math.max(most, ...open.values());
        const stored = await indexedDbJournals.open(name, held);
        return {
          ...stored,
          close: async () => {
            await stored.close();
            open.set(name, (open.get(name) ?? 0) - 1);
          },
        };
      },
    };
    const phone = await addTestDevice(relay, device, { journals });
    const there = await phone.open();
    await until(() => there.catalog.value.chats().length === ids.length, "they are listed");
    const chats = await Promise.all(ids.map((id) => there.openChat(id)));
    await until(() => isWhole(there, ids), "all of it is there");
    expect(chats.map(({ value }) => value.messages()[0]?.text)).toEqual(ids.map((_, at) => `${at}: ${text}`));
    expect(most).toBe(1);
    for (const chat of chats) chat.close();
    await there.close();
    await vault.close();
  });

  test("BG2 a log that is followed holds nothing of its journal in memory", { timeout: 90_000 }, async () => {
    const { vault, relay, device } = await createTestWorld();
    const ids = await addOldChats(vault, 20);
    const rows = new Map<string, Uint8Array>();
    const opened: { readonly name: string; readonly held: WeakRef<Doc> }[] = [];
    const journals: JournalStore = {
      ...indexedDbJournals,
      open: async (name, held) => {
        opened.push({ name, held: new WeakRef(held) });
        const row = rows.get(name);
        if (row !== undefined) applyUpdate(held, row);
        const store = (update: WeakRef<Doc>) => async (): Promise<void> => {
          const doc = update.deref();
          if (doc !== undefined) rows.set(name, encodeStateAsUpdate(doc));
        };
        const commit = store(new WeakRef(held));
        return { commit, wasTaken: () => false, close: commit };
      },
    };
    const phone = await addTestDevice(relay, device, { journals });
    const there = await phone.open();
    await until(() => isWhole(there, ids), "all of it is there");
    expect(new Set(opened.map(({ name }) => name)).size).toBe(ids.length + 1);
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    // The catalog's alone is open.
    const inMemory = (): number => opened.filter(({ held }) => held.deref() !== undefined).length;
    for (let tries = 0; tries < 10; tries++) {
      // Who was asked for in this turn is kept until its end.
      await new Promise((resolve) => setTimeout(resolve, 20));
      collect();
    }
    expect(inMemory()).toBe(1);
    await there.close();
    await vault.close();
  });

  test("BG5 a log that is what it was is whole at the next start without its journal being judged; news, and a new roster, have it judged", async () => {
    const { vault, relay, device } = await createTestWorld();
    const [id, other] = (await addOldChats(vault, 2)) as [DocId, DocId];
    const phone = await addTestDevice(relay, device);
    const there = await phone.open();
    await until(() => isWhole(there, [id, other]), "all of it is there");
    await there.close();
    const roster = readRoster(relay.rosterEntries());
    const read = (
      changed: { readonly head?: number; readonly roster?: Roster; readonly grown?: Roster } = {},
    ): Promise<string> => readWithoutVaultKeys(phone, id, { store: relay.store, roster, ...changed });
    expect(await read()).toBe("whole");
    expect(await read({ roster: { ...roster, seq: roster.seq + 1 } }), "a roster that has grown").toBe("document");
    const grown = { ...roster, seq: roster.seq + 1 };
    expect(await read({ grown }), "one that has grown while the log was asked").toBe("document");
    expect(await read({ head: 0 }), "a log that was rolled back").toBe("document");
    const chat = await vault.openChat(id);
    chat.value.setDraft("one word more");
    await untilSettled(vault);
    chat.close();
    expect(await read(), "a log that has grown").toBe("document");
    // With its keys it reads on, and keeps that.
    const again = await phone.open();
    await until(() => vault.docStatus(id).onDevices.includes(again.deviceId), "the phone has it");
    await until(() => isWhole(again, [id, other]), "all of it is there");
    await again.close();
    expect(await read()).toBe("whole");
    await vault.close();
  });

  test("BG5 JR4 a journal that was damaged since is made whole from the relay, though what came is another's", async () => {
    const { vault, relay, device } = await createTestWorld();
    const [id] = (await addOldChats(vault, 1)) as [DocId];
    const [tablet, phone] = [await addTestDevice(relay, device), await addTestDevice(relay, device)];
    const [beside, there] = [await tablet.open(), await phone.open()];
    await until(() => isWhole(there, [id]) && isWhole(beside, [id]), "all of it is there");
    await there.close();
    await damageLast(phone, id, vault.deviceId);
    const chat = await beside.openChat(id);
    chat.value.setDraft("one word more");
    await untilSettled(beside);
    chat.close();
    const again = await phone.open();
    await until(() => beside.docStatus(id).onDevices.includes(again.deviceId), "the phone has it");
    await until(() => isWhole(again, [id]), "all of it is there");
    const offline = await openOffline(phone, relay.setOnline);
    expect(await textsOf(offline, [id])).toEqual([`0: ${text}`]);
    await Promise.all([offline, beside, vault].map((open) => open.close()));
  });

  test("RB3 what was acknowledged, never came by, and is gone with a backup is offered again, though nobody opens the chat", async () => {
    const { vault, relay, device } = await createTestWorld();
    const [id] = (await addOldChats(vault, 1)) as [DocId];
    await vault.close();
    const { localKey } = (await readIdentity(device.identity, systemRandom))!;
    const journal = await openJournal({
      ...{ store: indexedDbJournals, doc: id, localKey, random: systemRandom, lifeboat: null, pause: noPause },
    });
    const before = decodePlace(journal.place!);
    const cursor = before.cursor - 1;
    const mark = relay.store.mark(vault.id, id, cursor);
    // It was closed between the acknowledgement and the log's own word.
    journal.setPlace(encodePlace({ ...before, cursor, mark, logged: before.logged - 1 }));
    await journal.commit();
    await journal.close();
    relay.store.rollBack(id, cursor);
    const there = await device.open();
    await until(() => relay.store.head(vault.id, id) === before.cursor, "it is there again");
    expect(relay.store.head(vault.id, id)).toBe(before.cursor);
    await there.close();
  });
});
