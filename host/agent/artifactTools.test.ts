import { describe, expect, it } from "vitest";
import { docIdFromBytes, type DocId } from "#crypto/ids.ts";
import { readAnswerParts } from "#sync/artifacts/answerParts.ts";
import { planFiling } from "#sync/artifacts/filing.ts";
import type { ShownArtifact } from "#sync/docs/shownArtifacts.ts";
import { artifactCharsMax } from "#sync/limits.ts";
import type { AnswerPart, Question, ToolCall } from "../backends/backend.ts";
import { answerWithTools, type CalledTools } from "./answerWithTools.ts";
import { createArtifactTools } from "./artifactTools.ts";
import { artifactReadCharsMax, toolRoundsMax } from "./limits.ts";

const idOf = (index: number): DocId => docIdFromBytes(new Uint8Array(16).fill(index + 1));
const letter: ShownArtifact = {
  id: docIdFromBytes(new Uint8Array(16).fill(0xab)),
  title: "Letter",
  kind: "text",
  language: "",
  heads: ["00".repeat(32)],
  text: "Dear Ann,\nhello.\nhello.\n",
};
const newTools = () => createArtifactTools([letter], idOf);
const callOf = (name: string, given: object): ToolCall => ({ id: name, name, arguments: given });

describe("tools for artifacts", () => {
  it("AT1 what a tool makes reads back as a part of the answer, wherever in it the model was", () => {
    const tools = newTools();
    const given = { title: 'A "page"', kind: "html", text: "<p>\n</artifact>\n" };
    for (const before of ["", "Here it is:", "Here:\n", "Code:\n```js\nlet a", "~~~~\nx\n"]) {
      const { writes, says } = newTools().call(callOf("artifact_create", given), before);
      const parts = readAnswerParts(before + writes).filter(({ kind }) => kind !== "words");
      expect(parts, before).toMatchObject([
        { kind: "new", title: "A 'page'", sort: "html", text: given.text, isClosed: true },
      ]);
      expect(says).toContain(idOf(0).slice(0, 8));
    }
    expect(tools.call(callOf("artifact_create", { title: "x", kind: "html" }), "").writes).toBe("");
  });

  it("AT2 edits go on from one another, and devices file what the model was told", () => {
    const tools = newTools();
    let answer = "";
    const call = (name: string, given: object): string => {
      const { writes, says } = tools.call(callOf(name, given), answer);
      answer += writes;
      return says;
    };
    const id = letter.id.slice(0, 8);
    expect(call("artifact_edit", { id, edits: [{ find: "hello.", replace: "bye." }] })).toContain("more than once");
    expect(call("artifact_edit", { id, edits: [{ find: "Bob", replace: "" }] })).toContain("is not there");
    expect(call("artifact_edit", { id: "00000000", text: "x" })).toContain("no artifact with the id");
    expect(call("artifact_edit", { id, edits: "all" })).toContain("list of {find, replace}");
    expect(answer).toBe("");
    expect(call("artifact_edit", { id, edits: [{ find: "Ann", replace: "Anna" }] })).toBe("Proposed to the owner.");
    expect(call("artifact_edit", { id, edits: [{ find: "Dear Anna", replace: "My </find>" }] })).toBe(
      "Proposed to the owner.",
    );
    expect(call("artifact_read", { id, from: 1, to: 1 })).toBe("My </find>,");
    const made = call("artifact_create", { title: "New", kind: "text", text: "one" });
    expect(call("artifact_edit", { id: /[0-9a-f]{8}/.exec(made)?.[0], text: "two" })).toBe("Proposed to the owner.");
    const filing = planFiling(readAnswerParts(answer), [letter], idOf, true);
    expect(filing.unfit).toEqual([]);
    expect(filing.made).toMatchObject([{ title: "New", text: "two" }]);
    expect(filing.edited.map(({ edits }) => edits.length)).toEqual([2]);
    expect(call("artifact_delete", {})).toContain("no such tool");
  });

  it("AT5 a text that is longer than an artifact is told to the model with how much fits, by a tool or in a tag, and nothing is made", () => {
    const text = "word ".repeat(artifactCharsMax / 5 + 1);
    const says = `The text would have ${text.length} characters, and an artifact holds up to ${artifactCharsMax}.`;
    const tools = newTools();
    for (const call of [
      callOf("artifact_create", { title: "Book", kind: "text", text }),
      callOf("artifact_edit", { id: letter.id.slice(0, 8), text }),
    ]) {
      const done = tools.call(call, "");
      expect(done.writes).toBe("");
      expect(done.says).toContain(says);
    }
    const answer = `<artifact title="Book" kind="text">\n${text}\n</artifact>\n<artifact title="Note" kind="text">\nshort\n</artifact>\n`;
    const filing = planFiling(readAnswerParts(answer), [], idOf, true);
    expect(filing.made.map(({ title }) => title)).toEqual(["Note"]);
    expect(filing.unfit).toMatchObject([
      { index: 0, says: expect.stringContaining("an artifact holds up to") as string },
    ]);
  });

  it("AT3 reading is bounded, and says so", () => {
    const long = { ...letter, text: "word\n".repeat(artifactReadCharsMax) };
    const { says } = createArtifactTools([long], idOf).call(callOf("artifact_read", { id: long.id }), "");
    expect(says.length).toBeLessThan(artifactReadCharsMax + 200);
    expect(says).toContain("Cut here");
  });

  it("AT4 a model is asked again with what its calls came to, and not for ever", async () => {
    const asked: Question[] = [];
    async function* answer(question: Question): AsyncGenerator<AnswerPart> {
      asked.push(question);
      yield { kind: "text", text: `Round ${asked.length}. ` };
      if (asked.length === 1)
        question.onToolCall?.(callOf("artifact_edit", { id: letter.id, edits: [{ find: "never", replace: "x" }] }));
      else question.onToolCall?.(callOf("artifact_edit", { id: letter.id, text: `text ${asked.length}` }));
      yield { kind: "usage", promptTokens: 10, completionTokens: 2 };
    }
    const parts: AnswerPart[] = [];
    const question: Question = { model: null, turns: [{ role: "user", text: "Change it." }] };
    const tools = newTools();
    const called: CalledTools = {
      offers: tools.offers,
      call: (call, answer) => Promise.resolve(tools.call(call, answer)),
    };
    const progress = { turns: question.turns, answer: "", round: 1, completionTokens: 0 };
    const { signal } = new AbortController();
    for await (const part of answerWithTools({ answer }, question, called, signal, { progress, by: "calls" }))
      parts.push(part);
    expect(asked).toHaveLength(toolRoundsMax);
    expect(asked.at(-1)?.tools).toBeUndefined();
    expect(asked[1]?.turns.slice(1)).toMatchObject([
      { role: "assistant", text: "Round 1. ", calls: [{ name: "artifact_edit" }] },
      { role: "tool", callId: "artifact_edit", text: expect.stringContaining("is not there") as unknown },
    ]);
    expect(parts.at(-1)).toEqual({ kind: "usage", promptTokens: 10, completionTokens: 2 * toolRoundsMax });
    const text = parts.map((part) => (part.kind === "text" ? part.text : "")).join("");
    expect(readAnswerParts(text).filter(({ kind }) => kind === "edit")).toHaveLength(toolRoundsMax - 2);
  });
});
