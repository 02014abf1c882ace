/**
 * What a server is and what its models can do, asked in the way each product answers. `/v1/models` is the one question that all know;
 * the rest is asked where it exists, and what is not said stays unknown: a missing answer never fails a probe.
 *
 *   vLLM, SGLang   /v1/models: max_model_len             Ollama      /api/show (capabilities, model_info), /api/ps (context in use), /api/tags (size)
 *   llama.cpp      /props: n_ctx, template, modalities   LM Studio   /api/v0/models: type, state, loaded_context_length, capabilities
 *
 * All of it is a stranger's word: bounded in time and size, and numbers that cannot be are not believed.
 */
import { unknownModel, type ModelInfo } from "./backend.ts";
import { strangeError } from "./backendErrors.ts";
import { field, isCount, readList, readText } from "./fields.ts";
import { createGuard, type Guard } from "./guardedFetch.ts";
import { contextTokensMax, contextTokensMin, modelNameCharsMax, modelsDescribedMax, modelsMax } from "./limits.ts";
import { toBackendError } from "./openAi.ts";

export interface ProbeTarget {
  /** Up to and including /v1. */
  readonly baseUrl: string;
  /** In words, for sentences. */
  readonly name: string;
  readonly key: string | null;
  /** What it is called when it does not say. */
  readonly guess: string;
}

export interface Probe {
  readonly product: string;
  /** It is a Sovereign, perhaps this one: a host must not end up asking itself. */
  readonly isSovereign: boolean;
  /** As the server lists them. */
  readonly models: readonly ModelInfo[];
}

/** What need not be asked again of the same server: which product it is, and what Ollama says of each model. */
export interface ProbeMemory {
  /** `undefined`: nobody has asked yet; `null`: it is none of those that are known. */
  product: string | null | undefined;
  readonly shown: Map<string, ShownModel>;
}

interface ShownModel {
  readonly info: ModelInfo;
  /** As trained, or as its own settings say. */
  readonly contextTokens: number | null;
}

interface ListedModel {
  readonly id: string;
  readonly ownedBy: string;
  readonly entry: unknown;
}

export const engineProduct = "Embedded engine";

type Ask = (path: string, body?: object) => Promise<unknown>;

export function createProbeMemory(): ProbeMemory {
  return { product: undefined, shown: new Map() };
}

/** Throws `BackendError` when the server cannot be used. */
export async function probeBackend(target: ProbeTarget, timeoutMs: number, memory: ProbeMemory): Promise<Probe> {
  const { baseUrl, name, key } = target;
  const guard = createGuard(name, AbortSignal.timeout(timeoutMs));
  const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  try {
    const data = field(await guard.readJson(`${baseUrl}/models`, headers), "data");
    if (!Array.isArray(data)) throw strangeError(name, "no list of models");
    const listed = data.slice(0, modelsMax).flatMap(readModel);
    const isSovereign = listed.some((model) => model.ownedBy === "sovereign");
    if (isSovereign || listed.length === 0) return { product: target.guess, isSovereign, models: [] };
    const ask = quietly(guard, rootOf(baseUrl), headers);
    const product = memory.product === undefined ? (productOf(listed) ?? (await recognize(ask))) : memory.product;
    memory.product = product;
    return {
      product: product ?? target.guess,
      isSovereign,
      models: await describeModels(product, listed, ask, memory),
    };
  } catch (error) {
    throw guard.failure ?? toBackendError(name, error, false);
  } finally {
    guard.close();
  }
}

/** A product's own paths stand beside /v1. What fails is not known: null. */
function quietly(guard: Guard, root: string, headers: Readonly<Record<string, string>>): Ask {
  return (path, body) => guard.readJson(`${root}${path}`, headers, body).catch(() => null);
}

function rootOf(baseUrl: string): string {
  return baseUrl.replace(/\/v1$/, "");
}

function readModel(entry: unknown): ListedModel[] {
  const id = readText(field(entry, "id"), modelNameCharsMax);
  return id === "" ? [] : [{ id, ownedBy: readText(field(entry, "owned_by"), modelNameCharsMax), entry }];
}

/** Several servers name themselves in `owned_by`. */
function productOf(models: readonly ListedModel[]): string | null {
  const names = new Map([
    ["library", "Ollama"],
    ["vllm", "vLLM"],
    ["sglang", "SGLang"],
    ["llamacpp", "llama.cpp"],
    ["organization_owner", "LM Studio"],
    ["sovereign-engine", engineProduct],
  ]);
  return names.get(models[0]?.ownedBy ?? "") ?? null;
}

/** The others are known by what only they answer. */
async function recognize(ask: Ask): Promise<string | null> {
  const [version, props, studio] = await Promise.all([ask("/api/version"), ask("/props"), ask("/api/v0/models")]);
  if (typeof field(version, "version") === "string") return "Ollama";
  if (field(props, "default_generation_settings") !== undefined) return "llama.cpp";
  return Array.isArray(field(studio, "data")) ? "LM Studio" : null;
}

async function describeModels(
  product: string | null,
  listed: readonly ListedModel[],
  ask: Ask,
  memory: ProbeMemory,
): Promise<readonly ModelInfo[]> {
  if (product === "Ollama") return describeOllama(listed, ask, memory);
  if (product === "llama.cpp") return describeLlamaCpp(listed, ask);
  if (product === "LM Studio") return describeStudio(listed, ask);
  if (product === engineProduct) return listed.map(describeEngine);
  const prefill = product === "vLLM" || product === "SGLang" ? "flags" : "no";
  return listed.map(({ id, entry }) => ({
    ...guessed(id),
    contextTokens: readContext(field(entry, "max_model_len")),
    // They serve what they were started with, and nothing else.
    isLoaded: product === "vLLM" || product === "SGLang" ? true : null,
    prefill,
  }));
}

async function describeOllama(listed: readonly ListedModel[], ask: Ask, memory: ProbeMemory): Promise<ModelInfo[]> {
  const [ps, tags] = await Promise.all([ask("/api/ps"), ask("/api/tags")]);
  const running = readList(field(ps, "models"), modelsMax);
  const stored = readList(field(tags, "models"), modelsMax);
  await Promise.all(
    listed.slice(0, modelsDescribedMax).map(async ({ id }) => {
      if (memory.shown.has(id)) return;
      const shown = readShown(id, await ask("/api/show", { model: id }));
      if (shown !== null && memory.shown.size < modelsMax) memory.shown.set(id, shown);
    }),
  );
  return listed.map(({ id }) => {
    const shown = memory.shown.get(id);
    if (shown === undefined) return guessed(id);
    const isIt = (model: unknown): boolean => field(model, "model") === id || field(model, "name") === id;
    const live = running.find(isIt);
    return {
      ...shown.info,
      contextTokens: readContext(field(live, "context_length")) ?? shown.contextTokens,
      isLoaded: Array.isArray(field(ps, "models")) ? live !== undefined : null,
      sizeBytes: readSize(field(stored.find(isIt), "size")),
    };
  });
}

/** Ollama serves fewer tokens than a model could hold unless told otherwise, and cuts longer prompts without a word. */
const OLLAMA_CONTEXT_DEFAULT = 4_096;

function readShown(id: string, shown: unknown): ShownModel | null {
  const capabilities = field(shown, "capabilities");
  const details = field(shown, "model_info");
  if (typeof details !== "object" || details === null) return null;
  const trained = readContext(
    Object.entries(details).find(([name, value]) => name.endsWith(".context_length") && isCount(value))?.[1],
  );
  const chosen = /^num_ctx\s+(\d{1,9})\s*$/m.exec(readText(field(shown, "parameters"), 65_536))?.[1];
  const can = (name: string): boolean | null => (Array.isArray(capabilities) ? capabilities.includes(name) : null);
  const reasoning = can("thinking");
  return {
    contextTokens: readContext(Number(chosen)) ?? (trained === null ? null : Math.min(trained, OLLAMA_CONTEXT_DEFAULT)),
    info: {
      ...unknownModel(id),
      tools: can("tools"),
      vision: can("vision"),
      reasoning,
      embeddings: can("embedding") === true && can("completion") !== true,
      // Its templates leave a last turn of the assistant open. One that thinks would begin a new thought there.
      prefill: reasoning === false ? "plain" : "no",
    },
  };
}

async function describeLlamaCpp(listed: readonly ListedModel[], ask: Ask): Promise<ModelInfo[]> {
  const props = await ask("/props");
  const template = readText(field(props, "chat_template"), 524_288);
  const caps = field(props, "chat_template_caps");
  const served = readContext(field(field(props, "default_generation_settings"), "n_ctx"));
  const vision = field(field(props, "modalities"), "vision");
  const tools = field(caps, "supports_tools") ?? field(caps, "supports_tool_calls");
  const thinks = /enable_thinking|<think>|reasoning_content|<\|channel\|>/.test(template);
  return listed.map(({ id, entry }) => ({
    ...guessed(id),
    contextTokens: served ?? readContext(field(field(entry, "meta"), "n_ctx")),
    tools: typeof tools === "boolean" ? tools : template === "" ? null : /\btools\b/.test(template),
    vision: typeof vision === "boolean" ? vision : null,
    isLoaded: readLoaded(field(entry, "status")),
    tellsReading: true,
    sizeBytes: readSize(field(field(entry, "meta"), "size")),
    reasoning: template === "" ? null : thinks,
    // It refuses to continue an answer of a model whose thinking is on, so that is switched off where it can be.
    prefill: template === "" ? "no" : !thinks ? "plain" : template.includes("enable_thinking") ? "unthinking" : "no",
  }));
}

/** Ours: it says what it will give, takes text only, and continues a last turn of the assistant. */
function describeEngine({ id, entry }: ListedModel): ModelInfo {
  const contextTokens = readContext(field(entry, "max_model_len"));
  return { ...unknownModel(id), contextTokens, tools: false, vision: false, isLoaded: true, prefill: "plain" };
}

async function describeStudio(listed: readonly ListedModel[], ask: Ask): Promise<ModelInfo[]> {
  const entries = readList(field(await ask("/api/v0/models"), "data"), modelsMax);
  return listed.map(({ id }) => {
    const entry = entries.find((candidate) => field(candidate, "id") === id);
    if (entry === undefined) return guessed(id);
    const capabilities = field(entry, "capabilities");
    return {
      ...guessed(id),
      // Until it is loaded nobody knows with how much of its context that will be.
      contextTokens: readContext(field(entry, "loaded_context_length")),
      tools: Array.isArray(capabilities) ? capabilities.includes("tool_use") : null,
      vision: field(entry, "type") === "vlm",
      isLoaded: field(entry, "state") === undefined ? null : field(entry, "state") === "loaded",
      embeddings: field(entry, "type") === "embeddings",
    };
  });
}

/** Embedding models are listed with the others and cannot chat; where nobody says which they are, their names do. */
function guessed(id: string): ModelInfo {
  return { ...unknownModel(id), embeddings: /embed/i.test(id) };
}

/** One that has several models says of each how it stands; one that has a single model has it in memory. */
function readLoaded(status: unknown): boolean {
  return status === undefined || field(status, "value") === "loaded";
}

function readSize(value: unknown): number | null {
  return isCount(value) && value > 0 ? value : null;
}

function readContext(value: unknown): number | null {
  return isCount(value) && value >= contextTokensMin && value <= contextTokensMax ? value : null;
}
