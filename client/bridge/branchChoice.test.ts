import { describe, expect, it } from "vitest";
import { Doc } from "yjs";
import { authorIdFromBytes, runIdFromBytes, type RunId } from "#crypto/ids.ts";
import { createChat, type Chat } from "#sync/docs/chat.ts";
import { createBranchChoice } from "./branchChoice.ts";

const device = authorIdFromBytes(new Uint8Array(16).fill(9));
const run = (byte: number): RunId => runIdFromBytes(new Uint8Array(16).fill(byte));

/** A chat, and what a person sees of it. */
function openChat(): { chat: Chat; look(): string; choose(id: string): string } & Record<"ask" | "again", Asking> {
  const chat = createChat(new Doc());
  const choice = createBranchChoice();
  const look = (): string => {
    const known = chat.thread(choice.leaf());
    const branch = known.length > 0 ? known : chat.thread(choice.fallBack((id) => chat.message(id) !== null));
    const shown = branch.map(({ id }) => id);
    choice.note(shown);
    return shown.join(" ");
  };
  return {
    chat,
    look,
    choose: (id) => {
      choice.choose(id);
      return look();
    },
    ask: (number, parent) => chat.ask({ ...asked(number), question: `q${number}`, parent, text: `question ${number}` }),
    again: (number, question) => chat.askAgain({ ...asked(number), question: question ?? "" }),
  };
}

type Asking = (number: number, to: string | null) => void;
const asked = (number: number) => ({ run: run(number), answer: `a${number}`, model: null, device, at: number });

describe("which branch is shown", () => {
  it("is the newest until a person chooses", () => {
    const { ask, again, look } = openChat();
    ask(1, null);
    expect(look()).toBe("q1 a1");
    again(2, "q1");
    expect(look()).toBe("q1 a2");
    ask(3, null);
    expect(look()).toBe("q3 a3");
  });

  it("is the chosen one from then on, with whatever follows on it", () => {
    const { ask, again, look, choose } = openChat();
    ask(1, null);
    again(2, "q1");
    expect(choose("a1")).toBe("q1 a1");
    again(3, "q1");
    ask(4, null);
    expect(look()).toBe("q1 a1");
    ask(5, "a1");
    expect(look()).toBe("q1 a1 q5 a5");
    // Another answer to the last question, made elsewhere: what is being read stays.
    again(6, "q5");
    expect(look()).toBe("q1 a1 q5 a5");
  });

  it("comes back as it was left", () => {
    const { ask, again, choose, look } = openChat();
    ask(1, null);
    ask(2, "a1");
    again(3, "q2");
    look();
    expect(choose("a2")).toBe("q1 a1 q2 a2");
    ask(4, null);
    expect(choose("q4")).toBe("q4 a4");
    expect(choose("q1")).toBe("q1 a1 q2 a2");
  });

  it("goes back to what stood before a message that was deleted", () => {
    const { chat, ask, choose, look } = openChat();
    ask(1, null);
    ask(2, "a1");
    look();
    expect(choose("a2")).toBe("q1 a1 q2 a2");
    chat.setDeleted("a1", 9);
    expect(look()).toBe("q1");
    chat.setDeleted("a1", null);
    expect(look()).toBe("q1 a1 q2 a2");
    chat.setDeleted("q1", 9);
    expect(look()).toBe("");
    ask(3, null);
    expect(look()).toBe("q3 a3");
  });

  it("tells versions apart by place and role, oldest first", () => {
    const { ask, again, chat } = openChat();
    ask(1, null);
    again(2, "q1");
    ask(3, "a1");
    ask(4, null);
    expect([...chat.forks().keys()].sort()).toEqual(["a1", "a2", "q1", "q4"]);
    expect(chat.forks().get("a2")).toEqual(["a1", "a2"]);
    expect(chat.forks().get("q1")).toEqual(chat.siblings("q4"));
  });
});
