import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import type { DocId } from "#crypto/ids.ts";
import { indexedDbJournals } from "./indexedDbJournals.ts";
import { createMemoryRowStore } from "./testing/memoryRowStore.ts";
import { addTestDevice, until } from "./testing/testDevice.ts";
import { createTestWorld, untilLive, untilSettled } from "./testing/testWorld.ts";
import type { Vault } from "./vault.ts";

async function world() {
  const fileRows = createMemoryRowStore();
  const made = await createTestWorld({}, { fileRows: async () => fileRows });
  const { vault, relay } = made;
  const project = await vault.createProject("Hidden", "wax");
  const chat = await vault.createChat();
  await vault.moveChat(chat, project);
  await vault.ask(chat, { text: "the canary sings", parent: null });
  await untilSettled(vault);
  const phoneRows = createMemoryRowStore();
  const device = await addTestDevice(relay, made.device, { fileRows: async () => phoneRows });
  const phone = await device.open();
  await untilLive(phone, chat);
  return { ...made, vault, relay, project, chat, device, phone };
}

const textsOf = async (vault: Vault, chat: DocId): Promise<readonly string[]> => {
  const open = await vault.openChat(chat);
  const texts = open.value.messages().flatMap(({ role, text }) => (role === "user" ? [text] : []));
  open.close();
  return texts;
};

/** The phone is away, and its chat is destroyed: it begins without the host, and its owner writes. */
async function writeAway(
  { vault, relay, project, chat, device }: Awaited<ReturnType<typeof world>>,
  write: (phone: Vault, chat: DocId) => Promise<unknown>,
): Promise<Vault> {
  device.kill();
  await vault.destroyProject(project);
  relay.setOnline(false);
  const phone = await device.open();
  await write(phone, chat);
  await phone.flush();
  return phone;
}

const isGone = (vault: Vault, project: DocId): boolean =>
  vault.catalog.value.destroyed.projects().some(({ id, goneFrom }) => id === project && goneFrom.has(vault.deviceId));

describe("words in a chat that was destroyed before any host had them", () => {
  it("DS9 they are taken out before it goes, counted, and go on in a chat of their own", async () => {
    const all = await world();
    const { vault, relay, project, chat } = all;
    const phone = await writeAway(all, async (away) => {
      const file = await away.files.keep({ name: "m.txt", type: "text/plain", bytes: new Uint8Array(900) });
      await away.ask(chat, { text: "written on the train", parent: null, files: [file] });
      await away.ask(chat, { text: "and once more", parent: null });
      const open = await away.openChat(chat);
      open.value.draft.insert(0, "half a thou");
    });
    expect(phone.status().unkept).toBe(0);
    relay.setOnline(true);
    await until(() => isGone(phone, project), "it is gone from there");
    expect(phone.status().unkept).toBe(3);
    expect(vault.status().unkept).toBe(0);
    await expect(phone.openChat(chat)).rejects.toThrow("unknown-doc");
    await until(() => phone.files.pending().length === 0, "the file is at the host");

    const [kept] = await phone.decideUnkept("take");
    if (kept === undefined) throw new Error("no chat");
    // Its own words alone: what the host had was destroyed on purpose.
    expect(await textsOf(phone, kept)).toEqual(["written on the train", "and once more", "half a thou"]);
    expect(phone.status().unkept).toBe(0);
    await untilLive(vault, kept);
    const open = await vault.openChat(kept);
    const file = open.value.messages().flatMap(({ files }) => files)[0];
    if (file === undefined) throw new Error("no file");
    expect(await vault.files.read(file)).toEqual(new Uint8Array(900));
    await phone.close();
    await vault.close();
  });

  it("DS9 they wait through a restart, on that device alone, and let go they are nowhere, with their files", async () => {
    const all = await world();
    const { vault, relay, project, chat, device } = all;
    const before = vault.catalog.value.chats().length;
    let fileId: DocId | null = null;
    const phone = await writeAway(all, async (away) => {
      const file = await away.files.keep({ name: "m.txt", type: "text/plain", bytes: new Uint8Array(900) });
      fileId = file.id;
      await away.ask(chat, { text: "written on the train", parent: null, files: [file] });
    });
    relay.setOnline(true);
    await until(() => isGone(phone, project), "it is gone from there");
    await until(() => phone.files.pending().length === 0, "the file is at the host");
    device.kill();
    const again = await device.open();
    await until(() => again.status().unkept === 1, "it is told again");
    await until(() => again.status().link === "live", "the host is there");
    expect(await again.decideUnkept("discard")).toEqual([]);
    expect(again.status().unkept).toBe(0);
    await until(() => fileId !== null && relay.entries(fileId).length === 0, "its file is destroyed");
    expect(vault.catalog.value.chats().length).toBe(before - 1);
    device.kill();
    const last = await device.open();
    await until(() => last.status().link === "live", "it is back once more");
    await last.flush();
    expect(last.status().unkept).toBe(0);
    await last.close();
    await vault.close();
  });

  it("DS9 what the host had is not taken out: it was destroyed on purpose", async () => {
    const all = await world();
    const { vault, relay, project, chat, device, phone } = all;
    await phone.ask(chat, { text: "the host has this", parent: null });
    await until(() => phone.docStatus(chat).pending === 0, "it is at the host");
    await phone.close();
    device.kill();
    await vault.destroyProject(project);
    relay.setOnline(true);
    const again = await device.open();
    await until(() => isGone(again, project), "it is gone from there");
    expect(again.status().unkept).toBe(0);
    await again.close();
    await vault.close();
  });

  it("DS9 who destroys it is told of nothing, whatever the host had", async () => {
    const all = await world();
    const { vault, project, chat, phone } = all;
    const open = await vault.openChat(chat);
    open.value.draft.insert(0, "typed this very moment");
    await vault.destroyProject(project);
    expect(vault.status().unkept).toBe(0);
    await phone.close();
    await vault.close();
  });

  it("DS9 each of two devices keeps its own words of the same chat", async () => {
    const all = await world();
    const { vault, relay, project, chat } = all;
    all.device.kill();
    const tablet = await addTestDevice(relay, all.device, { fileRows: async () => createMemoryRowStore() });
    await untilLive(await tablet.open(), chat);
    tablet.kill();
    await vault.destroyProject(project);
    relay.setOnline(false);
    const away = [await all.device.open(), await tablet.open()];
    for (const [index, each] of away.entries()) {
      await each.ask(chat, { text: `by device ${index}`, parent: null });
      await each.flush();
    }
    relay.setOnline(true);
    const kept: (readonly string[])[] = [];
    for (const each of away) {
      await until(() => each.status().unkept === 1, "it is taken out");
      const [id] = await each.decideUnkept("take");
      if (id === undefined) continue;
      kept.push(await textsOf(each, id));
      await untilSettled(each);
      for (const other of away) await untilLive(other, id);
    }
    expect(kept).toEqual([["by device 0"], ["by device 1"]]);
    for (const each of [...away, vault]) await each.close();
  });

  it("DS9 what is taken out while its owner decides about other words waits for its own word", async () => {
    const all = await world();
    const { vault, relay, project, chat } = all;
    all.device.kill();
    let gate: Promise<void> | null = null;
    const journals: typeof indexedDbJournals = {
      ...indexedDbJournals,
      open: async (name, held) => {
        const waits = gate;
        gate = null;
        await waits;
        return indexedDbJournals.open(name, held);
      },
    };
    const tablet = await addTestDevice(relay, all.device, { fileRows: async () => createMemoryRowStore(), journals });
    const other = await vault.createProject("Second", "wax");
    const second = await vault.createChat();
    await vault.moveChat(second, other);
    await vault.ask(second, { text: "there", parent: null });
    await untilSettled(vault);
    const before = await tablet.open();
    for (const id of [chat, second]) await untilLive(before, id);
    tablet.kill();
    await vault.destroyProject(project);
    relay.setOnline(false);
    const first = await tablet.open();
    await first.ask(chat, { text: "the first words", parent: null });
    await first.flush();
    relay.setOnline(true);
    await until(() => first.status().unkept === 1, "the first are taken out");
    tablet.kill();
    // Its own link was cut as well, and what is read after the catalog is live after it.
    (await vault.openChat(second)).close();
    await untilSettled(vault);
    await untilLive(vault, second);
    await vault.destroyProject(other);
    relay.setOnline(false);
    const away = await tablet.open();
    await until(() => away.status().unkept === 1, "they are told again");
    await away.ask(second, { text: "the second words", parent: null });
    await away.flush();
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const deciding = away.decideUnkept("take");
    await until(() => gate === null, "their chat is being made");
    relay.setOnline(true);
    await until(() => away.status().unkept === 2, "the second are taken out");
    resolve();
    const [kept] = await deciding;
    expect(kept === undefined ? [] : await textsOf(away, kept)).toEqual(["the first words"]);
    expect(away.status().unkept).toBe(1);
    const [next] = await away.decideUnkept("take");
    expect(next === undefined ? [] : await textsOf(away, next)).toEqual(["the second words"]);
    expect(away.status().unkept).toBe(0);
    await away.close();
    await vault.close();
  });

  it("DS9 OW6 what others wrote of it stays theirs", async () => {
    const all = await world();
    const { vault, relay, project, chat } = all;
    const phone = await writeAway(all, (away) =>
      away.ask(chat, { text: "a page, piped", parent: null, isPiped: true }),
    );
    relay.setOnline(true);
    await until(() => isGone(phone, project), "it is gone from there");
    const [kept] = await phone.decideUnkept("take");
    if (kept === undefined) throw new Error("no chat");
    const open = await phone.openChat(kept);
    expect(open.value.messages().map(({ text, isPiped }) => ({ text, isPiped }))).toEqual([
      { text: "a page, piped", isPiped: true },
    ]);
    open.close();
    await phone.close();
    await vault.close();
  });

  it("DS9 a device that was let in later makes no place for what it never had", async () => {
    const { vault, relay, project, chat, device, phone } = await world();
    await phone.close();
    const opened = new Set<string>();
    const open: typeof indexedDbJournals.open = (name, held) => {
      opened.add(name);
      return indexedDbJournals.open(name, held);
    };
    await vault.destroyProject(project);
    const before = await vault.createChat();
    await untilSettled(vault);
    const tablet = await addTestDevice(relay, device, {
      fileRows: async () => createMemoryRowStore(),
      journals: { ...indexedDbJournals, open },
    });
    const later = await tablet.open();
    await until(() => isGone(later, project), "it is gone from there");
    await untilLive(later, before);
    // The catalog, the chat that is there, and what was taken out before.
    expect(later.catalog.value.destroyed.docs()).toContain(chat);
    expect(opened.size).toBe(3);
    await later.close();
    await vault.close();
  });

  it("DS9 who destroys it is told of nothing after a crash in the middle, either", async () => {
    const { vault, relay, project, chat, device, phone } = await world();
    await phone.close();
    // What it has done of this is not looked up before its end: nothing of the chat is put away by then.
    let isStuck = false;
    const rows = createMemoryRowStore();
    const get: typeof rows.get = (name) => (isStuck ? new Promise(() => {}) : rows.get(name));
    let notes = 0;
    const put: typeof rows.put = async (name, value) => {
      await rows.put(name, value);
      if (isStuck) notes += 1;
    };
    const tablet = await addTestDevice(relay, device, {
      fileRows: async () => createMemoryRowStore(),
      cacheRows: async () => ({ ...rows, get, put }),
    });
    const first = await tablet.open();
    await untilLive(first, chat);
    const open = await first.openChat(chat);
    open.value.draft.insert(0, "typed this very moment");
    isStuck = true;
    void first.destroyProject(project);
    await until(() => first.catalog.value.destroyed.has(chat), "it is said");
    await first.flush();
    await until(() => notes > 0, "and whose word it was is noted");
    tablet.kill();
    isStuck = false;
    const again = await tablet.open();
    await until(() => isGone(again, project), "it is gone from there");
    expect(again.status().unkept).toBe(0);
    await again.close();
    await vault.close();
  });
});
