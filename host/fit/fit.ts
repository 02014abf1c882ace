/** Whether a model fits, and what it would take: a calculation, and where it cannot be one, an estimate that says so. Pure. */
import type { ModelShape } from "./shape.ts";

/** Where a model would lie. */
export interface Memory {
  /** `gpu`: cards of their own memory; `unified`: shared with the system; `ram`: no card at all. */
  readonly kind: "gpu" | "unified" | "ram";
  /** Of each card, or the one that is shared: what a model may take. */
  readonly bytes: readonly number[];
  /** Of the system beside the cards, for what does not fit on them; `null`: it is another machine's, and not known. */
  readonly ramBytes: number | null;
}

export interface Wanted {
  /** How long a chat may get, for each answer at once. */
  readonly contextTokens: number;
  /** Answers at once. */
  readonly concurrency: number;
}

export interface Fit {
  readonly weightBytes: number;
  /** `null`: the header does not say. */
  readonly cacheBytes: number | null;
  readonly neededBytes: number;
  readonly fits: boolean;
  readonly why: string;
  /** What would be read from the system's memory instead, and at what pace: an estimate; `null` where it fits or cannot be. */
  readonly offload: { readonly bytes: number; readonly tokensPerSecond: number } | null;
  /** What to add; `null` where it fits. */
  readonly step: string | null;
}

export const GB = 1_000_000_000;
const GIB = 1_073_741_824;
/** Keys and values are kept as 16-bit numbers unless told otherwise. */
const cacheValueBytes = 2;
/** A runtime's own on each card, and its scratch space: measured by others at 0.5 to 1 GB for llama.cpp and Ollama. */
export const overheadBytes = 800_000_000;
/** A layer with a window keeps a little more than it: llama.cpp's batch of 512. */
const windowBatchTokens = 512;
/** Two channels of DDR5; a server has several times that, an old machine a third. For estimates alone. */
const ramBytesPerSecond = 60 * GB;
/** Cards that people buy, by GiB. */
const CARDS = [8, 12, 16, 24, 32, 48, 80, 96, 141] as const;

export function fitModel(
  shape: ModelShape & { readonly activeShare?: number },
  memory: Memory,
  { contextTokens, concurrency }: Wanted,
): Fit {
  const tokens = Math.min(contextTokens, shape.contextTokens ?? Number.POSITIVE_INFINITY);
  const cacheBytes = shape.cache === null ? null : cacheBytesOf(shape.cache, tokens) * concurrency;
  const modelBytes = shape.bytes + (cacheBytes ?? 0);
  const neededBytes = modelBytes + overheadBytes * memory.bytes.length;
  const hasBytes = memory.bytes.reduce((sum, bytes) => sum + bytes, 0);
  const fits = neededBytes <= hasBytes;
  const parts = [`${toGb(shape.bytes)} of weights`];
  if (cacheBytes !== null) parts.push(`${toGb(cacheBytes)} for ${sayContext(tokens, concurrency)}`);
  parts.push(`${toGb(overheadBytes * memory.bytes.length)} for the program`);
  const sum = `${parts.join(" + ")} = ${toGb(neededBytes)}`;
  const facts = { weightBytes: shape.bytes, cacheBytes, neededBytes, fits };
  if (fits) return { ...facts, why: `It fits: ${sum}, of ${sayMemory(memory)}.`, offload: null, step: null };
  const step = nextStep(modelBytes, memory);
  const offload = offloadOf(shape, neededBytes - hasBytes, memory);
  const why = [
    `It does not fit: ${sum}, and here are ${sayMemory(memory)}.`,
    offload === null
      ? `It would not load: what is missing does not fit into the system's memory either.`
      : `It would run with ${toGb(offload.bytes)} in the system's memory${memory.ramBytes === null ? ", if there is as much," : ""} at some ${ramBytesPerSecond / GB} GB/s where a card reads 1,000 and more: at most about ${offload.tokensPerSecond} tokens a second, an estimate.`,
    `What adds it: ${step}.`,
  ];
  return { ...facts, why: why.join(" "), offload, step };
}

function cacheBytesOf(cache: NonNullable<ModelShape["cache"]>, tokens: number): number {
  return cache.reduce((sum, { layers, valuesPerToken, windowTokens }) => {
    const kept = windowTokens === null ? tokens : Math.min(tokens, windowTokens + windowBatchTokens);
    return sum + layers * valuesPerToken * kept * cacheValueBytes;
  }, 0);
}

/** For each token all weights that take part in it are read once, those outside the card at the pace of the system's memory. */
function offloadOf(
  { bytes, activeShare = 1 }: ModelShape & { readonly activeShare?: number },
  outsideBytes: number,
  { kind, ramBytes }: Memory,
): Fit["offload"] {
  if (kind !== "gpu" || (ramBytes !== null && outsideBytes > ramBytes)) return null;
  const readBytes = Math.min(outsideBytes, bytes) * activeShare;
  const exact = ramBytesPerSecond / readBytes;
  return {
    bytes: outsideBytes,
    tokensPerSecond: exact >= 10 ? Math.round(exact) : Math.max(0.1, Math.round(exact * 10) / 10),
  };
}

/** The least that takes it, of what is sold: more of the cards that are there, or one that is larger. */
function nextStep(modelBytes: number, { kind, bytes }: Memory): string {
  if (kind !== "gpu") {
    const gib = Math.ceil((modelBytes + overheadBytes) / (kind === "unified" ? 0.8 : 0.85) / GIB / 8) * 8;
    return `a machine with ${gib} GB of memory, or a card with ${sayCards(cardsFor(modelBytes))}`;
  }
  const [largest = 0] = [...bytes].sort((a, b) => b - a);
  const own = Math.round(largest / GIB);
  const steps = [own, ...CARDS.filter((gib) => gib > own)]
    .filter((gib) => gib > 0)
    .map((gib) => ({ gib, count: countOf(modelBytes, gib) }))
    .filter(({ count }) => count <= 8);
  const more = steps.find(({ gib }) => gib === own);
  const single = steps.find(({ gib, count }) => gib > own && count === 1);
  const said = [more, single].filter((each) => each !== undefined).map(({ gib, count }) => sayCards({ gib, count }));
  return said.length === 0 ? "a smaller model, or a smaller quantisation of this one" : said.join(", or ");
}

function cardsFor(modelBytes: number): { readonly gib: number; readonly count: number } {
  const gib = CARDS.find((each) => countOf(modelBytes, each) === 1) ?? 96;
  return { gib, count: countOf(modelBytes, gib) };
}

/** Weights and cache are shared out among the cards, the program's own is not. */
function countOf(modelBytes: number, gib: number): number {
  return Math.ceil(modelBytes / (gib * GIB - overheadBytes));
}

const sayCards = ({ gib, count }: { readonly gib: number; readonly count: number }): string =>
  count === 1 ? `${gib} GB` : `${count} × ${gib} GB`;

function sayMemory({ kind, bytes }: Memory): string {
  const [first = 0] = bytes;
  if (kind === "gpu")
    return bytes.length === 1
      ? `${toGib(first)} on the card`
      : `${bytes.length} cards with ${bytes.map(toGib).join(" + ")}`;
  return `${toGib(first)} ${kind === "unified" ? "that the system leaves a model" : "of memory, without a card"}`;
}

function sayContext(tokens: number, concurrency: number): string {
  const each = `${tokens.toLocaleString("en")} tokens of context`;
  return concurrency === 1 ? each : `${concurrency} answers at once with ${each} each`;
}

const toGb = (bytes: number): string => `${(bytes / GB).toFixed(bytes < 10 * GB ? 1 : 0)} GB`;
/** Memory is sold in powers of two. */
const toGib = (bytes: number): string => `${(bytes / GIB).toFixed(bytes % GIB === 0 ? 0 : 1)} GB`;

/** "32GB", "2x24", "24 GiB": as people write what a card has. `null`: nothing of the kind. */
export function parseMemory(text: string): readonly number[] | null {
  const match = /^\s*(?:([1-8])\s*[x×*]\s*)?(\d{1,4}(?:\.\d{1,2})?)\s*(?:g|gb|gib)?\s*$/i.exec(text);
  const gib = Number(match?.[2] ?? Number.NaN);
  if (match === null || !(gib > 0)) return null;
  return Array.from({ length: Number(match[1] ?? 1) }, () => Math.round(gib * GIB));
}
