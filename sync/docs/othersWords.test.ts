import { describe, expect, test } from "vitest";
import { Doc } from "yjs";
import { authorIdFromBytes, docIdFromBytes, runIdFromBytes } from "#crypto/ids.ts";
import { createChat, type Chat } from "./chat.ts";
import { isMadeFromOthers, replacesOthers } from "./othersWords.ts";
import { runRoots } from "./run.ts";

const run = runIdFromBytes(new Uint8Array(16).fill(1));
const next = runIdFromBytes(new Uint8Array(16).fill(2));
const device = authorIdFromBytes(new Uint8Array(16).fill(9));
const artifact = docIdFromBytes(new Uint8Array(16).fill(5));

/** A question with its answer, and another after it. */
function chatOf(...steps: readonly object[]): Chat {
  const chat = createChat(new Doc());
  const both = { model: null, device, text: "Hello?" };
  chat.ask({ ...both, run, question: "q1", answer: "a1", parent: null, at: 1 });
  chat.doc.getArray(runRoots(run).steps).push([...steps]);
  chat.ask({ ...both, run: next, question: "q2", answer: "a2", parent: "a1", at: 2 });
  return chat;
}
const call = (name: string) => ({
  ...{
    kind: "call",
    call: "c".repeat(32),
    name,
    class: "reads-here",
    version: "v",
    target: "",
    arguments: "{}",
    cut: 0,
  },
  at: 1,
});

describe("others' words in what an answer was made from", () => {
  test.each(["calculate", "time", "remember", "artifact_create", "artifact_edit", "task_add", "task_done", "run_code"])(
    "OW1 %s gives none",
    (name) => {
      expect(isMadeFromOthers(chatOf(call(name)), "a1")).toBe(false);
    },
  );

  test.each([
    "fetch_page",
    "folder_read",
    "search_knowledge",
    "search_chats",
    "task_list",
    "artifact_read",
    "wiki_time",
    "gone",
  ])("OW2 %s gives some: to its answer and to all that follow, and not to those before", (name) => {
    const chat = chatOf(call(name));
    expect(["q1", "a1", "q2", "a2"].map((id) => isMadeFromOthers(chat, id))).toEqual([false, true, true, true]);
  });

  test("OW5 so do words that came by a pipe: whoever sent them need not have read them", () => {
    const chat = chatOf();
    const asked = { model: null, device, question: "q3", answer: "a3", parent: "a2", at: 3 };
    chat.ask({ ...asked, run: runIdFromBytes(new Uint8Array(16).fill(3)), text: "Review this.", isPiped: true });
    expect(["a2", "q3", "a3"].map((id) => isMadeFromOthers(chat, id))).toEqual([false, true, true]);
  });

  test("OW4 an answer that a person put differently stands for the one that they changed", () => {
    const chat = chatOf(call("fetch_page"));
    chat.add([{ id: "e1", parent: "q1", role: "assistant", device, at: 4, text: "Put differently." }]);
    expect(isMadeFromOthers(chat, "e1")).toBe(true);
    const own = chatOf(call("time"));
    own.add([{ id: "e1", parent: "q1", role: "assistant", device, at: 4, text: "Put differently." }]);
    expect(isMadeFromOthers(own, "e1")).toBe(false);
  });

  test("OW6 what takes the place of others' words is known to, also once those were taken out; what follows them is not", () => {
    const chat = chatOf(call("fetch_page"));
    expect(replacesOthers(chat, "q1", "assistant")).toBe(true);
    expect(replacesOthers(chat, null, "user")).toBe(false);
    expect(replacesOthers(chat, "a2", "user")).toBe(false);
    expect(replacesOthers(chatOf(call("time")), "q1", "assistant")).toBe(false);
    const piped = { model: null, device, question: "q3", answer: "a3", parent: "a2", at: 3, text: "Review this." };
    chat.ask({ ...piped, run: runIdFromBytes(new Uint8Array(16).fill(3)), isPiped: true });
    expect(replacesOthers(chat, "a2", "user")).toBe(true);
    chat.add([{ id: "e1", parent: "q1", role: "assistant", device, at: 4, text: "Put differently.", isPiped: true }]);
    chat.setDeleted("a1", 5);
    expect(chat.siblings("e1")).toEqual(["e1"]);
    expect(isMadeFromOthers(chat, "e1")).toBe(true);
  });

  test("OW3 so do files, sources, messages of others, and artifacts that were shown", () => {
    const own = chatOf();
    expect(isMadeFromOthers(own, "a2")).toBe(false);
    expect(isMadeFromOthers(chatOf({ kind: "artifacts", seen: [] }), "a2")).toBe(false);
    expect(
      isMadeFromOthers(chatOf({ kind: "artifacts", seen: [{ id: artifact, heads: ["a".repeat(64)] }] }), "a2"),
    ).toBe(true);
    own.add([{ id: "i1", parent: "a2", role: "assistant", device, at: 3, text: "Imported.", by: "Another app" }]);
    expect(["a2", "i1"].map((id) => isMadeFromOthers(own, id))).toEqual([false, true]);
  });
});
