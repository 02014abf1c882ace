import { describe, expect, test } from "vitest";
import { createGuideBackend } from "./guide.ts";
import { loadManual } from "./manual.ts";
import { reply } from "./reply.ts";

const manual = loadManual();

describe("the manual", () => {
  test("every file has a chapter, and every section words of its own", () => {
    expect(manual.chapters.length).toBe(9);
    expect(manual.sections.length).toBeGreaterThan(35);
    for (const section of manual.sections) {
      expect(section.body.length).toBeGreaterThan(20);
      expect(section.body).not.toContain("<!--");
      expect(section.also).not.toBe("");
    }
    expect(new Set(manual.sections.map((section) => section.heading)).size).toBe(manual.sections.length);
  });

  const questions: [string, string][] = [
    ["how do I connect Ollama?", "Ollama"],
    ["can I use it from opencode", "Using your editor, OpenCode or scripts with it"],
    ["does it have an openai compatible api endpoint for my editor?", "Using your editor, OpenCode or scripts with it"],
    ["how do I make an api key", "Keys for tools"],
    ["revoke a key", "Keys for tools"],
    ["ollama", "Ollama"],
    ["Can I use LM Studio with this?", "LM Studio"],
    ["how to use vllm", "vLLM"],
    ["I have a gguf file", "A model file (GGUF) without a model server"],
    ["how do I download a model from hugging face", "Getting a model file"],
    ["can I use several model servers at once", "Several model servers"],
    ["my server needs an api key", "A model server that asks for a key"],
    ["the model file has changed, what does that mean", "When a model file changes"],
    ["Is this really private?", "The honest limit"],
    ["who can read my chats", "What is encrypted"],
    ["is it end-to-end encrypted?", "What is encrypted"],
    ["do you send telemetry", "What is sent to the internet"],
    ["does it work offline?", "Using Sovereign offline"],
    ["what happens when I ask something while the host is off", "Asking while the host is away"],
    ["where is my data stored?", "On the host"],
    ["how do I make a backup", "Backing up"],
    ["what environment variables are there", "Environment variables"],
    ["change the port", "Changing the port"],
    ["keyboard shortcuts", "Keyboard"],
    ["how do I use it on my phone?", "Using it on a phone"],
    ["android app?", "Using it on a phone"],
    ["can I pair a second laptop", "A second device"],
    ["the port is already in use", "The port is taken"],
    ["the model does not answer", "The model does not answer"],
    ["how do i stop an answer", "Stopping an answer"],
    ["how do I delete a chat", "Deleting a chat"],
    ["can I upload a pdf", "Files, images, voice and search"],
    ["dark mode", "Light and dark"],
    ["which model should I take with 24 GB", "Which model to take"],
    ["What is SOVEREIGN_BACKEND for?", "Environment variables"],
    ["What is Sovereign, in plain words?", "What Sovereign is"],
    ["Who can read what I write here?", "What is encrypted"],
    ["How do I connect a model?", "How Sovereign finds a model"],
    ["how do I update sovereign", "Updating"],
    ["is my data safe if someone steals my computer", "If your machine is stolen"],
    ["Is it open source?", "What it costs"],
    ["can you see my data?", "The honest limit"],
    ["rename a chat", "Renaming a chat"],
    ["what's the catch with the encryption", "The honest limit"],
    ["use a model on another computer", "A model server on another machine or port"],
    ["I installed this on my new computer and now I would like to use ollama there, what do I do?", "Ollama"],
  ];
  test.each(questions)("“%s” finds “%s”", (question, heading) => {
    const found = manual.find(question).map((section) => section.heading);
    expect(found).toContain(heading);
  });

  test.each([
    "write me a poem about autumn",
    "What is the capital of France?",
    "12 * 34",
    "who won the match yesterday",
    "translate good morning into Spanish",
    "why is the sky blue",
    "help me plan my week",
    "Help me begin a letter I keep putting off.",
    "write a python function that reverses a list",
    "tell me a joke",
    "how long to boil an egg",
    "give me a recipe for bread",
  ])("“%s” finds nothing, and the guide says so plainly", (question) => {
    expect(manual.find(question)).toEqual([]);
    const text = reply(manual, question);
    expect(text).toMatch(/^I do not know\. I am the guide, \*\*not a model\*\*/);
    expect(text).toContain("- Connecting a model");
  });
});

describe("the guide", () => {
  test.each(["hello", "Hi there!", "Guten Tag", "  hey 👋"])("greets on “%s”, with topics", (message) => {
    expect(reply(manual, message)).toMatch(/^Hello! I am the guide.*not a model/);
    expect(reply(manual, message)).toContain("- Getting started");
  });

  test("a greeting with a question in it is a question", () => {
    expect(reply(manual, "hi, how do I connect Ollama to this thing?")).toContain("ollama pull");
  });

  test("a question that begins like one about the guide is still a question", () => {
    expect(reply(manual, "what do I do when the port is taken?")).toContain("SOVEREIGN_PORT");
    expect(reply(manual, "what are you doing with my data?")).toContain("manual says");
  });

  test("quotes the section it found, with where it stands", () => {
    expect(reply(manual, "how do I connect ollama")).toMatch(
      /^Here is what the manual says under “Ollama” \(Connecting a model\):\n\n1\. Install/,
    );
  });

  test.each([
    "what are you?",
    "are you an AI",
    "What is this?",
    "help",
    "hi, can you help me?",
    "what can you do?",
    "test",
  ])("says what it is on “%s”", (message) => {
    expect(reply(manual, message)).toMatch(/^I am the guide, \*\*not a model\*\*/);
  });

  test.each([
    "",
    "   ",
    "???",
    "😀",
    "\u0000",
    "x".repeat(100_000),
    "<script>alert(1)</script>",
    "((((*",
    "constructor __proto__ toString",
  ])("answers anything with words: case %#", (message) => expect(reply(manual, message).length).toBeGreaterThan(20));

  test("streams the reply word by word, and stops when told", async () => {
    const guide = createGuideBackend(1);
    expect([guide.kind, guide.label]).toEqual(["guide", "Guide, not a model"]);
    const turns = [
      { role: "system" as const, text: "ignored" },
      { role: "user" as const, text: "hello" },
    ];
    const parts: string[] = [];
    for await (const part of guide.answer({ model: null, turns }, new AbortController().signal)) {
      if (part.kind === "text") parts.push(part.text);
    }
    expect(parts.join("")).toBe(reply(manual, "hello"));
    expect(parts.length).toBeGreaterThan(30);

    const controller = new AbortController();
    let count = 0;
    for await (const _part of guide.answer({ model: null, turns }, controller.signal)) {
      count += 1;
      if (count === 3) controller.abort();
    }
    expect(count).toBe(3);
  });
});
