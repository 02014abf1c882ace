/** One measurement of one model: a prompt of about so many tokens, how long until the first token, how many a second from then on. */
import type { Backend } from "../backends/backend.ts";
import { benchAnswerMsMax, benchTokens, benchTokensPerWord } from "./limits.ts";
import type { Measurement } from "./measured.ts";

export interface MeasureOptions {
  readonly backend: Pick<Backend, "answer">;
  readonly model: string;
  readonly promptTokens: number;
  /** Never the same again: a server that remembers the beginning of a prompt would be measured remembering. */
  readonly mark: string;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

/** Throws what the backend throws. `null`: it said nothing, or stopped before a rate could be seen. */
export async function measureModel(options: MeasureOptions): Promise<Measurement | null> {
  const { backend, model, nowMs } = options;
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal, AbortSignal.timeout(benchAnswerMsMax)]);
  const turns = [{ role: "user", text: promptOf(options.promptTokens, options.mark) } as const];
  const askedMs = nowMs();
  let [firstMs, lastMs, pieces] = [null as number | null, askedMs, 0];
  let usage: { readonly promptTokens: number; readonly completionTokens: number } | null = null;
  for await (const part of backend.answer({ model, turns }, signal)) {
    if (part.kind === "usage") usage = part;
    else {
      lastMs = nowMs();
      firstMs ??= lastMs;
      pieces += 1;
      // It would go on for as long as it likes; what is known by then is enough.
      if (pieces >= 4 * benchTokens) ending.abort();
    }
  }
  options.signal.throwIfAborted();
  // A server that does not count is taken at its pieces: nearly all send a token in each.
  const tokens = usage?.completionTokens ?? pieces;
  if (firstMs === null || tokens < 2 || lastMs <= firstMs) return null;
  return {
    promptTokens: usage?.promptTokens ?? options.promptTokens,
    firstTokenMs: Math.round(firstMs - askedMs),
    tokensPerSecond: Math.round(((tokens - 1) / ((lastMs - firstMs) / 1_000)) * 10) / 10,
  };
}

/** Plain words of no meaning, and then a task whose answer has the length that is wanted. */
function promptOf(tokens: number, mark: string): string {
  const words = Math.max(0, Math.floor(tokens / benchTokensPerWord) - 40);
  const filler = Array.from({ length: words }, (_, at) => FILLER[(at * 7) % FILLER.length]).join(" ");
  return `${mark}. Pass over this text:\n${filler}\n\nNow write the numbers from one to fifty in English words, with commas between them, and nothing else.`;
}

const FILLER = [
  ...["river", "stone", "window", "garden", "letter", "market", "winter", "bridge", "kettle", "morning", "paper"],
  ...["harbour", "candle", "forest", "ladder", "button", "meadow", "copper", "island", "saddle", "thunder"],
];
