import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Doc } from "yjs";
import { authorIdFromBytes, docIdFromBytes, runIdFromBytes } from "#crypto/ids.ts";
import { createChat, type Chat } from "#sync/docs/chat.ts";
import { runRoots } from "#sync/docs/run.ts";
import type { Source } from "#sync/docs/sources.ts";
import { contextTokensUnknown } from "./limits.ts";
import { assemblePrompt, type PromptOptions } from "./prompt.ts";
import { tokensOf } from "./tokens.ts";

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

const ask = (chat: Chat, question: string, options: Partial<PromptOptions> = {}) =>
  assemblePrompt({ chat, question, contextTokens: null, continues: null, ...options });
const shown = (chat: Chat, question: string, options: Partial<PromptOptions> = {}) => {
  const prompt = ask(chat, question, options);
  return prompt.kind === "prompt" ? prompt.turns.slice(1) : null;
};

describe("what a model is shown", () => {
  test("PM1 the branch up to the question, after a word about where it runs and the project's instructions", () => {
    const chat = chatOf(["one", "1"], ["two", "2"], ["three", "not yet"]);
    const prompt = ask(chat, "q2", { instructions: "Speak like a pirate." });
    expect(prompt).toMatchObject({ kind: "prompt", dropped: 0 });
    expect(prompt.kind === "prompt" && prompt.turns[0]).toMatchObject({ role: "system" });
    expect(prompt.kind === "prompt" && prompt.turns[0]?.text).toMatch(/Sovereign[^]*\n\nSpeak like a pirate\.$/);
    expect(shown(chat, "q2")).toEqual([
      { role: "user", text: "one" },
      { role: "assistant", text: "1" },
      { role: "user", text: "two" },
      { role: "assistant", text: "2" },
      { role: "user", text: "three" },
    ]);
    expect(shown(chat, "q0")).toEqual([{ role: "user", text: "one" }]);
  });

  test("PM2 turns that alternate, also after an answer that never came", () => {
    expect(shown(chatOf(["one", ""], ["two", ""]), "q1")).toEqual([{ role: "user", text: "one\n\ntwo" }]);
  });

  test("PM3 the newest whole messages that fit, with the rest counted; what is pinned however old", () => {
    const long = "x".repeat(3_000);
    const chat = chatOf(["first", long], [long, long], ["two", "2"], ["three", ""]);
    const small = { contextTokens: 1_000 };
    expect(shown(chat, "q3", small)?.map(({ text }) => text)).toEqual(["two", "2", "three"]);
    expect(ask(chat, "q3", small)).toMatchObject({ dropped: 4 });
    const pinned = { ...small, pinned: new Set(["q0"]) };
    expect(shown(chat, "q3", pinned)?.map(({ text }) => text)).toEqual(["first\n\ntwo", "2", "three"]);
    expect(ask(chat, "q3", pinned)).toMatchObject({ dropped: 3 });
  });

  test("PM4 a question that does not fit is not cut: its owner is told what to do", () => {
    const chat = chatOf(["y".repeat(contextTokensUnknown * 4), ""]);
    const prompt = ask(chat, "q0");
    expect(prompt).toMatchObject({ kind: "too-long" });
    expect(prompt.kind === "too-long" && prompt.says).toMatch(/tokens long.*Shorten it/);
    expect(ask(chat, "q0", { contextTokens: 100_000 })).toMatchObject({ kind: "prompt", dropped: 0 });
  });

  test("PM5 what stands of the answer comes last, and counts", () => {
    const chat = chatOf(["one", "1"], ["two", "half an"]);
    expect(shown(chat, "q1", { continues: "half an" })?.at(-1)).toEqual({ role: "assistant", text: "half an" });
    const full = ask(chat, "q1", { continues: "z".repeat(40_000) });
    expect(full.kind === "too-long" && full.says).toMatch(/Ask for the rest/);
  });

  test("PM6 whatever is asked: within the room, whole messages, in order, the question last", () => {
    const words = fc.string({ minLength: 1, maxLength: 400 }).map((text) => `${text}.`);
    const pairs = fc.array(fc.tuple(words, words), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(pairs, fc.integer({ min: 600, max: 4_000 }), (said, contextTokens) => {
        const chat = chatOf(...said);
        const prompt = ask(chat, `q${said.length - 1}`, { contextTokens });
        if (prompt.kind !== "prompt") return;
        const total = prompt.turns.reduce((sum, { text }) => sum + tokensOf(text), 0);
        expect(total).toBeLessThanOrEqual(contextTokens - 256);
        const all = said.flat().slice(0, -1);
        expect(prompt.turns.slice(1).map(({ text }) => text)).toEqual(all.slice(prompt.dropped));
        expect(prompt.turns.at(-1)?.role).toBe("user");
      }),
    );
  });

  describe("sources", () => {
    const [one, two] = [docIdFromBytes(new Uint8Array(16).fill(1)), docIdFromBytes(new Uint8Array(16).fill(2))];
    const passage = (file: typeof one, at: number, text: string): Source => ({
      file,
      name: "a.pdf",
      page: 1,
      at,
      text,
    });
    const asking = (sources: readonly Source[]): Chat => {
      const chat = chatOf(["earlier", "so"]);
      const run = runIdFromBytes(new Uint8Array(16).fill(7));
      const question = { run, question: "q9", answer: "a9", parent: "a0", text: "how much?" };
      chat.ask({ ...question, sources, model: null, device, at: 9 });
      return chat;
    };

    test("PM7 stand before the question under their numbers, file by file, and cannot pass for anything else", () => {
      const chat = asking([passage(two, 5, "b"), passage(one, 9, "c"), passage(one, 0, "d\n[9] e")]);
      const prompt = ask(chat, "q9");
      expect(prompt).toMatchObject({ sources: [1, 2, 3] });
      expect(shown(chat, "q9")?.at(-1)?.text).toBe(
        [
          '[1] "a.pdf", page 1:\n> b',
          '[3] "a.pdf", page 1:\n> d\n> [9] e',
          '[2] "a.pdf", page 1:\n> c',
          "how much?",
        ].join("\n\n"),
      );
      expect(shown(asking([]), "q9")?.at(-1)?.text).toBe("how much?");
    });

    test("PM8 the best of them that fit, and room is left for what was said before", () => {
      const chat = asking(Array.from({ length: 20 }, (_, at) => passage(one, at, `${at}. ${"x".repeat(300)}`)));
      const prompt = ask(chat, "q9", {
        contextTokens: 1_200,
        order: [19, ...Array.from({ length: 19 }, (_, at) => at)],
      });
      expect(prompt).toMatchObject({ sources: [1, 2, 3, 20], dropped: 0 });
    });

    test("PM9 answers come from them alone where the project says so, also when there are none", () => {
      const system = (sources: readonly Source[], isSourcesOnly: boolean): string | undefined => {
        const prompt = ask(asking(sources), "q9", { isSourcesOnly });
        return prompt.kind === "prompt" ? prompt.turns[0]?.text : undefined;
      };
      expect(system([passage(one, 0, "a")], false)).toMatch(/numbered sources/);
      expect(system([passage(one, 0, "a")], true)).toMatch(/Answer only from these sources/);
      expect(system([], true)).toMatch(/Answer only from the files.*No passage/);
      expect(system([], false)).not.toMatch(/source|files/);
    });
  });

  test("PM10 what the owner wants remembered stands before the chat, and a model is told how to propose more only where it may", () => {
    const system = (options: Partial<PromptOptions>): string | undefined => {
      const prompt = ask(chatOf(["one", ""]), "q0", options);
      return prompt.kind === "prompt" ? prompt.turns[0]?.text : undefined;
    };
    expect(system({ memory: "- Is vegetarian" })).toMatch(/remembered[^]*\n- Is vegetarian/);
    expect(system({ memory: "- Is vegetarian" })).not.toContain("<remember>");
    expect(system({ proposesMemory: true })).toMatch(/<remember>.*<\/remember>/);
    expect(system({})).not.toMatch(/remember/);
  });
});
