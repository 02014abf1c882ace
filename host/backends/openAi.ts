/**
 * Any OpenAI-compatible server (Ollama, LM Studio, vLLM, llama.cpp), through the official SDK. The SDK speaks the protocol; what a
 * server may do to us (times, sizes, redirects, pages) is bounded below it, in guardedFetch.ts.
 */
import OpenAI from "openai";
import { BackendError, type AnswerPart, type Backend, type Question } from "./backend.ts";
import { awayError, describeStatus, droppedError, silentError, strangeError } from "./backendErrors.ts";
import { createGuard, type Guard } from "./guardedFetch.ts";
import { backendLimits, modelNameCharsMax, modelsMax, type BackendLimits } from "./limits.ts";
import { createThinkSplitter } from "./thinkTags.ts";

export interface OpenAiBackendOptions {
  /** Up to and including /v1. */
  readonly baseUrl: string;
  /** What the owner calls it: "Ollama", or "Your model server" when nobody knows. */
  readonly product: string;
  readonly models: readonly string[];
  /** Whether it goes on from a trailing message of the assistant; nobody has found out: it does not. */
  readonly prefill?: boolean;
  readonly contextTokens?: number;
  readonly limits?: BackendLimits;
}

export function createOpenAiBackend(options: OpenAiBackendOptions): Backend {
  const { baseUrl, product, models, limits = backendLimits } = options;
  const name = `${product} at ${new URL(baseUrl).host}`;
  const defaultModel = models[0] ?? "";

  return {
    kind: "model",
    label: product,
    where: name,
    models,
    defaultModel,
    contextTokens: () => options.contextTokens ?? null,
    prefill: () => options.prefill ?? false,
    async *answer(question, signal) {
      const guard = createGuard(name, signal);
      const overall = setTimeout(() => guard.fail(silentError(name, limits.answerMs)), limits.answerMs);
      guard.expectWithin(limits.firstTokenMs, () => silentError(name, limits.firstTokenMs));
      let hasBegun = false;
      try {
        for await (const part of streamParts(
          baseUrl,
          name,
          { ...question, model: question.model ?? defaultModel },
          guard,
          limits,
        )) {
          hasBegun = true;
          guard.expectWithin(limits.idleMs, () => silentError(name, limits.idleMs));
          yield part;
        }
      } catch (error) {
        if (signal.aborted) return;
        throw guard.failure ?? toBackendError(name, error, hasBegun);
      } finally {
        clearTimeout(overall);
        guard.close();
      }
    },
  };
}

/** The server's models, best first as it lists them. Throws `BackendError`. */
export async function listModels(
  baseUrl: string,
  name: string,
  timeoutMs: number,
): Promise<{ id: string; ownedBy: string }[]> {
  const guard = createGuard(name, AbortSignal.timeout(timeoutMs));
  try {
    const page: unknown = await createClient(baseUrl, guard).models.list();
    const data = typeof page === "object" && page !== null && "data" in page ? page.data : null;
    if (!Array.isArray(data)) throw strangeError(name, "no list of models");
    return data.flatMap(readModel).slice(0, modelsMax);
  } catch (error) {
    throw guard.failure ?? toBackendError(name, error, false);
  } finally {
    guard.close();
  }
}

async function* streamParts(
  baseUrl: string,
  name: string,
  question: Question,
  guard: Guard,
  limits: BackendLimits,
): AsyncGenerator<AnswerPart> {
  const splitter = createThinkSplitter();
  let isFinished = false;
  for await (const chunk of await openStream(baseUrl, question, guard, limits)) {
    const { text, thinking, usage, hasFinished } = readChunk(chunk);
    if (thinking !== "") yield { kind: "thinking", text: thinking };
    if (text !== "") yield* splitter.take(text);
    if (usage !== null) yield usage;
    isFinished ||= hasFinished;
  }
  yield* splitter.end();
  if (guard.failure !== null) throw guard.failure;
  // Without either, the server closed the connection in the middle of a sentence and nothing else says so.
  if (!isFinished && !guard.isDone) throw droppedError(name);
}

/** A busy server is asked again a few times, and one that does not know `stream_options` once without them. */
async function openStream(
  baseUrl: string,
  question: Question,
  guard: Guard,
  limits: BackendLimits,
): Promise<AsyncIterable<unknown>> {
  const waits = [...limits.busyRetryMs];
  let withUsage = true;
  for (;;) {
    try {
      return await createClient(baseUrl, guard).chat.completions.create({
        model: question.model ?? "",
        messages: question.turns.map((turn) => ({ role: turn.role, content: turn.text })),
        stream: true,
        ...(question.turns.at(-1)?.role === "assistant" ? PREFILL : {}),
        ...(withUsage ? { stream_options: { include_usage: true } } : {}),
      });
    } catch (error) {
      const failure = findBackendError(error);
      const wait = failure?.code === "backend-busy" ? waits.shift() : undefined;
      const isAboutUsage = failure?.code === "backend-refused" && withUsage && /stream_options/.test(failure.message);
      if (guard.isClosed || (wait === undefined && !isAboutUsage)) throw error;
      if (isAboutUsage) withUsage = false;
      if (wait !== undefined) await guard.wait(wait);
    }
  }
}

/** vLLM is told; llama.cpp's server and Ollama go on from a trailing message of the assistant by themselves and do not mind. */
const PREFILL = { continue_final_message: true, add_generation_prompt: false };

function createClient(baseURL: string, guard: Guard): OpenAI {
  return new OpenAI({
    baseURL,
    fetch: guard.fetch,
    // Nothing of the owner's environment goes to a backend, least of all a key meant for somebody else.
    apiKey: "none",
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    defaultHeaders: { Authorization: null },
    maxRetries: 0,
    // The guard keeps the times; the SDK's own must not be the first to end.
    timeout: 2_147_483_647,
    // The SDK's log quotes what it could not read, which may be somebody's chat.
    logLevel: "off",
  });
}

interface Chunk {
  readonly text: string;
  readonly thinking: string;
  readonly usage: AnswerPart | null;
  readonly hasFinished: boolean;
}

/** Takes what is a word or a count from a chunk, and nothing on trust: any field may be missing or of another kind. */
function readChunk(chunk: unknown): Chunk {
  const choices = field(chunk, "choices");
  const choice: unknown = Array.isArray(choices)
    ? choices.find((candidate) => (field(candidate, "index") ?? 0) === 0)
    : null;
  const delta = field(choice, "delta");
  const thinking = field(delta, "reasoning_content") ?? field(delta, "reasoning");
  const text = field(delta, "content") ?? field(delta, "refusal");
  return {
    text: typeof text === "string" ? text : "",
    thinking: typeof thinking === "string" ? thinking : "",
    usage: readUsage(field(chunk, "usage")),
    hasFinished: typeof field(choice, "finish_reason") === "string",
  };
}

function readUsage(usage: unknown): AnswerPart | null {
  const promptTokens = field(usage, "prompt_tokens");
  const completionTokens = field(usage, "completion_tokens");
  return isCount(promptTokens) && isCount(completionTokens) ? { kind: "usage", promptTokens, completionTokens } : null;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function readModel(model: unknown): { id: string; ownedBy: string }[] {
  const id = field(model, "id");
  const ownedBy = field(model, "owned_by");
  // Embedding models are listed with the others and cannot chat.
  if (typeof id !== "string" || id === "" || id.length > modelNameCharsMax || /embed/i.test(id)) return [];
  return [{ id, ownedBy: typeof ownedBy === "string" ? ownedBy : "" }];
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** The SDK wraps what its `fetch` throws. */
function findBackendError(error: unknown): BackendError | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof BackendError) return at;
  }
  return null;
}

function toBackendError(name: string, error: unknown, hasBegun: boolean): BackendError {
  const known = findBackendError(error);
  if (known !== null) return known;
  // An `error` event inside the stream.
  if (error instanceof OpenAI.APIError && error.error !== undefined) {
    return describeStatus(name, 500, JSON.stringify({ error: error.error }));
  }
  if (error instanceof SyntaxError) return strangeError(name, "something that cannot be read", error);
  return hasBegun ? droppedError(name, error) : awayError(name, error);
}
