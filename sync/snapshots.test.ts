import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { parseEnvelope, type EnvelopeKind } from "#crypto/envelopeHeader.ts";
import type { DocId } from "#crypto/ids.ts";
import { VaultError } from "./errors.ts";
import { indexedDbJournals } from "./indexedDbJournals.ts";
import type { JournalStore } from "./journalStore.ts";
import { receiptDelayMs } from "./limits.ts";
import type { MemoryRelay } from "./testing/memoryRelay.ts";
import { addTestDevice, sleep, until } from "./testing/testDevice.ts";
import { createTestWorld, untilLive, untilSettled } from "./testing/testWorld.ts";
import type { Vault } from "./vault.ts";

/** What takes half a minute of typing and waiting otherwise. */
const snapshotEnvelopesMin = 40;
const brisk = {
  snapshotPace: { envelopesMin: snapshotEnvelopesMin, logBytesMin: 262_144, quietMs: 200, spreadMs: 400 },
};

const kindsIn = (relay: MemoryRelay, doc: DocId): EnvelopeKind[] =>
  relay.entries(doc).map(({ envelope }) => parseEnvelope(envelope).kind);
const countOf = (relay: MemoryRelay, doc: DocId, kind: EnvelopeKind): number =>
  kindsIn(relay, doc).filter((each) => each === kind).length;

/** As many envelopes as make a snapshot due. */
async function writeLong(vault: Vault, id: DocId, mark: string): Promise<void> {
  const chat = await vault.openChat(id);
  for (let at = 0; at < snapshotEnvelopesMin; at++) {
    chat.value.draft.insert(chat.value.draft.length, `${mark}${at} `);
    await vault.flush();
  }
  await untilSettled(vault);
  chat.close();
}

const untilSnapshots = (relay: MemoryRelay, doc: DocId, count: number): Promise<void> =>
  until(() => countOf(relay, doc, "snapshot") >= count, `snapshot ${count}`, 20_000);

describe("snapshots between devices", () => {
  it("CP1 a long chat is shortened once a second device has confirmed, and a new device begins from the newest", async () => {
    const { relay, device, vault } = await createTestWorld({}, brisk);
    const second = await addTestDevice(relay, device, brisk);
    const other = await second.open();
    const id = await vault.createChat();
    const { run } = await vault.ask(id, { text: "Who is there?", parent: null });
    const chat = await vault.openChat(id);
    await until(() => chat.value.run(run).status === "done", "answer");
    await until(() => other.catalog.value.entry(id) !== null, "the other knows the chat");
    const there = await other.openChat(id);
    await untilLive(other, id);
    await writeLong(vault, id, "a");
    await untilSnapshots(relay, id, 1);
    await until(() => countOf(relay, id, "beacon") === 1, "the beacon");
    expect(countOf(relay, id, "update")).toBeGreaterThan(snapshotEnvelopesMin);
    await writeLong(vault, id, "b");
    await untilSnapshots(relay, id, 2);
    // All that the older one covers is gone, but for the REKEY: the lane with its answer too.
    await until(() => countOf(relay, id, "update") <= snapshotEnvelopesMin + 10, "the log is shorter");
    expect(kindsIn(relay, id)).not.toContain("final");
    expect(kindsIn(relay, id)[0]).toBe("rekey");

    const third = await (await addTestDevice(relay, device, brisk)).open();
    await until(() => third.catalog.value.entry(id) !== null, "the third knows the chat");
    const fresh = await third.openChat(id);
    await untilLive(third, id);
    const text = chat.value.draft.toString();
    await until(() => there.value.draft.toString() === text, "the second has all");
    expect(fresh.value.draft.toString()).toBe(text);
    expect(fresh.value.run(run)).toMatchObject({ status: "done", text: "Hello there" });
    expect([vault, other, third].flatMap((each) => each.status().alarms)).toEqual([]);

    // It goes on writing where the others read on.
    fresh.value.draft.insert(0, "third ");
    await untilSettled(third);
    await until(() => chat.value.draft.toString() === `third ${text}`, "the first reads the third");
    // And what it took from the snapshot is on its disk.
    await third.close();
    await Promise.all([vault.close(), other.close()]);
  }, 60_000);

  it("ON4 what a snapshot brought is said to be held once it is in the journal's base, and not before", async () => {
    const { relay, device, vault } = await createTestWorld({}, brisk);
    const other = await (await addTestDevice(relay, device, brisk)).open();
    const id = await vault.createChat();
    await until(() => other.catalog.value.entry(id) !== null, "the other knows the chat");
    await other.openChat(id);
    await untilLive(other, id);
    for (const [at, mark] of ["a", "b"].entries()) {
      await writeLong(vault, id, mark);
      await untilSnapshots(relay, id, at + 1);
      await until(() => countOf(relay, id, "beacon") > at, "the beacon");
    }
    const chat = await vault.openChat(id);
    const isFull = { value: true };
    const journals: JournalStore = {
      ...indexedDbJournals,
      open: async (name, held) => {
        const stored = await indexedDbJournals.open(name, held);
        const commit = (): Promise<void> =>
          isFull.value ? Promise.reject(new VaultError("storage", "the disk is full")) : stored.commit();
        return { ...stored, commit };
      },
    };
    const late = await (await addTestDevice(relay, device, { ...brisk, journals })).open();
    await until(() => late.catalog.value.entry(id) !== null, "the late one knows the chat");
    const there = await late.openChat(id);
    await untilLive(late, id);
    expect(there.value.draft.toString()).toBe(chat.value.draft.toString());
    const isSaid = (): boolean => vault.docStatus(id).onDevices.includes(late.deviceId);
    await sleep(2 * receiptDelayMs);
    expect(vault.docStatus(id).onDevices).toContain(other.deviceId);
    expect(isSaid()).toBe(false);
    isFull.value = false;
    await late.flush();
    await until(isSaid, "it says so", 10_000);
    await Promise.all([vault.close(), other.close(), late.close()]);
  }, 60_000);

  it("CP2 a device that was away while its log was shortened goes on, with what it typed meanwhile", async () => {
    const { relay, device, vault } = await createTestWorld({}, brisk);
    const second = await addTestDevice(relay, device, brisk);
    const third = await addTestDevice(relay, device, brisk);
    const away = await second.open();
    const witness = await third.open();
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    chat.value.draft.insert(0, "begin ");
    await untilSettled(vault);
    await until(() => away.catalog.value.entry(id) !== null && witness.catalog.value.entry(id) !== null, "both know");
    const left = await away.openChat(id);
    await untilLive(away, id);
    await until(() => left.value.draft.toString() === "begin ", "it was there");
    await away.close();
    const watching = await witness.openChat(id);
    await untilLive(witness, id);
    for (const [at, mark] of ["a", "b"].entries()) {
      await writeLong(vault, id, mark);
      await untilSnapshots(relay, id, at + 1);
      await until(() => countOf(relay, id, "beacon") >= 1, "the beacon");
    }
    await until(() => countOf(relay, id, "update") <= snapshotEnvelopesMin + 10, "the log is shorter");
    relay.setOnline(false);
    const back = await second.open();
    const reopened = await back.openChat(id);
    reopened.value.draft.insert(0, "typed away ");
    await back.flush();
    relay.setOnline(true);
    await untilLive(back, id);
    await untilSettled(back);
    await until(() => chat.value.draft.toString().startsWith("typed away begin a0"), "the first reads it");
    expect(reopened.value.draft.toString()).toBe(chat.value.draft.toString());
    expect([vault, witness, back].flatMap((each) => each.status().alarms)).toEqual([]);
    expect(watching.value.draft.length).toBeGreaterThan(2 * snapshotEnvelopesMin);
    // What it took in is there again without a host.
    const text = reopened.value.draft.toString();
    await back.close();
    relay.setOnline(false);
    const again = await second.open();
    expect((await again.openChat(id)).value.draft.toString()).toBe(text);
    expect(again.docStatus(id)).toMatchObject({ pending: 0, alarm: null });
    await Promise.all([vault.close(), witness.close(), again.close()]);
  }, 60_000);
});
