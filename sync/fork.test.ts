import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { until } from "./testing/testDevice.ts";
import type { DocId } from "#crypto/ids.ts";
import { createTestWorld } from "./testing/testWorld.ts";

test("a chat made of another's messages holds them, goes on apart from it, and is made once", async () => {
  const { vault } = await createTestWorld();
  const id = await vault.createChat();
  const chat = await vault.openChat(id);
  const first = await vault.ask(id, { text: "Name a colour", parent: null });
  await until(() => chat.value.run(first.run).status === "done", "first answer");
  const answer = chat.value.thread().at(-1);
  await vault.ask(id, { text: "And another", parent: answer?.id ?? null });

  const added = {
    from: `fork of ${id}`,
    title: "",
    titledBy: "auto",
    messages: chat.value.path(answer?.id ?? ""),
  } as const;
  const fork = (await vault.addChats([added]))[0] as DocId;
  expect((await vault.addChats([added]))[0]).toBeNull();
  vault.catalog.value.remove(fork, 1);
  expect((await vault.addChats([added]))[0], "nor after it was deleted").toBeNull();
  vault.catalog.value.restore(fork);
  const copy = await vault.openChat(fork);
  expect(copy.value.thread().map(({ role, text, run }) => ({ role, text, run }))).toEqual([
    { role: "user", text: "Name a colour", run: null },
    { role: "assistant", text: answer?.text, run: null },
  ]);
  expect(vault.catalog.value.entry(fork)).toMatchObject({ title: "Name a colour", titledBy: "auto" });
  expect(copy.value.thread()[0]?.id).not.toBe(first.question);

  // What is asked there follows the copied words, and the copied question can be answered anew.
  const leaf = copy.value.thread().at(-1)?.id ?? null;
  const next = await vault.ask(fork, { text: "Why?", parent: leaf });
  await until(() => copy.value.run(next.run).status === "done", "answer in the fork");
  const again = await vault.answer(fork, copy.value.thread()[0]?.id ?? "", "small");
  await until(() => copy.value.run(again).status === "done", "another answer to the copied question");
  expect(copy.value.request(again)?.model).toBe("small");
  expect(chat.value.thread()).toHaveLength(4);
  await vault.close();
});

test("another answer is by the same model, or by the one that is named", async () => {
  const { vault } = await createTestWorld();
  const id = await vault.createChat();
  const chat = await vault.openChat(id);
  const { run } = await vault.ask(id, { text: "Hello", parent: null, model: "large" });
  const models = [];
  for (const model of [undefined, "small", null]) {
    const again = await vault.askAgain(id, run, model);
    models.push(chat.value.request(again)?.model);
  }
  expect(models).toEqual(["large", "small", null]);
  await expect(vault.answer(id, "no such message", null)).rejects.toThrow(/no such question/);
  await vault.close();
});

test("an answer that a person put stands beside the first, and what is asked next follows it", async () => {
  const { vault } = await createTestWorld();
  const id = await vault.createChat();
  const chat = await vault.openChat(id);
  const { run, question } = await vault.ask(id, { text: "Hello", parent: null });
  await until(() => chat.value.run(run).status === "done", "answer");
  const mine = await vault.putAnswer(id, { text: "Hello yourself", parent: question });
  expect(chat.value.thread().map(({ text }) => text)).toEqual(["Hello", "Hello yourself"]);
  expect(chat.value.siblings(mine)).toHaveLength(2);
  await expect(vault.putAnswer(id, { text: "x".repeat(700_000), parent: question })).rejects.toThrow(/answer/);
  await vault.close();
});
