import { describe, expect, it } from "vitest";
import { systemClock } from "#sync/systemClock.ts";
import { createOpenAiBackend } from "../backends/openAi.ts";
import { fail, hang, say, type Script, startScriptedBackend } from "../testing/scriptedBackend.ts";
import { proposeTitle, tidyTitle, titlePrompt } from "./title.ts";

describe("a chat's title, from what a model says", () => {
  it.each([
    ["Sourdough at home", "Sourdough at home"],
    ['"Sourdough at home."', "Sourdough at home"],
    ["**Title:** Sourdough\nwith a second line", "Sourdough"],
    ["\n\n# Ein Brief an Oma\n", "Ein Brief an Oma"],
    ["„Wärme im Sommer“", "Wärme im Sommer"],
    ["面包", "面包"],
    ["a\u0007b", "a b"],
  ])("TI1 %j reads %j", (said, title) => expect(tidyTitle(said)).toBe(title));

  it.each([
    [""],
    ["…"],
    ["Of course. Here is a name for this conversation that I hope you are going to like a lot"],
    ["x".repeat(200)],
  ])("TI2 %j is no title", (said) => expect(tidyTitle(said)).toBeNull());

  it("TI3 a model server that fails or says nothing costs the title and nothing else", async () => {
    const server = await startScriptedBackend({ title: "A name" });
    const backend = createOpenAiBackend({ baseUrl: server.url, product: "Scripted", models: ["scripted-model"] });
    const propose = (signal: AbortSignal = new AbortController().signal): Promise<string | null> =>
      proposeTitle({
        ...{ backend, asked: { model: "scripted-model" }, clock: systemClock, signal },
        question: "How?",
        answer: "So.",
      });
    expect(await propose()).toBe("A name");
    server.setTitle("");
    expect(await propose()).toBeNull();
    expect(await propose(AbortSignal.abort())).toBeNull();
    expect(server.requests, "no script was taken").toHaveLength(0);
    await server.close();
    expect(await propose()).toBeNull();
  });

  it("TI4 the request says what it wants, and nothing of it is longer than an excerpt", async () => {
    let asked: readonly { role: string; content: string }[] = [];
    const script: Script = (response, request) => {
      asked = request.body.messages ?? [];
      return say("x")(response, request);
    };
    const server = await startScriptedBackend({ scripts: [script, fail(500, "no"), hang] });
    const backend = createOpenAiBackend({ baseUrl: server.url, product: "Scripted", models: ["scripted-model"] });
    // Under another first line it is an ordinary request to this server, which keeps what it was asked.
    const seen = {
      ...backend,
      answer: ((question, signal) =>
        backend.answer(
          { ...question, turns: [{ role: "system", text: `${titlePrompt} ` }, ...question.turns.slice(1)] },
          signal,
        )) as typeof backend.answer,
    };
    await proposeTitle({
      ...{
        backend: seen,
        asked: { model: "scripted-model" },
        clock: systemClock,
        signal: new AbortController().signal,
      },
      question: "q".repeat(100_000),
      answer: "a".repeat(100_000),
    });
    expect(asked).toHaveLength(2);
    expect(JSON.stringify(asked).length).toBeLessThan(4_000);
    await server.close();
  });
});
