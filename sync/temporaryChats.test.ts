import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { isTemporaryDoc } from "#crypto/ids.ts";
import { until } from "./testing/testDevice.ts";
import { createTestWorld, dumpDatabases, untilSettled } from "./testing/testWorld.ts";

const words = "heron by the water";
const isAnywhere = (dump: readonly Buffer[], text: string): boolean =>
  dump.some((value) => value.includes(text) || value.includes(Buffer.from(text, "utf16le")));

test("TM1 a temporary chat is asked and answered like any other, and nothing of it lies in a database, sealed or not", async () => {
  const { vault, relay } = await createTestWorld();
  await untilSettled(vault);
  const before = await dumpDatabases();
  const names = async (): Promise<string[]> => (await indexedDB.databases()).map(({ name }) => name ?? "").sort();
  const namesBefore = await names();
  const id = await vault.temporary.begin();
  expect(isTemporaryDoc(id)).toBe(true);
  const chat = await vault.openChat(id);
  chat.value.setDraft(words);
  const { run } = await vault.ask(id, { text: words, parent: null });
  await until(() => chat.value.run(run).status === "done", "the answer");
  expect(chat.value.thread()).toHaveLength(2);
  await untilSettled(vault);
  vault.leave();
  const after = await dumpDatabases();
  expect(await names()).toEqual(namesBefore);
  const bytes = (dump: readonly Buffer[]): number => dump.reduce((sum, { length }) => sum + length, 0);
  expect(bytes(after), "not a byte more").toBe(bytes(before));
  expect(isAnywhere(after, words) || isAnywhere(after, id)).toBe(false);
  expect(vault.catalog.value.entry(id), "the catalog does not name it").toBeNull();
  expect(relay.entries(id).length, "though its log is at the relay").toBeGreaterThan(0);
  // The same search finds the words of a chat that lasts, on the wire at least by its bytes.
  const lasting = await vault.createChat();
  await vault.ask(lasting, { text: words, parent: null });
  await untilSettled(vault);
  expect(bytes(await dumpDatabases())).toBeGreaterThan(bytes(before));
  await vault.close();
});

test("TM2 it is gone when it is closed, with what was being answered, and can be kept before that", async () => {
  const { vault } = await createTestWorld();
  const id = await vault.temporary.begin();
  const open = await vault.openChat(id);
  const { run } = await vault.ask(id, { text: words, parent: null });
  await until(() => open.value.run(run).status === "done", "the answer");
  const [kept] = await vault.addChats([
    { from: `kept ${id}`, title: "", titledBy: "auto", messages: open.value.messages() },
  ]);
  const second = await vault.ask(id, { text: "and another", parent: null });
  await vault.temporary.close(id);
  expect(vault.temporary.has(id)).toBe(false);
  await expect(vault.openChat(id)).rejects.toThrow("unknown-doc");
  await expect(vault.ask(id, { text: "more", parent: null })).rejects.toThrow("unknown-doc");
  await expect(vault.stop(id, second.run)).rejects.toThrow("unknown-doc");
  const copy = await vault.openChat(kept as NonNullable<typeof kept>);
  expect(copy.value.thread().map(({ text }) => text)).toEqual([words, open.value.run(run).text]);
  await vault.close();
});

test("TM3 without a host it waits in memory, and leaves nothing for the host on its disk", async () => {
  const { vault, relay, agent } = await createTestWorld();
  agent.stop();
  await until(() => vault.status().host?.live === false, "the agent is gone");
  const id = await vault.temporary.begin();
  const chat = await vault.openChat(id);
  const { run } = await vault.ask(id, { text: words, parent: null });
  await untilSettled(vault);
  expect(chat.value.run(run).status).toBe("requested");
  expect(chat.value.run(run).waitingUntil, "no waiting grant").toBeNull();
  expect(relay.received.filter(({ type }) => type === "append").length).toBeGreaterThan(0);
  await vault.close();
});
