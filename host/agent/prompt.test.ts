import { describe, expect, test } from "vitest";
import { Doc } from "yjs";
import { authorIdFromBytes, runIdFromBytes } from "#crypto/ids.ts";
import { createChat, type Chat } from "#sync/docs/chat.ts";
import { runRoots } from "#sync/docs/run.ts";
import { promptCharsMax } from "./limits.ts";
import { toTurns } from "./prompt.ts";

const device = authorIdFromBytes(new Uint8Array(16).fill(9));

/** Questions in a row, each with its answer's text. */
function chatOf(...pairs: [string, string][]): Chat {
  const chat = createChat(new Doc());
  pairs.forEach(([text, answer], index) => {
    const run = runIdFromBytes(new Uint8Array(16).fill(index + 1));
    const parent = index === 0 ? null : `a${index - 1}`;
    chat.ask({ run, question: `q${index}`, answer: `a${index}`, parent, text, model: null, device, at: index });
    chat.doc.getText(runRoots(run).text).insert(0, answer);
  });
  return chat;
}

const shown = (chat: Chat, question: string) => toTurns(chat, question)?.slice(1);

describe("what a model is shown", () => {
  test("the branch up to the question, after a word about where it runs", () => {
    const chat = chatOf(["one", "1"], ["two", "2"], ["three", "not yet"]);
    expect(toTurns(chat, "q2")?.[0]?.role).toBe("system");
    expect(shown(chat, "q2")).toEqual([
      { role: "user", text: "one" },
      { role: "assistant", text: "1" },
      { role: "user", text: "two" },
      { role: "assistant", text: "2" },
      { role: "user", text: "three" },
    ]);
    expect(shown(chat, "q0")).toEqual([{ role: "user", text: "one" }]);
  });

  test("nothing, for what is no question", () => {
    const chat = chatOf(["one", "1"]);
    expect([toTurns(chat, "a0"), toTurns(chat, "gone")]).toEqual([null, null]);
  });

  test("turns that alternate, also after an answer that never came", () => {
    expect(shown(chatOf(["one", ""], ["two", ""]), "q1")).toEqual([{ role: "user", text: "one\n\ntwo" }]);
  });

  test("the newest turns only, when it is too much, and never without the question", () => {
    const long = "x".repeat(promptCharsMax / 2);
    const turns = shown(chatOf([long, long], ["two", "2"], ["three", ""]), "q2");
    expect(turns?.map((turn) => turn.text)).toEqual(["two", "2", "three"]);
    const huge = shown(chatOf([`${"y".repeat(promptCharsMax)} and so: why?`, ""]), "q0");
    expect(huge?.[0]?.text.length).toBe(promptCharsMax);
    expect(huge?.[0]?.text.endsWith("and so: why?")).toBe(true);
  });
});
