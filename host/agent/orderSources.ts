/**
 * The order in which a question's sources are given room. The device found them by words; where a backend can compare by meaning, both
 * ranks count, each source by the sum of its reciprocal places. Only asked when not all of them fit: otherwise no order leaves any out.
 */
import type { Source } from "#sync/docs/sources.ts";
import type { Embed, EmbedOptions } from "../backends/embed.ts";
import { rankSoftness } from "./limits.ts";

export interface SourceOrder {
  readonly order: readonly number[];
  readonly by: "words" | "meaning";
}

export const byWords = (sources: readonly Source[]): SourceOrder => ({ order: [...sources.keys()], by: "words" });

export async function orderSources(
  question: string,
  sources: readonly Source[],
  embed: Embed | undefined,
  options: EmbedOptions,
): Promise<SourceOrder> {
  const vectors = (await embed?.([question, ...sources.map(({ text }) => text)], options)) ?? null;
  const [asked, ...told] = vectors ?? [];
  if (asked === undefined || told.length !== sources.length) return byWords(sources);
  const nearness = told.map((vector) => cosine(asked, vector));
  const byMeaning = [...sources.keys()].sort((a, b) => (nearness[b] ?? 0) - (nearness[a] ?? 0));
  const meaningPlace = new Map(byMeaning.map((source, place) => [source, place]));
  const score = (source: number): number =>
    1 / (rankSoftness + source) + 1 / (rankSoftness + (meaningPlace.get(source) ?? sources.length));
  return { order: [...sources.keys()].sort((a, b) => score(b) - score(a) || a - b), by: "meaning" };
}

function cosine(a: readonly number[], b: readonly number[]): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (const [at, x] of a.entries()) {
    const y = b[at] ?? 0;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / (Math.sqrt(aa * bb) || 1);
}
