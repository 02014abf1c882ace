/** One backend of the pool, looked after: what it is, whether it is there, what its models can do, how many questions it has. */
import type { Clock } from "#sync/ports.ts";
import { BackendError, type AnswerPart, type ModelInfo, type Question } from "./backend.ts";
import { newHealth, stepHealth, type Health } from "./health.ts";
import { confirmProbeMs, probeEveryMs, type BackendLimits } from "./limits.ts";
import { createOpenAiServer } from "./openAi.ts";
import { createProbeMemory, probeBackend, type Probe } from "./probe.ts";
import { answerRedacted, type RedactionSettings } from "./redactedAnswer.ts";
import type { Place } from "./settings.ts";

export interface MemberOptions {
  readonly clock: Clock;
  readonly name: string;
  readonly guess: string;
  readonly place: Place;
  readonly maxConcurrent: number;
  readonly probeMs: number;
  /** Where it is now, with its key. Throws `BackendError` while it is nowhere. */
  readonly address: () => BackendAddress;
  /** In words: "Ollama at 127.0.0.1:11434". */
  readonly describeWhere: (product: string) => string;
  readonly limits: BackendLimits;
  /** What somebody else need not read; asked for with each question to a backend outside. */
  readonly redaction: () => RedactionSettings;
  readonly onChange: () => void;
}

export interface BackendAddress {
  /** Up to and including /v1. */
  readonly baseUrl: string;
  readonly key: string | null;
}

export interface Member {
  readonly name: string;
  readonly place: Place;
  readonly product: string;
  readonly where: string;
  readonly isUp: boolean;
  /** It was there at some time. */
  readonly wasUp: boolean;
  /** Those it has now; none while it is down. */
  readonly models: readonly ModelInfo[];
  /** Why it is not up. */
  readonly failure: BackendError | null;
  /** Questions it is answering. */
  readonly taken: number;
  readonly maxConcurrent: number;
  address(): BackendAddress;
  take(): void;
  release(): void;
  /** How a question came out, as far as it says something about the backend. */
  report(isGood: boolean): void;
  answer(question: Question, model: ModelInfo, signal: AbortSignal, isPatient: boolean): AsyncIterable<AnswerPart>;
  /** Looks now; afterwards by itself. */
  look(): Promise<void>;
  close(): void;
}

export function createMember(options: MemberOptions): Member {
  const { clock, name, onChange } = options;
  const memory = createProbeMemory();
  let health: Health = newHealth;
  let probe: Probe | null = null;
  let failure: BackendError | null = null;
  let taken = 0;
  let heardMs = -Infinity;
  let isClosed = false;
  let cancel = (): void => {};

  const productNow = (): string => probe?.product ?? options.guess;
  const whereNow = (): string => options.describeWhere(productNow());

  async function look(): Promise<void> {
    cancel();
    let isGood = false;
    try {
      const target = { ...options.address(), name: whereNow(), guess: options.guess };
      const next = await probeBackend(target, options.probeMs, memory);
      if (isClosed) return;
      isGood = next.models.length > 0;
      if (isGood) probe = next;
      failure = isGood ? null : emptyError(whereNow());
    } catch (error) {
      if (isClosed) return;
      failure = toFailure(error);
    }
    // Words that are coming are a better sign of life than a probe that a busy machine had no time for.
    if (isGood || clock.now() - heardMs > probeEveryMs) health = stepHealth(health, isGood);
    const isReturning = isGood && health.state === "down";
    if (health.state !== "up" && !isGood) forget();
    cancel = clock.after(isReturning ? confirmProbeMs : probeEveryMs, () => void look());
    onChange();
  }

  /** One that was away may come back as something else. */
  function forget(): void {
    memory.product = undefined;
    memory.shown.clear();
  }

  return {
    name,
    place: options.place,
    maxConcurrent: options.maxConcurrent,
    get product() {
      return productNow();
    },
    get where() {
      return whereNow();
    },
    get isUp() {
      return health.state === "up";
    },
    get wasUp() {
      return health.state !== "new";
    },
    get models() {
      return health.state === "up" ? (probe?.models ?? []) : [];
    },
    get failure() {
      return failure;
    },
    get taken() {
      return taken;
    },
    address: options.address,
    take: () => {
      taken += 1;
    },
    release: () => {
      taken -= 1;
    },
    report: (isGood) => {
      if (isGood) heardMs = clock.now();
      // Being asked is no probe for one that is down: it was not asked. What was good confirms what is up.
      if (health.state !== "up") return;
      health = stepHealth(health, isGood);
      if (!isGood) onChange();
    },
    async *answer(question, model, signal, isPatient) {
      const server = createOpenAiServer({ ...options.address(), name: whereNow(), limits: options.limits });
      const ask = (asked: Question): AsyncIterable<AnswerPart> => server.answer(asked, model, signal, isPatient);
      const answer = options.place !== "local" ? answerRedacted(question, options.redaction(), ask) : ask(question);
      for await (const part of answer) {
        heardMs = clock.now();
        yield part;
      }
    },
    look,
    close: () => {
      isClosed = true;
      cancel();
    },
  };
}

function emptyError(where: string): BackendError {
  return new BackendError("backend-model", `${where} has no model. Load or pull one there, then choose Try again.`);
}

function toFailure(error: unknown): BackendError {
  if (error instanceof BackendError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new BackendError("backend-config", detail, { cause: error });
}
