/**
 * Any OpenAI-compatible server (Ollama, LM Studio, vLLM, llama.cpp), asked through the official SDK; its answer is read by eventStream.ts.
 * What a server may do to us (times, sizes, redirects, pages) is bounded below, in guardedFetch.ts.
 */
import OpenAI from "openai";
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import { BackendError, unknownModel, type AnswerPart, type Backend, type ModelInfo, type Question } from "./backend.ts";
import { awayError, describeStatus, droppedError, silentError, strangeError } from "./backendErrors.ts";
import type { ServerEvent } from "./eventStream.ts";
import { field, isCount } from "./fields.ts";
import { createGuard, type Guard } from "./guardedFetch.ts";
import { backendLimits, type BackendLimits } from "./limits.ts";
import { createThinkSplitter } from "./thinkTags.ts";
import { createToolCallAssembler } from "./toolCalls.ts";

export interface OpenAiServerOptions {
  /** Up to and including /v1. */
  readonly baseUrl: string;
  /** In words, for sentences: "Ollama at 127.0.0.1:11434". */
  readonly name: string;
  readonly key?: string | null;
  readonly limits?: BackendLimits;
}

export interface OpenAiServer {
  /** One question to one model. `isPatient` asks a busy server again; without it, somebody else is asked instead. */
  answer(question: Question, model: ModelInfo, signal: AbortSignal, isPatient: boolean): AsyncIterable<AnswerPart>;
}

export function createOpenAiServer(options: OpenAiServerOptions): OpenAiServer {
  const { name, limits = backendLimits } = options;
  return {
    async *answer(question, model, signal, isPatient) {
      const guard = createGuard(name, signal);
      const overall = setTimeout(() => guard.fail(silentError(name, limits.answerMs)), limits.answerMs);
      guard.expectWithin(limits.firstTokenMs, () => silentError(name, limits.firstTokenMs));
      let hasBegun = false;
      try {
        const waits = isPatient ? limits.busyRetryMs : [];
        for await (const part of streamParts(options, question, model, guard, waits)) {
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

export interface OpenAiBackendOptions extends Omit<OpenAiServerOptions, "name"> {
  /** What the owner calls it: "Ollama", or "Your model server" when nobody knows. */
  readonly product: string;
  readonly models: readonly (string | ModelInfo)[];
  /** Of models given by their name alone. Nobody has found out: they do not continue an answer. */
  readonly prefill?: boolean;
  readonly contextTokens?: number;
}

/** One server as a backend by itself: what a pool of one would be, without looking after it. */
export function createOpenAiBackend(options: OpenAiBackendOptions): Backend {
  const { baseUrl, product, contextTokens = null } = options;
  const prefill = options.prefill === true ? "flags" : "no";
  const infos = options.models.map((model) =>
    typeof model === "string" ? ({ ...unknownModel(model), contextTokens, prefill } satisfies ModelInfo) : model,
  );
  const name = `${product} at ${new URL(baseUrl).host}`;
  const server = createOpenAiServer({ ...options, name });
  const models = infos.filter((model) => !model.embeddings).map((model) => model.id);
  const defaultModel = models[0] ?? "";
  const find = (id: string): ModelInfo | null => infos.find((model) => model.id === id) ?? null;
  return {
    kind: "model",
    label: product,
    where: name,
    models,
    defaultModel,
    contextTokens: (model) => find(model)?.contextTokens ?? null,
    prefill: (model) => (find(model)?.prefill ?? "no") !== "no",
    describe: find,
    answer: (question, signal) => {
      const id = question.model ?? defaultModel;
      question.onServedBy?.({ label: product, where: name, model: id });
      return server.answer(question, find(id) ?? unknownModel(id), signal, true);
    },
  };
}

async function* streamParts(
  options: OpenAiServerOptions,
  question: Question,
  model: ModelInfo,
  guard: Guard,
  busyRetryMs: readonly number[],
): AsyncGenerator<AnswerPart> {
  const splitter = createThinkSplitter();
  const tools = createToolCallAssembler((question.tools ?? []).map((tool) => tool.name));
  const { firstTokenMs } = options.limits ?? backendLimits;
  let isFinished = false;
  let isCut = false;
  const response = await openStream(options, toRequest(question, model), guard, busyRetryMs);
  for await (const event of guard.events(response)) {
    const { text, thinking, usage, toolPieces, finish, readPercent } = readChunk(parseEvent(options.name, event));
    if (readPercent !== null) {
      // It works on what may be a long question: a sign of life, though not a word.
      guard.expectWithin(firstTokenMs, () => silentError(options.name, firstTokenMs));
      question.onReading?.(readPercent);
    }
    if (thinking !== "") yield { kind: "thinking", text: thinking };
    // Not by `yield*`, which waits some turns more for each of them.
    for (const part of splitter.take(text)) yield part;
    if (usage !== null) yield usage;
    tools.take(toolPieces);
    isFinished ||= finish !== null;
    isCut ||= finish === "length";
  }
  yield* splitter.end();
  if (guard.failure !== null) throw guard.failure;
  // Without either, the server closed the connection in the middle of a sentence and nothing else says so.
  if (!isFinished && !guard.isDone) throw droppedError(options.name);
  if (isCut) question.onCut?.();
  for (const call of tools.end()) question.onToolCall?.(call);
}

/** vLLM's flags for an answer that is to be continued, the switch for thinking, and llama.cpp's progress are not in the SDK's types. */
type ChatRequest = ChatCompletionCreateParamsStreaming & {
  add_generation_prompt?: false;
  continue_final_message?: true;
  chat_template_kwargs?: { enable_thinking: false };
  return_progress?: true;
};

function toRequest({ turns, tools, effort = null }: Question, model: ModelInfo): ChatRequest {
  const isContinued = turns.at(-1)?.role === "assistant";
  return {
    model: model.id,
    messages: turns.map(toMessage),
    stream: true,
    stream_options: { include_usage: true },
    ...(tools === undefined || tools.length === 0
      ? {}
      : {
          tools: tools.map((tool) => ({ type: "function", function: { ...tool, parameters: { ...tool.parameters } } })),
        }),
    ...(model.tellsReading === true ? { return_progress: true } : {}),
    // Some servers refuse it for a model that does not think.
    ...(effort !== null && model.reasoning === true ? { reasoning_effort: effort } : {}),
    ...(isContinued && model.prefill === "flags" ? { add_generation_prompt: false, continue_final_message: true } : {}),
    ...(isContinued && model.prefill === "unthinking" ? { chat_template_kwargs: { enable_thinking: false } } : {}),
  };
}

function toMessage(turn: Question["turns"][number]): ChatCompletionMessageParam {
  const { role, text, images = [], calls = [] } = turn;
  if (role === "tool") return { role, content: text, tool_call_id: turn.callId ?? "" };
  if (role === "assistant" && calls.length > 0)
    return {
      role,
      content: text,
      tool_calls: calls.map(({ id, name, arguments: given }) => ({
        id,
        type: "function",
        function: { name, arguments: JSON.stringify(given) },
      })),
    };
  if (role !== "user" || images.length === 0) return { role, content: text };
  return {
    role,
    content: [{ type: "text", text }, ...images.map((url) => ({ type: "image_url" as const, image_url: { url } }))],
  };
}

/** What a server may not know: it is asked once more without what it names when it refuses. */
const extras = ["stream_options", "reasoning_effort", "return_progress"] as const;

/** A busy server is asked again a few times. */
async function openStream(
  options: OpenAiServerOptions,
  request: ChatRequest,
  guard: Guard,
  busyRetryMs: readonly number[],
): Promise<Response> {
  const waits = [...busyRetryMs];
  const client = createClient(options, guard);
  let asked = request;
  for (;;) {
    try {
      return await client.chat.completions.create(asked).asResponse();
    } catch (error) {
      const failure = findBackendError(error);
      const wait = failure?.code === "backend-busy" ? waits.shift() : undefined;
      const unknown = extras.find(
        (extra) => failure?.code === "backend-refused" && extra in asked && failure.message.includes(extra),
      );
      if (guard.isClosed || (wait === undefined && unknown === undefined)) throw error;
      if (unknown !== undefined) {
        asked = { ...asked };
        delete asked[unknown];
      }
      if (wait !== undefined) await guard.wait(wait);
    }
  }
}

function createClient({ baseUrl, key = null }: OpenAiServerOptions, guard: Guard): OpenAI {
  return new OpenAI({
    baseURL: baseUrl,
    fetch: guard.fetch,
    // Nothing of the owner's environment goes to a backend, least of all a key meant for somebody else.
    apiKey: key ?? "none",
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    defaultHeaders: { Authorization: key === null ? null : `Bearer ${key}` },
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
  readonly toolPieces: unknown;
  /** Why it ends here; `null`: it goes on. */
  readonly finish: string | null;
  /** How much of the question was read, in percent; `null`: it does not say. */
  readonly readPercent: number | null;
}

/** A server may also say in the middle of its stream what went wrong. */
function parseEvent(name: string, { name: kind, data }: ServerEvent): unknown {
  let said: unknown;
  try {
    said = JSON.parse(data);
  } catch (cause) {
    throw strangeError(name, "something that cannot be read", cause);
  }
  // Some say with each chunk that there is none: `null`, or nothing in quotes.
  const error = field(said, "error") || (kind === "error" ? said : null);
  if (error !== null) throw describeStatus(name, 500, JSON.stringify({ error }));
  return said;
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
  const finish = field(choice, "finish_reason");
  return {
    text: typeof text === "string" ? text : "",
    thinking: typeof thinking === "string" ? thinking : "",
    usage: readUsage(field(chunk, "usage")),
    toolPieces: field(delta, "tool_calls"),
    finish: typeof finish === "string" ? finish : null,
    readPercent: readProgress(field(chunk, "prompt_progress")),
  };
}

/** llama.cpp's; what it had read for an earlier question counts as read. */
function readProgress(progress: unknown): number | null {
  const [total, processed] = [field(progress, "total"), field(progress, "processed")];
  return isCount(total) && isCount(processed) && total > 0 ? Math.min(100, (processed * 100) / total) : null;
}

function readUsage(usage: unknown): AnswerPart | null {
  const promptTokens = field(usage, "prompt_tokens");
  const completionTokens = field(usage, "completion_tokens");
  return isCount(promptTokens) && isCount(completionTokens) ? { kind: "usage", promptTokens, completionTokens } : null;
}

/** The SDK wraps what its `fetch` throws. */
function findBackendError(error: unknown): BackendError | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof BackendError) return at;
  }
  return null;
}

export function toBackendError(name: string, error: unknown, hasBegun: boolean): BackendError {
  const known = findBackendError(error);
  if (known !== null) return known;
  return hasBegun ? droppedError(name, error) : awayError(name, error);
}
