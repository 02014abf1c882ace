import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { openRekey } from "#crypto/docKeys.ts";
import { sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, parseEnvelope } from "#crypto/envelopeHeader.ts";
import type { DocId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster } from "#crypto/roster.ts";
import { openRosterVaultKeys } from "#crypto/rosterEntries.ts";
import { readIdentity } from "./identityLock.ts";
import type { MemoryRelay } from "./testing/memoryRelay.ts";
import { addTestDevice, createTestDevice, until, type TestDevice } from "./testing/testDevice.ts";
import { cloneIdentity, createTestWorld, untilLive, untilSettled } from "./testing/testWorld.ts";

/** What a member that went bad sends: signed by its keys, sealed under the doc's, the next of its chain, and no update. */
async function sealPoison(relay: MemoryRelay, member: TestDevice, doc: DocId): Promise<Uint8Array> {
  const held = await readIdentity(member.identity, systemRandom);
  if (held === null) throw new Error("no identity");
  const { keys } = held;
  const roster = readRoster(relay.rosterEntries());
  const log = relay.entries(doc).map(({ envelope }) => parseEnvelope(envelope));
  const [rekey] = log;
  if (rekey === undefined) throw new Error("no REKEY");
  const { epoch, docKey } = openRekey(rekey, openRosterVaultKeys(relay.rosterEntries(), keys));
  const last = log.filter(({ author }) => author === keys.id).at(-1);
  return sealEnvelope({
    kind: "update",
    doc,
    epoch,
    author: keys.id,
    counter: (last?.counter ?? 0) + 1,
    prev: last === undefined ? NO_PREV : envelopeHash(last.bytes),
    rosterSeq: roster.seq,
    rosterHead: roster.head.slice(0, 8),
    clear: new Uint8Array(0),
    body: new Uint8Array(100).fill(0xff),
    docKey,
    signingKey: keys.sign,
    random: systemRandom,
  });
}

describe("a member that writes poison", () => {
  it("KE1 its chat is set aside and kept, again at each start, and the rest of the vault works", async () => {
    const { relay, device, vault } = await createTestWorld();
    await untilSettled(vault);
    const bad = await addTestDevice(relay, device);
    const doc = await vault.createChat();
    const chat = await vault.openChat(doc);
    chat.value.setDraft("what was there before");
    await untilSettled(vault);
    await until(() => vault.devices().length === 3, "the roster lists it");
    const head = relay.entries(doc).length;
    relay.push(doc, [{ seq: head + 1, envelope: await sealPoison(relay, bad, doc) }], head + 1);
    await until(() => vault.docStatus(doc).alarm?.code === "KEY", "KEY");
    expect(vault.docStatus(doc).phase).toBe("quarantine");
    await vault.close();
    // The poison lies in the journal, so each start meets it again, with and without a host.
    for (const isOnline of [false, true, true]) {
      relay.setOnline(isOnline);
      const again = await device.open();
      const kept = await again.openChat(doc);
      expect(kept.value.draft.toString()).toBe("what was there before");
      expect(again.docStatus(doc)).toMatchObject({ phase: "quarantine", alarm: { code: "KEY", doc } });
      const other = await again.createChat();
      const beside = await again.openChat(other);
      beside.value.setDraft("beside it");
      await again.flush();
      if (isOnline) await untilSettled(again);
      expect(again.docStatus(other).alarm).toBeNull();
      await again.close();
    }
  });
});

describe("a device that lost its journal, and a host that was restored from a backup, at once", () => {
  it("OB5 RB1 ends in FORK where the other history is known, with every word kept there", async () => {
    const { relay, device, vault } = await createTestWorld();
    await untilSettled(vault);
    const second = await addTestDevice(relay, device);
    const other = await second.open();
    const doc = await vault.createChat();
    const beside = await vault.createChat();
    const chat = await vault.openChat(doc);
    chat.value.draft.insert(0, "in the backup ");
    await untilSettled(vault);
    const backedUp = relay.entries(doc).length;
    chat.value.draft.insert(0, "after it ");
    await untilSettled(vault);
    const there = await other.openChat(doc);
    await until(() => there.value.draft.toString() === "after it in the backup ", "the other has all");
    await other.flush();
    await other.close();
    await vault.close();

    relay.store.rollBack(doc, backedUp);
    const bare = await createTestDevice(relay, await cloneIdentity(device.identity)).open();
    await until(() => bare.catalog.value.entry(doc) !== null, "the catalog came back");
    const reread = await bare.openChat(doc);
    await untilLive(bare, doc);
    // Nobody is left who could tell it: it goes on from what the host has.
    expect(reread.value.draft.toString()).toBe("in the backup ");
    reread.value.draft.insert(0, "anew ");
    await untilSettled(bare);

    const back = await second.open();
    const kept = await back.openChat(doc);
    await until(() => back.docStatus(doc).alarm?.code === "FORK", "FORK");
    expect(back.docStatus(doc)).toMatchObject({ phase: "quarantine", alarm: { code: "FORK", doc } });
    expect(kept.value.draft.toString()).toBe("after it in the backup ");
    await back.openChat(beside);
    await untilLive(back, beside);
    expect(back.docStatus(beside).alarm).toBeNull();
    await Promise.all([bare.close(), back.close()]);
  });
});
