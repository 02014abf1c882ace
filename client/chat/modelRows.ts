/** What the list of models says of each: pure, from what its host announced. */
import type { HostInfo } from "#crypto/announcement.ts";
import type { ModelFacts } from "#crypto/modelFacts.ts";

export interface ModelRow {
  readonly name: string;
  readonly facts: ModelFacts;
  /** Where it runs, in words; "": its host does not say. */
  readonly server: string;
  readonly isTooLarge: boolean;
  readonly isFavourite: boolean;
}

/** More than these are searched in, not looked through. */
export const rowsLookedThroughMax = 8;

/** Favourites first, else in the order that the host has them. */
export function toModelRows(info: HostInfo, favourites: ReadonlySet<string>): readonly ModelRow[] {
  const rows = info.models.map((name, index): ModelRow => {
    const facts = info.facts?.[index] ?? {};
    return {
      name,
      facts,
      server: facts.server === undefined ? "" : (info.servers?.[facts.server] ?? ""),
      isTooLarge: info.tooLarge?.includes(name) === true,
      isFavourite: favourites.has(name),
    };
  });
  return [...rows.filter(({ isFavourite }) => isFavourite), ...rows.filter(({ isFavourite }) => !isFavourite)];
}

/** Those that have every word of it, in their name or in where they run. */
export function fittingRows(rows: readonly ModelRow[], query: string): readonly ModelRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter(({ name, server }) => words.every((word) => `${name} ${server}`.toLowerCase().includes(word)));
}

/** As models' makers write it: 8k, 32k, 128k are powers of two. */
export function inThousands(tokens: number): string {
  return tokens < 1_000 ? `${tokens}` : `${Math.round(tokens / (tokens % 1_024 === 0 ? 1_024 : 1_000))}k`;
}

export interface FactWords {
  readonly modelLoaded: string;
  readonly modelNotLoaded: string;
  readonly modelTooLarge: string;
  readonly modelVision: string;
  readonly modelTools: string;
  readonly modelReasoning: string;
  modelContext(tokens: string): string;
  modelSpeed(perSecond: number): string;
}

/** In the order in which one asks: will it run, how long must I wait, how much does it hold, what can it do. */
export function sayFacts(
  { facts, isTooLarge }: Pick<ModelRow, "facts" | "isTooLarge">,
  words: FactWords,
  inBytes: (bytes: number) => string,
): readonly string[] {
  const { isLoaded, sizeBytes, contextTokens, tokensPerSecond, vision, tools, reasoning } = facts;
  return [
    isTooLarge ? words.modelTooLarge : "",
    isLoaded === undefined ? "" : isLoaded ? words.modelLoaded : words.modelNotLoaded,
    tokensPerSecond === undefined ? "" : words.modelSpeed(tokensPerSecond),
    sizeBytes === undefined ? "" : inBytes(sizeBytes),
    contextTokens === undefined ? "" : words.modelContext(inThousands(contextTokens)),
    vision === true ? words.modelVision : "",
    tools === true ? words.modelTools : "",
    reasoning === true ? words.modelReasoning : "",
  ].filter((says) => says !== "");
}
