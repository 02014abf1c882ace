/** Texts as vectors, from whichever backend has a model for it: what means the same lies close together. */
import type { RedactionRules } from "#sync/docs/redactionRules.ts";
import type { BackendError } from "./backend.ts";
import { silentError } from "./backendErrors.ts";
import { field } from "./fields.ts";
import { createGuard } from "./guardedFetch.ts";
import { embedAtOnceMax, embedMs } from "./limits.ts";
import type { PickedBackend } from "./pool.ts";
import { redactForVectors, withRules, type RedactionSettings } from "./redactedAnswer.ts";

export interface EmbedOptions {
  readonly owner: string;
  /** Only backends on the host's own machines may see them. */
  readonly isLocalOnly: boolean;
  readonly redaction?: RedactionRules;
  readonly signal: AbortSignal;
}

/** As many vectors as texts; `null` when nobody can make them now. It never fails: whoever asks can do without. */
export type Embed = (texts: readonly string[], options: EmbedOptions) => Promise<readonly (readonly number[])[] | null>;

export function createEmbed(pool: {
  /** Models that make embeddings. */
  models(): readonly string[];
  pick(model: string, path: string, options: EmbedOptions): Promise<PickedBackend>;
  /** For backends outside. */
  redaction(): RedactionSettings;
}): Embed {
  return async (texts, options) => {
    for (const model of pool.models()) {
      const signal = AbortSignal.any([options.signal, AbortSignal.timeout(embedMs)]);
      let picked: PickedBackend;
      try {
        picked = await pool.pick(model, embeddingsPath, { ...options, signal });
      } catch {
        // reason: another one may have a place, and may be nearer.
        continue;
      }
      try {
        const shown =
          picked.place !== "local" ? redactForVectors(texts, withRules(pool.redaction(), options.redaction)) : texts;
        return await embedAt(picked, shown, signal);
      } catch {
        // reason: an answer does not wait for it, and fails for it even less.
        return null;
      } finally {
        picked.release();
      }
    }
    return null;
  };
}

const embeddingsPath = "/v1/embeddings";

async function embedAt(
  { backend, baseUrl, headers, model }: PickedBackend,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<readonly (readonly number[])[]> {
  const vectors: (readonly number[])[] = [];
  for (let from = 0; from < texts.length; from += embedAtOnceMax) {
    const input = texts.slice(from, from + embedAtOnceMax);
    const guard = createGuard(backend, signal);
    guard.expectWithin(embedMs, (): BackendError => silentError(backend, embedMs));
    try {
      const said = await guard.readJson(`${baseUrl}/embeddings`, headers, { model, input, encoding_format: "float" });
      vectors.push(...readVectors(said, input.length));
    } finally {
      guard.close();
    }
  }
  return vectors;
}

/** In the order of the texts, whatever the order in which a server sends them. */
function readVectors(said: unknown, many: number): (readonly number[])[] {
  const data = field(said, "data");
  const vectors: (readonly number[])[] = [];
  for (const [at, item] of (Array.isArray(data) ? data : []).entries()) {
    const vector = field(item, "embedding");
    if (Array.isArray(vector) && vector.every((each): each is number => Number.isFinite(each)))
      vectors[Number(field(item, "index") ?? at)] = vector;
  }
  const size = vectors[0]?.length ?? 0;
  const isWhole = Array.from({ length: many }, (_, at) => vectors[at]).every((vector) => vector?.length === size);
  if (!isWhole || size === 0 || vectors.length !== many) throw new TypeError("not as many vectors as texts");
  return vectors;
}
