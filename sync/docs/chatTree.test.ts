import { describe, expect, it } from "vitest";
import { Doc } from "yjs";
import { authorIdFromBytes, runIdFromBytes } from "#crypto/ids.ts";
import { createChat, type Chat } from "./chat.ts";

describe("what a person does to messages that stand", () => {
  const device = authorIdFromBytes(new Uint8Array(16).fill(9));
  const asked = (number: number) => ({
    run: runIdFromBytes(new Uint8Array(16).fill(number)),
    answer: `a${number}`,
    model: null,
    device,
    at: number,
  });
  const talk = (): Chat => {
    const chat = createChat(new Doc());
    chat.ask({ ...asked(1), question: "q1", parent: null, text: "one" });
    chat.askAgain({ ...asked(2), question: "q1" });
    chat.ask({ ...asked(3), question: "q3", parent: "a1", text: "three" });
    chat.ask({ ...asked(4), question: "q4", parent: "a3", text: "four" });
    return chat;
  };
  const ids = (chat: Chat, leaf?: string): string =>
    chat
      .thread(leaf)
      .map(({ id }) => id)
      .join(" ");

  it("a deleted message is gone with all that follows it, from every reading, until it is brought back", () => {
    const chat = talk();
    expect(ids(chat)).toBe("q1 a1 q3 a3 q4 a4");
    chat.setDeleted("q3", 9);
    expect(ids(chat)).toBe("q1 a2");
    expect(ids(chat, "a1")).toBe("q1 a1");
    expect(ids(chat, "q4"), "it hangs on nothing").toBe("");
    expect(
      chat
        .messages()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["a1", "a2", "q1"]);
    expect(chat.message("q3")).toBeNull();
    chat.setDeleted("a1", 10);
    expect(chat.forks().size).toBe(0);
    expect(chat.siblings("a2")).toEqual(["a2"]);
    chat.setDeleted("a1", null);
    chat.setDeleted("q3", null);
    expect(ids(chat)).toBe("q1 a1 q3 a3 q4 a4");
  });

  it("a message whose parent has not arrived is not taken for a deleted one", () => {
    const chat = talk();
    chat.add([{ id: "far", parent: "not here", role: "user", device, at: 20, text: "hello" }]);
    chat.setDeleted("q3", 9);
    expect(ids(chat)).toBe("far");
  });

  it("an answer that a person put is a version like any other, however long", () => {
    const chat = talk();
    const text = "long ".repeat(80_000);
    chat.add([{ id: "mine", parent: "q1", role: "assistant", device, at: 20, text }]);
    expect(chat.message("mine")).toMatchObject({ role: "assistant", run: null, text });
    expect(chat.siblings("mine")).toEqual(["a1", "a2", "mine"]);
    expect(ids(chat)).toBe("q1 mine");
  });

  it("a long row of messages comes in whole, in order, in updates that an envelope holds", () => {
    const chat = createChat(new Doc());
    const sizes: number[] = [];
    chat.doc.on("update", (update: Uint8Array) => sizes.push(update.length));
    const added = Array.from({ length: 2000 }, (_, index) => ({
      id: `m${index}`,
      parent: index === 0 ? null : `m${index - 1}`,
      role: index % 2 === 0 ? ("user" as const) : ("assistant" as const),
      device,
      at: index,
      text: index === 1001 ? "x".repeat(400_000) : `words of ${index} `.repeat(20),
    }));
    chat.add(added);
    expect(chat.thread()).toHaveLength(2000);
    expect(chat.thread()[1001]?.text).toHaveLength(400_000);
    expect(Math.max(...sizes)).toBeLessThan(400_000);
    expect(sizes.length).toBeLessThan(40);
  });
});
