/**
 * The world's own timers, time, randomness and IndexedDB in the place of the platform's, for code that takes them from globals: Yjs,
 * y-websocket, y-indexeddb, lib0, and the relay's group commit. It must be imported before any of them, because lib0 keeps what it finds
 * at its first import. Outside of a run everything is as it was.
 */
import nodeCrypto, { createCipheriv, createDecipheriv, webcrypto } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";

/** What a running world offers in the place of the platform. */
export interface VirtualGlobals {
  now(): number;
  setTimer(delayMs: number, callback: () => void, every: boolean): object;
  clearTimer(timer: unknown): void;
  /** One turn of the event loop. */
  setImmediate(callback: () => void): object;
  random(length: number): Uint8Array;
  readonly indexedDb: IDBFactory;
}

let world: VirtualGlobals | null = null;

/** `null` brings the platform back. */
export function useVirtualGlobals(next: VirtualGlobals | null): void {
  world = next;
}

const real = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, now: Date.now };

/** Runs `work` in a turn of the platform's own loop, where `runMicrotasks` can do its part. */
export function inOwnTurn(work: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    real.setImmediate(() => {
      try {
        work();
        resolve();
      } catch (error) {
        // reason: whoever waits for the turn is told, as by a call.
        reject(error as Error);
      }
    });
  });
}

/**
 * Runs all microtasks there are, with those that they make. Waiting a turn of the event loop for it costs seven times as much, three thousand
 * times a schedule. Node has had this function since its first version and does not document it, so `checkMicrotasks` asks whether it works.
 */
export const runMicrotasks = (process as unknown as { _tickCallback(): void })._tickCallback;

/** Throws when this Node does not run microtasks on demand. */
export async function checkMicrotasks(): Promise<void> {
  await inOwnTurn(() => {
    let steps = 0;
    void Promise.resolve()
      .then(() => (steps += 1))
      .then(() => (steps += 1));
    runMicrotasks();
    if (steps !== 2) throw new Error("This version of Node does not run microtasks on demand.");
  });
}

type Callback = (...values: unknown[]) => void;
const globals = globalThis as unknown as Record<string, unknown>;

function replaceTimer(every: boolean): unknown {
  const platform = (every ? real.setInterval : real.setTimeout) as (...all: unknown[]) => unknown;
  return (callback: Callback, delayMs = 0, ...values: unknown[]) =>
    world === null ? platform(callback, delayMs, ...values) : world.setTimer(delayMs, () => callback(...values), every);
}

function replaceClear(platform: (timer: never) => void): unknown {
  return (timer: unknown) => (world === null ? platform(timer as never) : world.clearTimer(timer));
}

globals["setTimeout"] = replaceTimer(false);
globals["setInterval"] = replaceTimer(true);
globals["clearTimeout"] = replaceClear(real.clearTimeout as (timer: never) => void);
globals["clearInterval"] = replaceClear(real.clearInterval as (timer: never) => void);
globals["setImmediate"] = (callback: Callback, ...values: unknown[]) =>
  world === null ? real.setImmediate(callback, ...values) : world.setImmediate(() => callback(...values));
Date.now = () => (world === null ? real.now() : world.now());

const fill = webcrypto.getRandomValues.bind(webcrypto);
function getRandomValues<T extends ArrayBufferView>(into: T): T {
  if (world === null) return fill(into as unknown as Uint8Array<ArrayBuffer>) as unknown as T;
  new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(world.random(into.byteLength));
  return into;
}
Object.defineProperty(webcrypto, "getRandomValues", { value: getRandomValues });

// libsodium draws single words by Node's own function.
const realRandomBytes = nodeCrypto.randomBytes;
Object.defineProperty(nodeCrypto, "randomBytes", {
  value: (length: number) => (world === null ? realRandomBytes(length) : Buffer.from(world.random(length))),
});

/**
 * WebCrypto answers from a pool of threads, in an order that nobody can repeat. The lock needs one cipher of it, which Node also has in a
 * form that answers at once.
 */
const subtle = webcrypto.subtle;
const TAG_BYTES = 16;
interface GcmOptions {
  readonly iv: Uint8Array;
  readonly additionalData: Uint8Array;
}
const virtualSubtle = {
  generateKey: () => Promise.resolve({ lockKey: Buffer.from(world?.random(32) ?? []) }),
  encrypt: ({ iv, additionalData }: GcmOptions, key: { lockKey: Buffer }, plain: Uint8Array) => {
    const cipher = createCipheriv("aes-256-gcm", key.lockKey, iv).setAAD(additionalData);
    return Promise.resolve(Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
  },
  decrypt: async ({ iv, additionalData }: GcmOptions, key: { lockKey: Buffer }, sealed: Uint8Array) => {
    const decipher = createDecipheriv("aes-256-gcm", key.lockKey, iv)
      .setAAD(additionalData)
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  },
};
Object.defineProperty(webcrypto, "subtle", { get: () => (world === null ? subtle : virtualSubtle) });

/** So do its streams for deflating: in a world, the same bytes come at once. */
const streams = { CompressionStream, DecompressionStream };
function virtualStream(platform: "CompressionStream" | "DecompressionStream", pass: (bytes: Uint8Array) => Uint8Array) {
  return function create(format: string): object {
    if (world === null) return Reflect.construct(streams[platform], [format]) as object;
    const parts: Uint8Array[] = [];
    return new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk) => void parts.push(chunk),
      flush: (controller) => controller.enqueue(new Uint8Array(pass(Buffer.concat(parts)))),
    });
  };
}
globals["CompressionStream"] = virtualStream("CompressionStream", deflateRawSync);
globals["DecompressionStream"] = virtualStream("DecompressionStream", inflateRawSync);

Object.defineProperty(globalThis, "indexedDB", {
  get: () => world?.indexedDb,
  configurable: true,
});

/** The three kinds of range that y-indexeddb asks for. */
export interface KeyRange {
  readonly lower: number | null;
  readonly upper: number | null;
  readonly lowerOpen: boolean;
  readonly upperOpen: boolean;
}
globals["IDBKeyRange"] = {
  bound: (lower: number, upper: number, lowerOpen = false, upperOpen = false): KeyRange => ({
    lower,
    upper,
    lowerOpen,
    upperOpen,
  }),
  lowerBound: (lower: number, lowerOpen = false): KeyRange => ({ lower, upper: null, lowerOpen, upperOpen: false }),
  upperBound: (upper: number, upperOpen = false): KeyRange => ({ lower: null, upper, lowerOpen: false, upperOpen }),
};
