import { expect, test } from "vitest";
import { applyUpdate, Doc, encodeStateAsUpdate, Map as YMap } from "yjs";
import { docIdFromBytes } from "#crypto/ids.ts";
import { taskCharsMax, tasksMax } from "../limits.ts";
import { createTasks, type Tasks } from "./tasks.ts";

const chat = docIdFromBytes(new Uint8Array(16).fill(1));
const texts = (tasks: Tasks): string[] =>
  tasks.list().map(({ text, doneAt }) => (doneAt === null ? text : `✓ ${text}`));

test("TK1 added, done and not done, put differently, taken out and brought back", () => {
  const tasks = createTasks(new Doc());
  let changes = 0;
  const leave = tasks.observe(() => (changes += 1));
  expect(tasks.add({ id: "a", text: " Paint\nthe boat ", at: 1, chat: null })).toBe(true);
  expect(tasks.add({ id: "b", text: "Ask Vera", at: 2, chat })).toBe(true);
  expect(tasks.setDone("a", 5)).toBe(true);
  expect(texts(tasks)).toEqual(["Ask Vera", "✓ Paint the boat"]);
  tasks.setDone("a", null);
  tasks.setText("b", "Ask Vera for paint");
  tasks.setText("b", "  ");
  expect(texts(tasks)).toEqual(["Paint the boat", "Ask Vera for paint"]);
  tasks.remove("a", 6);
  expect(texts(tasks)).toEqual(["Ask Vera for paint"]);
  tasks.restore("a");
  expect(tasks.list().map((task) => task.chat)).toEqual([null, chat]);
  expect(tasks.setDone("none", 1)).toBe(false);
  expect(changes).toBeGreaterThan(5);
  leave();
});

test("TK4 is read as what it is, whoever wrote it: nothing turns its letters, or the ones beside it, and nothing hides in it", () => {
  const tasks = createTasks(new Doc());
  const [turned, isolated, hidden] = ["gpj.\u202eexe", "\u2067Pay Ann\u2066", "Pay\u200b \u2060An\u00adn\ufeff\u0007"];
  for (const [index, text] of [turned, isolated, hidden].entries())
    tasks.add({ id: String(index), text, at: index, chat });
  expect(texts(tasks)).toEqual(["gpj.exe", "Pay Ann", "Pay Ann"]);
  // As another device had written it before.
  const doc = new Doc();
  doc.getMap("tasks").set("a", new YMap(Object.entries({ text: "\u202egpj", at: 1 })));
  expect(texts(createTasks(doc))).toEqual(["gpj"]);
  // What languages and pictures are written with stays.
  tasks.setText("0", "نمی\u200cخواهم 👨\u200d👩 \u200eA");
  expect(texts(tasks)[0]).toBe("نمی\u200cخواهم 👨\u200d👩 \u200eA");
});

test("TK2 a model's task is there once, however many devices answer its call", () => {
  const [one, other] = [new Doc(), new Doc()];
  for (const doc of [one, other]) createTasks(doc).add({ id: "call", text: "Paint", at: 1, chat });
  applyUpdate(one, encodeStateAsUpdate(other));
  expect(texts(createTasks(one))).toEqual(["Paint"]);
  expect(createTasks(one).add({ id: "call", text: "Paint", at: 2, chat })).toBe(false);
});

test("TK8 says which model wrote it, in a name that turns and hides nothing; what the owner wrote is nobody's", () => {
  const doc = new Doc();
  const tasks = createTasks(doc);
  tasks.add({ id: "a", text: "Pay Ann", at: 1, chat, by: "gpt\n\u202eoss" });
  tasks.add({ id: "b", text: "Ask Vera", at: 2, chat: null });
  doc.getMap("tasks").set("c", new YMap(Object.entries({ text: "Of an older app", at: 3, chat })));
  expect(tasks.list().map(({ by }) => by)).toEqual(["gpt oss", "", ""]);
  // Put differently, it was still added by it.
  tasks.setText("a", "Pay Ann on Friday");
  expect(tasks.list()[0]).toMatchObject({ text: "Pay Ann on Friday", by: "gpt oss" });
});

test("TK3 bounded, and what is no task is none", () => {
  const doc = new Doc();
  const tasks = createTasks(doc);
  expect(tasks.add({ id: "x", text: " \n ", at: 1, chat: null })).toBe(false);
  doc.getMap<unknown>("tasks").set("odd", 5);
  for (let each = 0; each < tasksMax + 5; each++)
    tasks.add({ id: `t${each}`, text: "x".repeat(2_000), at: each, chat: null });
  expect(tasks.list()).toHaveLength(tasksMax);
  expect(tasks.list()[0]?.text).toHaveLength(taskCharsMax);
});
