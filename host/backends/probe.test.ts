import { afterEach, describe, expect, test } from "vitest";
import { startScriptedBackend, type ScriptedBackend, type ScriptedBackendOptions } from "../testing/scriptedBackend.ts";
import { createProbeMemory, probeBackend, type Probe } from "./probe.ts";

let server: ScriptedBackend;
afterEach(() => server.close());

async function probe(options: ScriptedBackendOptions, memory = createProbeMemory()): Promise<Probe> {
  server = await startScriptedBackend(options);
  return probeBackend({ baseUrl: server.url, name: "It", key: null, guess: "Something" }, 5_000, memory);
}

const unsaid = { isLoaded: null, sizeBytes: null };
const nothing = { tools: null, vision: null, reasoning: null, embeddings: false, ...unsaid };

describe("what each product says of its models", () => {
  test("vLLM: its context, and that it continues an answer by its flags", async () => {
    const found = await probe({ models: ["Qwen/Qwen3-8B"], ownedBy: "vllm", entry: { max_model_len: 40_960 } });
    expect(found.product).toBe("vLLM");
    expect(found.models).toEqual([
      { ...nothing, id: "Qwen/Qwen3-8B", contextTokens: 40_960, prefill: "flags", isLoaded: true },
    ]);
    expect(server.asked).toEqual(["GET /v1/models"]);
  });

  const props = (template: string) => ({
    "GET /props": {
      default_generation_settings: { n_ctx: 16_384 },
      modalities: { vision: true },
      chat_template: template,
      chat_template_caps: { supports_tools: true },
    },
  });
  test.each([
    ["{{ messages }}", "plain", false],
    ["{% if enable_thinking %}<think>{% endif %}", "unthinking", true],
    ["always <think>", "no", true],
  ])(
    "llama.cpp: context, pictures and tools from /props; a template %j continues: %s",
    async (template, prefill, reasoning) => {
      const found = await probe({ models: ["m.gguf"], ownedBy: "llamacpp", documents: props(template) });
      expect(found.models[0]).toEqual({
        ...{ id: "m.gguf", contextTokens: 16_384, tools: true, vision: true, reasoning, embeddings: false, prefill },
        ...{ isLoaded: true, sizeBytes: null, tellsReading: true },
      });
    },
  );

  const shown = {
    plain: {
      capabilities: ["completion", "tools"],
      model_info: { "general.architecture": "llama", "llama.context_length": 131_072 },
      parameters: 'stop "x"\nnum_ctx                        8192\ntemperature 0.7',
    },
    thinker: { capabilities: ["completion", "vision", "thinking"], model_info: { "qwen3.context_length": 40_960 } },
    embedder: { capabilities: ["embedding"], model_info: { "bert.context_length": 2_048 } },
  };
  const ollama = {
    models: ["plain", "thinker", "embedder", "unknown"],
    ownedBy: "library",
    documents: {
      "GET /api/ps": { models: [{ model: "thinker", context_length: 32_768 }] },
      "GET /api/tags": {
        models: [
          { model: "plain", size: 4_920_753_328 },
          { model: "thinker", size: -1 },
        ],
      },
      "POST /api/show": (body: unknown) => shown[(body as { model: keyof typeof shown }).model] ?? { error: "no" },
    },
  };
  test("Ollama: what a model can do from /api/show; the context that is in use, chosen, or Ollama's own default", async () => {
    const memory = createProbeMemory();
    const found = await probe(ollama, memory);
    expect(found.models).toEqual([
      {
        ...{ id: "plain", isLoaded: false, sizeBytes: 4_920_753_328 },
        contextTokens: 8_192,
        tools: true,
        vision: false,
        reasoning: false,
        embeddings: false,
        prefill: "plain",
      },
      {
        ...{ id: "thinker", isLoaded: true, sizeBytes: null },
        contextTokens: 32_768,
        tools: false,
        vision: true,
        reasoning: true,
        embeddings: false,
        prefill: "no",
      },
      {
        ...{ id: "embedder", isLoaded: false, sizeBytes: null },
        contextTokens: 2_048,
        tools: false,
        vision: false,
        reasoning: false,
        embeddings: true,
        prefill: "plain",
      },
      { id: "unknown", contextTokens: null, prefill: "no", ...nothing },
    ]);
    const before = server.asked.length;
    await probeBackend({ baseUrl: server.url, name: "It", key: null, guess: "x" }, 5_000, memory);
    // Only the lists, what runs, and the one that said nothing: the others are remembered.
    expect(server.asked.slice(before).sort()).toEqual([
      "GET /api/ps",
      "GET /api/tags",
      "GET /v1/models",
      "POST /api/show",
    ]);
  });

  test("LM Studio: kinds, and the context of what is loaded", async () => {
    const data = [
      {
        id: "a",
        type: "vlm",
        state: "loaded",
        max_context_length: 131_072,
        loaded_context_length: 4_096,
        capabilities: ["tool_use"],
      },
      { id: "b", type: "embeddings", state: "not-loaded", max_context_length: 2_048 },
      { id: "c", type: "llm", state: "not-loaded", max_context_length: 32_768 },
    ];
    const found = await probe({
      models: ["a", "b", "c"],
      ownedBy: "organization_owner",
      documents: { "GET /api/v0/models": { data } },
    });
    expect(found.product).toBe("LM Studio");
    expect(
      found.models.map((model) => [model.contextTokens, model.vision, model.embeddings, model.tools, model.isLoaded]),
    ).toEqual([
      [4_096, true, false, true, true],
      [null, false, true, null, false],
      [null, false, false, null, false],
    ]);
  });

  test.each([
    ["Ollama", { "GET /api/version": { version: "0.40.1" } }],
    ["llama.cpp", { "GET /props": { default_generation_settings: {} } }],
    ["LM Studio", { "GET /api/v0/models": { data: [] } }],
    ["Something", {}],
  ])("%s is known by what only it answers, when it does not name itself", async (product, documents) => {
    expect((await probe({ documents })).product).toBe(product);
  });

  test("one that is none of these is not asked again which it is", async () => {
    const memory = createProbeMemory();
    await probe({}, memory);
    const before = server.asked.length;
    await probeBackend({ baseUrl: server.url, name: "It", key: null, guess: "x" }, 5_000, memory);
    expect(server.asked.slice(before)).toEqual(["GET /v1/models"]);
  });

  test("an unknown server: names, and that an embedding model cannot chat", async () => {
    const found = await probe({ models: ["b", "nomic-embed-text"] });
    expect(found.models).toEqual([
      { id: "b", contextTokens: null, prefill: "no", ...nothing },
      { ...{ id: "nomic-embed-text", contextTokens: null, prefill: "no" }, ...nothing, embeddings: true },
    ]);
  });
});

describe("nothing is believed that cannot be", () => {
  test.each([-1, 0, 1.5, 1e300, "4096", null, {}, Number.MAX_SAFE_INTEGER])("a context of %j", async (length) => {
    const found = await probe({ ownedBy: "vllm", entry: { max_model_len: length } });
    expect(found.models[0]?.contextTokens).toBe(null);
  });

  test("entries without a usable name, and endless lists", async () => {
    server = await startScriptedBackend({
      documents: {
        "GET /v1/models": {
          data: [
            7,
            null,
            { id: "" },
            { id: "x".repeat(201) },
            { id: {} },
            ...Array.from({ length: 500 }, (_, at) => ({ id: `m${at}` })),
          ],
        },
      },
    });
    const found = await probeBackend(
      { baseUrl: server.url, name: "It", key: null, guess: "x" },
      5_000,
      createProbeMemory(),
    );
    expect(found.models).toHaveLength(95);
  });

  test.each([
    ["a list that is none", { "GET /v1/models": { data: "x" } }, "backend-strange"],
    ["no object", { "GET /v1/models": 7 }, "backend-strange"],
    ["a document of 2 MB", { "GET /v1/models": { data: [], more: "x".repeat(2_000_000) } }, "backend-strange"],
  ])("%s", async (_name, documents, code) => {
    await expect(probe({ documents })).rejects.toMatchObject({ code });
  });

  test("details that are garbage leave the model usable", async () => {
    const documents = {
      "GET /api/ps": 7,
      "POST /api/show": { capabilities: 7, model_info: { "a.context_length": "no" }, parameters: {} },
    };
    const found = await probe({ models: ["m"], ownedBy: "library", documents });
    expect(found.models[0]).toEqual({ id: "m", contextTokens: null, prefill: "no", ...nothing });
  });

  test("a key is sent along, and a server that says no says why", async () => {
    server = await startScriptedBackend();
    server.setHealth(401);
    const target = { baseUrl: server.url, name: "It", key: "k", guess: "x" };
    await expect(probeBackend(target, 5_000, createProbeMemory())).rejects.toMatchObject({ code: "backend-key" });
    await server.close();
    await expect(probeBackend(target, 5_000, createProbeMemory())).rejects.toMatchObject({ code: "backend-away" });
    server = await startScriptedBackend();
  });
});
