/** One backend of the pool, looked after: what it is, whether it is there, what its models can do, how many questions it has. */
import type { Clock } from "#sync/ports.ts";
import { BackendError, type AnswerPart, type ModelInfo, type Question } from "./backend.ts";
import { isLoopback } from "./addresses.ts";
import { newHealth, nextLookMs, stepHealth, type Health } from "./health.ts";
import { awayProbeMs, probeEveryMs, type BackendLimits } from "./limits.ts";
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
  /** How it is looked at; left out, by asking it (probe.ts). */
  readonly probe?: typeof probeBackend;
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
  const { clock, name, onChange, probe: ask = probeBackend } = options;
  const memory = createProbeMemory();
  let health: Health = newHealth;
  let probe: Probe | null = null;
  let failure: BackendError | null = null;
  let taken = 0;
  let heardMs = -Infinity;
  let goneMs = 0;
  let isClosed = false;
  let cancel = (): void => {};

  const isUp = (): boolean => health.state === "up";
  const productNow = (): string => probe?.product ?? options.guess;
  const whereNow = (): string => options.describeWhere(productNow());

  async function look(): Promise<void> {
    cancel();
    let isGood = false;
    let isNear = false;
    try {
      const target = { ...options.address(), name: whereNow(), guess: options.guess };
      isNear = isLoopback(new URL(target.baseUrl).hostname);
      const next = await ask(target, options.probeMs, memory);
      if (isClosed) return;
      isGood = next.models.length > 0;
      if (isGood) probe = next;
      failure = isGood ? null : emptyError(whereNow());
    } catch (error) {
      if (isClosed) return;
      failure = toFailure(error);
    }
    // Words that are coming are a better sign of life than a probe that a busy machine had no time for.
    if (isGood || clock.now() - heardMs > probeEveryMs) step(isGood);
    if (health.state !== "up" && !isGood) forget();
    const awayMs = clock.now() - goneMs;
    lookIn(nextLookMs(health, { isGood, awayMs, isNear }));
    onChange();
  }

  function lookIn(delayMs: number): void {
    cancel();
    cancel = clock.after(delayMs, () => void look());
  }

  function step(isGood: boolean): void {
    const before = health.state;
    health = stepHealth(health, isGood);
    if (health.state === "down" && before === "up") goneMs = clock.now();
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
      return isUp();
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
      step(isGood);
      if (isGood) return;
      // Questions found it gone before the next look would have: from now on it is looked for as one that is.
      if (!isUp()) lookIn(awayProbeMs);
      onChange();
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
