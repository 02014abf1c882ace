import "fake-indexeddb/auto";
import { Doc } from "yjs";
import { describe, expect, it } from "vitest";
import { docIdFromBytes, type DocId } from "#crypto/ids.ts";
import { createCatalog } from "./docs/catalog.ts";
import { listDatabases } from "./openDatabase.ts";
import { runRoots } from "./docs/run.ts";
import type { TestLane } from "./testing/testAgent.ts";
import { createMemoryRowStore } from "./testing/memoryRowStore.ts";
import { addTestDevice, until } from "./testing/testDevice.ts";
import { createTestWorld, untilLive, untilSettled } from "./testing/testWorld.ts";
import type { Vault } from "./vault.ts";

const id = (byte: number) => docIdFromBytes(new Uint8Array(16).fill(byte));

async function worldWithFiles() {
  const [fileRows, cacheRows] = [createMemoryRowStore(), createMemoryRowStore()];
  const world = await createTestWorld({}, { fileRows: async () => fileRows, cacheRows: async () => cacheRows });
  return { ...world, agent: world.agent, fileRows, cacheRows };
}

/** A chat in that project, in which something was asked. */
async function chatIn(
  vault: Vault,
  project: DocId | null,
  text: string,
  files: readonly string[] = [],
): Promise<DocId> {
  const chat = await vault.createChat();
  if (project !== null) await vault.moveChat(chat, project);
  const kept = [];
  for (const name of files) kept.push(await vault.files.keep({ name, type: "text/plain", bytes: new Uint8Array(900) }));
  await vault.ask(chat, { text, parent: null, files: kept });
  await untilSettled(vault);
  return chat;
}

async function secondDevice(world: Awaited<ReturnType<typeof worldWithFiles>>): Promise<Vault> {
  const device = await addTestDevice(world.relay, world.device);
  const vault = await device.open();
  await until(() => vault.status().link === "live", "the second device is live");
  return vault;
}

const isGoneFrom = (vault: Vault, project: DocId, device: Vault): boolean =>
  vault.catalog.value.destroyed
    .projects()
    .some(({ id: of, goneFrom }) => of === project && goneFrom.has(device.deviceId));

describe("what was destroyed", () => {
  it("DS1 the lists say nothing of it, and nothing brings it back", () => {
    const catalog = createCatalog(new Doc());
    catalog.addChat(id(1), 5);
    catalog.rename(id(1), "Secret");
    catalog.projects.add(id(2), "Hidden", "wax", 5);
    catalog.artifacts.add(id(3), { title: "Buried", kind: "text", chat: id(1) }, 5);
    catalog.addChat(id(4), 6);
    catalog.destroyed.addProject(id(2), new Set([id(1), id(3)]), 9);
    catalog.sweep();
    for (const said of ["Secret", "Hidden", "Buried"]) expect(JSON.stringify(catalog.doc.toJSON())).not.toContain(said);
    catalog.addChat(id(1), 10);
    catalog.projects.add(id(2), "Hidden", "wax", 10);
    catalog.artifacts.add(id(3), { title: "Buried", kind: "text" }, 10);
    catalog.restore(id(1));
    expect(catalog.chats().map((chat) => chat.id)).toEqual([id(4)]);
    expect([catalog.projects.all(), catalog.artifacts.all()]).toEqual([[], []]);
    expect(catalog.destroyed.projects()).toMatchObject([{ id: id(2), at: 9, docs: 3 }]);
  });

  it("DS2 a project goes with its chats and files, at the host and on each device, and nothing else does", async () => {
    const world = await worldWithFiles();
    const { vault, relay, fileRows } = world;
    const project = await vault.createProject("Hidden", "wax");
    const chat = await chatIn(vault, project, "the canary sings", ["a.txt"]);
    const other = await chatIn(vault, null, "stays", ["b.txt"]);
    const phone = await secondDevice(world);
    await until(
      () => phone.docStatus(chat).phase === "live" && phone.docStatus(other).phase === "live",
      "the phone has both",
    );
    await until(() => vault.files.pending().length === 0, "the files are at the host");
    const open = await vault.openChat(chat);
    const file = open.value.messages().flatMap((message) => message.files)[0];
    open.close();
    const before = await listDatabases();

    await vault.destroyProject(project);

    for (const doc of [project, chat, file?.id ?? project]) expect(relay.entries(doc)).toEqual([]);
    expect(relay.entries(other).length).toBeGreaterThan(0);
    await until(
      () => isGoneFrom(vault, project, vault) && isGoneFrom(vault, project, phone),
      "both say that it is gone",
    );
    // Two docs that were on two devices; a file is a row.
    expect(before.size - (await listDatabases()).size).toBe(4);
    expect((await fileRows.list("63")).length).toBe(2);
    for (const device of [vault, phone]) {
      expect(device.catalog.value.chats().map((each) => each.id)).toEqual([other]);
      await expect(device.openChat(chat)).rejects.toThrow("unknown-doc");
      await expect(device.openProject(project)).rejects.toThrow("unknown-doc");
    }
    await vault.close();
    await phone.close();
  });

  it("DS3 a device that was away has it until it comes back, and what it wrote meanwhile brings nothing back", async () => {
    const world = await worldWithFiles();
    const { vault, relay } = world;
    const project = await vault.createProject("Hidden", "wax");
    const chat = await chatIn(vault, project, "the canary sings");
    const device = await addTestDevice(relay, world.device);
    const phone = await device.open();
    await untilLive(phone, chat);
    device.kill();
    await vault.destroyProject(project);

    // It opens without the host first, and types.
    relay.setOnline(false);
    const again = await device.open();
    const open = await again.openChat(chat);
    expect(open.value.messages().map(({ text }) => text)).toContain("the canary sings");
    open.value.draft.insert(0, "more of it");
    await again.flush();
    relay.setOnline(true);
    await until(() => isGoneFrom(vault, project, again), "it is gone from there, too");
    expect(again.status().unkept).toBe(1);
    expect(relay.entries(chat)).toEqual([]);
    expect(again.status().alarms).toEqual([]);
    await expect(again.openChat(chat)).rejects.toThrow("unknown-doc");
    await again.close();
    await vault.close();
  });

  it("DS4 what is being answered there is stopped first, so that no agent goes on with the key that it was lent", async () => {
    const isStopped = Promise.withResolvers<void>();
    const said: string[] = [];
    const answer = async (lane: TestLane): Promise<void> => {
      const roots = runRoots(lane.run);
      await lane.write((doc) => doc.getMap(roots.meta).set("acceptedAt", 1));
      await lane.write((doc) => doc.getText(roots.text).insert(0, "Hello "));
      await isStopped.promise;
      said.push("lets go");
      await lane.write((doc) => doc.getMap(roots.meta).set("end", "stopped"));
      await lane.finish();
    };
    const { vault } = await createTestWorld({ answer });
    const project = await vault.createProject("Hidden", "wax");
    const chat = await vault.createChat();
    await vault.moveChat(chat, project);
    const { run } = await vault.ask(chat, { text: "go on for ever", parent: null });
    const open = await vault.openChat(chat);
    await until(() => open.value.run(run).text === "Hello ", "it is being answered");
    open.value.observe(() => {
      if (open.value.request(run)?.stopAt === null) return;
      said.push("told");
      isStopped.resolve();
    });
    await vault.destroyProject(project);
    expect(said[0]).toBe("told");
    expect(said).toContain("lets go");
    expect(vault.catalog.value.destroyed.has(chat)).toBe(true);
    await vault.close();
  });

  it("DS5 a file that another chat uses, too, stays with that one", async () => {
    const { vault, relay } = await worldWithFiles();
    const project = await vault.createProject("Hidden", "wax");
    const [one, two] = [await vault.createChat(), await vault.createChat()];
    await vault.moveChat(one, project);
    const shared = await vault.files.keep({ name: "s.txt", type: "text/plain", bytes: new Uint8Array(900) });
    const own = await vault.files.keep({ name: "o.txt", type: "text/plain", bytes: new Uint8Array(900) });
    await vault.ask(one, { text: "both", parent: null, files: [shared, own] });
    await vault.ask(two, { text: "one", parent: null, files: [shared] });
    await untilSettled(vault);
    await until(() => vault.files.pending().length === 0, "the files are at the host");
    await vault.destroyProject(project);
    expect(relay.entries(shared.id).length).toBeGreaterThan(0);
    expect(relay.entries(own.id)).toEqual([]);
    expect(await vault.files.read(shared)).toEqual(new Uint8Array(900));
    await vault.close();
  });

  it("DS10 a file goes that only a deleted message named, and stays where a deleted message of another chat names it", async () => {
    const { vault, relay, fileRows } = await worldWithFiles();
    const project = await vault.createProject("Hidden", "wax");
    const [one, two] = [await vault.createChat(), await vault.createChat()];
    await vault.moveChat(one, project);
    const keep = (name: string) => vault.files.keep({ name, type: "text/plain", bytes: new Uint8Array(900) });
    const [lost, shared] = [await keep("lost.txt"), await keep("shared.txt")];
    const asked = await vault.ask(one, { text: "look", parent: null, files: [lost, shared] });
    const other = await vault.ask(two, { text: "look", parent: null, files: [shared] });
    await untilSettled(vault);
    await until(() => vault.files.pending().length === 0, "the files are at the host");
    for (const [chat, { question }] of [
      [one, asked],
      [two, other],
    ] as const) {
      const open = await vault.openChat(chat);
      open.value.setDeleted(question, 5);
      open.close();
    }
    await untilSettled(vault);
    await vault.destroyProject(project);
    expect(relay.entries(lost.id)).toEqual([]);
    expect(relay.entries(shared.id).length).toBeGreaterThan(0);
    // A row for each of the other one's pieces, and none of its own.
    const rows = (await fileRows.list("63")).map(({ name }) => name);
    expect(rows.filter((row) => row.includes(lost.id))).toEqual([]);
    expect(rows.some((row) => row.includes(shared.id))).toBe(true);
    await vault.close();
  });

  it("DS5 one that a deleted chat uses stays as well: that can be taken back", async () => {
    const { vault, relay } = await worldWithFiles();
    const project = await vault.createProject("Hidden", "wax");
    const [one, two] = [await vault.createChat(), await vault.createChat()];
    await vault.moveChat(one, project);
    const shared = await vault.files.keep({ name: "s.txt", type: "text/plain", bytes: new Uint8Array(900) });
    for (const chat of [one, two]) await vault.ask(chat, { text: "look", parent: null, files: [shared] });
    await untilSettled(vault);
    await until(() => vault.files.pending().length === 0, "the file is at the host");
    vault.catalog.value.remove(two, 5);
    await vault.destroyProject(project);
    vault.catalog.value.restore(two);
    expect(relay.entries(shared.id).length).toBeGreaterThan(0);
    expect(await vault.files.read(shared)).toEqual(new Uint8Array(900));
    await vault.close();
  });

  it("DS6 without the host nothing is destroyed, and the owner is told", async () => {
    const { vault, relay } = await worldWithFiles();
    const project = await vault.createProject("Hidden", "wax");
    await untilSettled(vault);
    relay.setOnline(false);
    await until(() => vault.status().link !== "live", "the host is away");
    await expect(vault.destroyProject(project)).rejects.toThrow("no-host");
    expect(vault.catalog.value.projects.entry(project)).not.toBeNull();
    await vault.close();
  });

  it("DS7 a page that was closed in the middle goes on at its next start, and tells a relay that forgot", async () => {
    const world = await worldWithFiles();
    const { vault, relay, device } = world;
    const project = await vault.createProject("Hidden", "wax");
    const chat = await chatIn(vault, project, "the canary sings");
    // As another device would have it: the mark is there, and nothing was done yet.
    const { catalog } = vault;
    catalog.yDoc.transact(() => catalog.value.destroyed.addProject(project, new Set([chat]), 9));
    await untilSettled(vault);
    device.kill();
    const again = await device.open();
    await until(() => isGoneFrom(again, project, again), "it goes on");
    await until(() => relay.entries(chat).length === 0 && relay.entries(project).length === 0, "the relay knows");
    expect(again.catalog.value.projects.entry(project)).toBeNull();
    await again.close();
  });

  it("DS8 a chat that is moved out while its project is read stays, with its files", async () => {
    const isStopped = Promise.withResolvers<void>();
    const answer = async (lane: TestLane): Promise<void> => {
      const roots = runRoots(lane.run);
      await lane.write((doc) => doc.getMap(roots.meta).set("acceptedAt", 1));
      await isStopped.promise;
      await lane.write((doc) => doc.getMap(roots.meta).set("end", "stopped"));
      await lane.finish();
    };
    const fileRows = createMemoryRowStore();
    const { vault, relay } = await createTestWorld({ answer }, { fileRows: async () => fileRows });
    const project = await vault.createProject("Hidden", "wax");
    const chat = await vault.createChat();
    await vault.moveChat(chat, project);
    const file = await vault.files.keep({ name: "s.txt", type: "text/plain", bytes: new Uint8Array(900) });
    const { run } = await vault.ask(chat, { text: "go on for ever", parent: null, files: [file] });
    const open = await vault.openChat(chat);
    await until(() => open.value.activeRuns().length > 0, "it is being answered");
    // As another device says it, while this one waits for the answer's end.
    open.value.observe(() => {
      if (open.value.request(run)?.stopAt === null) return;
      vault.catalog.value.setProject(chat, null);
      isStopped.resolve();
    });
    await vault.destroyProject(project);
    expect(vault.catalog.value.destroyed.docs()).toEqual([project]);
    expect(vault.catalog.value.entry(chat)?.project).toBeNull();
    await until(() => relay.entries(file.id).length > 0, "the file is at the host");
    await vault.close();
  });
});
