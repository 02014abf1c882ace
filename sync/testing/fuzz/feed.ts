/**
 * Feeds one target and judges how it took it. A decoder may refuse with its folder's own error and in no other way; it may not be
 * slow, keep memory, write into its input, change what it was given to compare with, or take what nobody signed.
 */
import { getHeapStatistics } from "node:v8";
import { CryptoError } from "#crypto/errors.ts";
import { VaultError } from "../../errors.ts";
import { createHarmer } from "./harm.ts";

export interface Target {
  readonly name: string;
  /** Bytes that it takes; with `wrap`, what is wrapped. */
  readonly good: readonly Uint8Array[];
  /** Harm is done before the signature or the seal, so that what stands behind them is reached: an attacker may be a member. */
  readonly wrap?: (harmed: Uint8Array) => Uint8Array;
  /** Throws when it refuses; where refusing is a value, gives a word for it. A word that begins with "took" refuses nothing. */
  readonly feed: (bytes: Uint8Array) => string | void;
  /** Everything it takes was signed, sealed or hashed: only the good ones are. */
  readonly isAuthentic?: boolean;
  /** There is nothing behind its first check, a length for instance. */
  readonly isShallow?: boolean;
  /** A digest of all that may not change. */
  readonly state?: () => string;
}

/** One decoder's account of many inputs; accounts add up. */
export interface Account {
  fed: number;
  refused: number;
  slowestMs: number;
  /** Most memory that one look found taken since the chunk began, after collecting garbage. */
  grownBytes: number;
  /** Of the inputs looked at closely: where the outcome came from, and how many of them were plain noise. */
  readonly outcomes: Map<string, { all: number; noise: number }>;
  /** Why it fails; empty when it does not. */
  readonly faults: string[];
}

export const slowMsMax = 250;
export const grownBytesMax = 64 * 1_048_576;
/** What takes this long is tried again: a pause of the machine, or of the collector, is none of the decoder's. */
const askAgainMs = 20;
/** A look at the stack costs more than most decoders do. */
const closeLookEvery = 16;
const memoryLookEvery = 64;
const noiseEvery = 10;
const noiseBytesMax = 400;
/** Longer ones are cut at so many places, drawn anew in each chunk. */
const cutsMax = 600;
const faultsMax = 3;

export const createAccount = (): Account => ({
  fed: 0,
  refused: 0,
  slowestMs: 0,
  grownBytes: 0,
  outcomes: new Map(),
  faults: [],
});

export interface FeedOptions {
  readonly inputs: number;
  readonly seed: number;
  /** Every good one is cut off at each of its bytes first. */
  readonly hasCuts: boolean;
  /** Sees each input before the decoder does: whoever watches for hangs can say which one it was. */
  readonly note: (bytes: Uint8Array) => void;
  readonly collectGarbage: () => void;
}

export function feedChunk(target: Target, everything: readonly Uint8Array[], options: FeedOptions): Account {
  const account = createAccount();
  const { below, noise, harm } = createHarmer(options.seed);
  const goodHex = new Set(target.good.map((good) => toHex(target.wrap === undefined ? good : target.wrap(good))));
  const stateBefore = target.state?.();
  options.collectGarbage();
  const memoryBefore = memoryBytes();

  const feed = (bytes: Uint8Array, isNoise: boolean): void => {
    // Some come as a view into something larger, as they do out of a frame.
    const input = below(8) === 0 ? within(bytes) : bytes;
    options.note(input);
    const copy = input.slice();
    account.fed += 1;
    const isLookedAt = account.fed % closeLookEvery === 0;
    const outcome = outcomeOf(target, input, account, isLookedAt);
    if (outcome.isRefused) account.refused += 1;
    if (isLookedAt) {
      const seen = account.outcomes.get(outcome.place) ?? { all: 0, noise: 0 };
      account.outcomes.set(outcome.place, { all: seen.all + 1, noise: seen.noise + (isNoise ? 1 : 0) });
    }
    if (outcome.crash !== null) addFault(account, `crash: ${outcome.crash}`, copy);
    if (Buffer.compare(copy, input) !== 0) addFault(account, "wrote into its input", copy);
    if (target.isAuthentic === true && !outcome.isRefused && outcome.crash === null && !goodHex.has(toHex(copy))) {
      addFault(account, "took what nobody signed", copy);
    }
    if (account.fed % memoryLookEvery === 0 && memoryBytes() - memoryBefore > grownBytesMax) {
      options.collectGarbage();
      account.grownBytes = Math.max(account.grownBytes, memoryBytes() - memoryBefore);
      if (account.grownBytes > grownBytesMax) addFault(account, "keeps more than 64 MB", copy);
    }
  };

  const wrapped = (bytes: Uint8Array): Uint8Array => target.wrap?.(bytes) ?? bytes;
  if (options.hasCuts) {
    for (const good of target.good) {
      const whole = wrapped(good);
      for (const length of cutsOf(whole.length, below)) feed(whole.slice(0, length), false);
      if (target.wrap === undefined) continue;
      for (const length of cutsOf(good.length, below)) feed(target.wrap(good.subarray(0, length)), false);
    }
  }
  while (account.fed < options.inputs && account.faults.length < faultsMax) {
    if (below(noiseEvery) === 0) {
      feed(noise(below(noiseBytesMax)), true);
      continue;
    }
    const good = target.good[below(target.good.length)] ?? noise(50);
    // What is signed is harmed in both ways: before it was signed, and after.
    if (target.wrap !== undefined && below(2) === 0) feed(target.wrap(harm(good, everything)), false);
    else feed(harm(wrapped(good), everything), false);
  }
  options.collectGarbage();
  account.grownBytes = Math.max(account.grownBytes, memoryBytes() - memoryBefore);
  if (account.grownBytes > grownBytesMax) addFault(account, "keeps more than 64 MB", new Uint8Array(0));
  if (target.state?.() !== stateBefore) addFault(account, "changed what it may only read", new Uint8Array(0));
  return account;
}

/** Of the inputs looked at, how many were not stopped where most noise is: by the first check. */
export function shareBehindFirstCheck({ outcomes }: Account): number {
  const seen = [...outcomes.values()];
  const all = seen.reduce((sum, outcome) => sum + outcome.all, 0);
  const first = seen.reduce((most, outcome) => (outcome.noise > most.noise ? outcome : most), { all: 0, noise: 0 });
  return all === 0 ? 0 : 1 - first.all / all;
}

export function addAccounts(to: Account, more: Account): void {
  to.fed += more.fed;
  to.refused += more.refused;
  to.slowestMs = Math.max(to.slowestMs, more.slowestMs);
  to.grownBytes = Math.max(to.grownBytes, more.grownBytes);
  for (const [place, { all, noise }] of more.outcomes) {
    const seen = to.outcomes.get(place) ?? { all: 0, noise: 0 };
    to.outcomes.set(place, { all: seen.all + all, noise: seen.noise + noise });
  }
  to.faults.push(...more.faults.slice(0, faultsMax - to.faults.length));
}

interface Outcome {
  readonly isRefused: boolean;
  readonly place: string;
  readonly crash: string | null;
}

function outcomeOf(target: Target, input: Uint8Array, account: Account, isLookedAt: boolean): Outcome {
  let outcome: Outcome = { isRefused: false, place: "taken", crash: null };
  let tookMs = Infinity;
  for (let tries = 0; tries < 3 && tookMs > askAgainMs; tries++) {
    const begun = performance.now();
    try {
      const word = target.feed(input);
      if (typeof word === "string") outcome = { isRefused: !word.startsWith("took"), place: word, crash: null };
    } catch (error) {
      const isRefused = error instanceof CryptoError || error instanceof VaultError;
      const crash = isRefused ? null : error instanceof Error ? firstLines(error) : String(error);
      outcome = { isRefused, place: isLookedAt && isRefused ? placeOf(error) : "", crash };
    }
    tookMs = Math.min(tookMs, performance.now() - begun);
  }
  account.slowestMs = Math.max(account.slowestMs, tookMs);
  if (tookMs > slowMsMax) addFault(account, `took ${tookMs.toFixed(0)} ms`, input);
  return outcome;
}

const firstLines = ({ stack, message }: Error): string =>
  (stack ?? message)
    .split("\n", 3)
    .map((line) => line.trim())
    .join(" ");

/** The line that refused it, and not the reader that all forms share. */
function placeOf(error: Error): string {
  const lines = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  const own = lines.find((line) => !/\/(codec|bytes|ids|sodium)\.ts:/.test(line)) ?? lines[0] ?? "";
  return /([\w.]+:\d+:\d+)\)?$/.exec(own)?.[1] ?? own;
}

function cutsOf(length: number, below: (limit: number) => number): number[] {
  return length <= cutsMax
    ? Array.from({ length }, (_, at) => at)
    : Array.from({ length: cutsMax }, () => below(length));
}

function addFault({ faults }: Account, says: string, bytes: Uint8Array): void {
  if (faults.length < faultsMax) faults.push(`${says}  on ${toHex(bytes).slice(0, 400)} (${bytes.length} bytes)`);
}

function within(bytes: Uint8Array): Uint8Array {
  const larger = new Uint8Array(bytes.length + 16).fill(0xa5);
  larger.set(bytes, 7);
  return larger.subarray(7, 7 + bytes.length);
}

function memoryBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
