/**
 * node-llama-cpp as the engine uses it: model files by name, one loaded at a time, questions in turn. Its types are written down here as
 * far as they are used, because the package is not among ours.
 */
import { answerTokensMin, engineConcurrent, engineContextTokens, requestsWaitingMax } from "./limits.ts";

export interface LlamaModule {
  getLlama(options: object): Promise<LlamaRuntime>;
  LlamaChat: new (options: { contextSequence: LlamaSequence }) => LlamaChatHandle;
  LlamaLogLevel: { readonly disabled: string };
}
interface LlamaRuntime {
  readonly cpuMathCores: number;
  loadModel(options: { modelPath: string }): Promise<LlamaModelHandle>;
}
interface LlamaModelHandle {
  readonly trainContextSize: number;
  readonly tokenizer: unknown;
  createContext(options: object): Promise<LlamaContextHandle>;
  dispose(): Promise<void>;
}
interface LlamaContextHandle {
  readonly contextSize: number;
  getSequence(): LlamaSequence;
}
interface LlamaSequence {
  readonly contextSize: number;
  readonly tokenMeter: { readonly usedOutputTokens: number };
  dispose(): void;
}
type HistoryItem =
  | { readonly type: "system" | "user"; readonly text: string }
  | { readonly type: "model"; readonly response: string[] };
interface LlamaChatHandle {
  readonly chatWrapper: {
    generateContextState(options: { chatHistory: HistoryItem[] }): {
      contextText: { tokenize(tokenizer: unknown): readonly number[] };
    };
  };
  generateResponse(
    history: HistoryItem[],
    options: {
      signal: AbortSignal;
      stopOnAbortSignal: boolean;
      maxTokens: number;
      temperature: number;
      topP: number;
      seed?: number;
      onResponseChunk: (chunk: { type?: "segment"; segmentType?: string; text: string }) => void;
    },
  ): Promise<{ metadata: { stopReason: string } }>;
  dispose(options: { disposeSequence: boolean }): void;
}

export interface EngineFile {
  readonly name: string;
  readonly path: string;
  /** What it will be given: as trained, up to what the engine takes. */
  readonly contextTokens: number;
}

export interface EngineQuestion {
  readonly model: string;
  readonly turns: readonly { readonly role: "system" | "user" | "assistant"; readonly text: string }[];
  readonly maxTokens: number | null;
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number | null;
}

export interface EngineAnswer {
  readonly reason: "stop" | "length";
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface Llama {
  readonly files: readonly EngineFile[];
  /** Answers under way go on with what they have. */
  setFiles(files: readonly EngineFile[]): void;
  /** Throws `EngineRefusal` for what it cannot do. */
  answer(
    question: EngineQuestion,
    onWord: (kind: "text" | "thinking", text: string) => void,
    signal: AbortSignal,
  ): Promise<EngineAnswer>;
}

export class EngineRefusal extends Error {
  override readonly name = "EngineRefusal";
  readonly status: 400 | 404 | 429 | 500;

  constructor(status: 400 | 404 | 429 | 500, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

interface Loaded {
  readonly name: string;
  readonly model: LlamaModelHandle;
  readonly free: LlamaSequence[];
}

export async function createLlama(module: LlamaModule): Promise<Llama> {
  // Nothing is built or fetched here: what was installed is what there is.
  const runtime = await module.getLlama({
    build: "never",
    skipDownload: true,
    progressLogs: false,
    logLevel: module.LlamaLogLevel.disabled,
  });
  let files: readonly EngineFile[] = [];
  let loaded: Loaded | null = null;
  let busy = 0;
  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let wake = (): void => {};

  /** One after another: what is decided here about the loaded model must still hold when it is done. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work, work);
    turn = next.catch(() => {});
    return next;
  }

  async function sequenceFor(name: string, signal: AbortSignal): Promise<{ from: Loaded; sequence: LlamaSequence }> {
    for (;;) {
      signal.throwIfAborted();
      if (loaded?.name === name) {
        const sequence = loaded.free.pop();
        if (sequence !== undefined) return { from: loaded, sequence };
      } else if (busy === 0) {
        loaded = await load(name);
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  async function load(name: string): Promise<Loaded> {
    const before = loaded;
    loaded = null;
    await before?.model.dispose();
    const file = files.find((candidate) => candidate.name === name);
    if (file === undefined) throw new EngineRefusal(404, `There is no model named "${name}" here.`);
    try {
      const model = await runtime.loadModel({ modelPath: file.path });
      const context = await model.createContext({
        contextSize: { max: engineContextTokens },
        sequences: engineConcurrent,
        // One core is left for the rest of the host: its threads wait for each other by spinning, and lose far more than that core
        // when something else needs it.
        threads: Math.max(1, runtime.cpuMathCores - 1),
      });
      return { name, model, free: Array.from({ length: engineConcurrent }, () => context.getSequence()) };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new EngineRefusal(500, `The model "${name}" could not be loaded: ${why.slice(0, 300)}`, { cause });
    }
  }

  return {
    get files() {
      return files;
    },
    setFiles: (next) => {
      files = next;
    },
    answer: async (question, onWord, signal) => {
      if (waiting >= requestsWaitingMax) throw new EngineRefusal(429, "Too many questions wait already.");
      waiting += 1;
      const { from, sequence } = await inTurn(async () => {
        const seat = await sequenceFor(question.model, signal);
        busy += 1;
        return seat;
      }).finally(() => {
        waiting -= 1;
      });
      try {
        return await generate(module, from.model, sequence, question, onWord, signal);
      } finally {
        busy -= 1;
        from.free.push(sequence);
        wake();
      }
    },
  };
}

async function generate(
  module: LlamaModule,
  model: LlamaModelHandle,
  sequence: LlamaSequence,
  question: EngineQuestion,
  onWord: (kind: "text" | "thinking", text: string) => void,
  signal: AbortSignal,
): Promise<EngineAnswer> {
  const chat = new module.LlamaChat({ contextSequence: sequence });
  try {
    const history = toHistory(question.turns);
    const { contextText } = chat.chatWrapper.generateContextState({ chatHistory: history });
    const promptTokens = contextText.tokenize(model.tokenizer).length;
    // It would leave out the oldest turns without a word; who asks has to know.
    if (promptTokens > sequence.contextSize - answerTokensMin) {
      throw new EngineRefusal(
        400,
        `The context holds ${sequence.contextSize} tokens and the question has ${promptTokens}.`,
      );
    }
    const room = sequence.contextSize - promptTokens;
    const before = sequence.tokenMeter.usedOutputTokens;
    const { metadata } = await chat.generateResponse(history, {
      signal,
      stopOnAbortSignal: true,
      maxTokens: Math.min(question.maxTokens ?? room, room),
      temperature: question.temperature,
      topP: question.topP,
      ...(question.seed === null ? {} : { seed: question.seed }),
      onResponseChunk: ({ type, segmentType, text }) => {
        if (text !== "") onWord(type === "segment" && segmentType === "thought" ? "thinking" : "text", text);
      },
    });
    return {
      reason: metadata.stopReason === "maxTokens" ? "length" : "stop",
      promptTokens,
      completionTokens: Math.max(0, sequence.tokenMeter.usedOutputTokens - before),
    };
  } finally {
    chat.dispose({ disposeSequence: false });
  }
}

/** It continues the model's own last turn; an empty one is a new answer. */
function toHistory(turns: EngineQuestion["turns"]): HistoryItem[] {
  const history = turns.map(({ role, text }): HistoryItem =>
    role === "assistant" ? { type: "model", response: [text] } : { type: role, text },
  );
  return history.at(-1)?.type === "model" ? history : [...history, { type: "model", response: [] }];
}
