import "fake-indexeddb/auto";
import { describe, expect, test } from "vitest";
import type { DocId } from "#crypto/ids.ts";
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
    expect(there.status().pending).toBe(0);
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
});
