import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { VaultError } from "./errors.ts";
import { indexedDbJournals } from "./indexedDbJournals.ts";
import type { JournalStore } from "./journalStore.ts";
import { addTestDevice, until } from "./testing/testDevice.ts";
import { createTestWorld, untilLive, untilSettled } from "./testing/testWorld.ts";

describe("what a person is told of this device's own storage", () => {
  it("AL1 a disk that takes nothing is UNSTORED until it does, and one whose content was taken is TAKEN", async () => {
    const { relay, device, vault } = await createTestWorld();
    await untilSettled(vault);
    const doc = await vault.createChat();
    await untilSettled(vault);
    const disk = { isFull: false, wasTaken: false };
    const journals: JournalStore = {
      ...indexedDbJournals,
      open: async (name, held) => {
        const stored = await indexedDbJournals.open(name, held);
        const commit = (): Promise<void> =>
          disk.isFull ? Promise.reject(new VaultError("storage", "the disk is full")) : stored.commit();
        return { ...stored, commit, wasTaken: () => disk.wasTaken };
      },
    };
    const second = await (await addTestDevice(relay, device, { journals })).open();
    await until(() => second.catalog.value.entry(doc) !== null, "the second knows the chat");
    const open = await second.openChat(doc);
    await untilLive(second, doc);
    expect(second.docStatus(doc).alarm).toBeNull();
    disk.isFull = true;
    open.value.setDraft("nowhere to put it");
    await until(() => second.docStatus(doc).alarm?.code === "UNSTORED", "UNSTORED");
    expect(second.docStatus(doc).unsaved).toBeGreaterThan(0);
    disk.isFull = false;
    disk.wasTaken = true;
    await second.flush();
    await until(() => second.docStatus(doc).alarm?.code === "TAKEN", "TAKEN");
    expect(second.docStatus(doc).unsaved).toBe(0);
    await second.close();
    await vault.close();
  });
});
