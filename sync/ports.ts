/**
 * What `sync/` needs from the world. The main files of host and client make the real ones, tests make their own:
 * nothing else in this folder reads a clock, draws a random number, opens a store or a socket.
 */

export interface Clock {
  /** Milliseconds since 1970, for what is shown and for expiries: never for order. */
  now(): number;
  /** Runs `callback` once after `delayMs`; the result takes it back. */
  after(delayMs: number, callback: () => void): () => void;
}

/** In the middle of long work: lets whatever else waits have its turn, as a page must to stay usable. */
export type Pause = () => Promise<void>;

/** Where nothing else waits: the work is done in one go. */
export const noPause: Pause = () => Promise.resolve();

/** Fills from a cryptographic source. */
export type Random = (length: number) => Uint8Array;

/** One live connection that carries whole frames, in order. */
export interface Link {
  send(frame: Uint8Array): void;
  close(): void;
  /** Bytes handed to `send` that have not left yet. */
  readonly waitingBytes: number;
}

export interface LinkEvents {
  onOpen(): void;
  onFrame(frame: Uint8Array): void;
  /** Called once, also when the link never opened. */
  onClose(): void;
}

export type OpenLink = (events: LinkEvents) => Link;

/** This device's secrets under their lock (identityLock.ts), with the key that the platform keeps for it and never shows. */
export interface IdentityRecord {
  /** `null`: the owner wants to be asked for something else. A store then leaves nothing behind of a key it had. */
  readonly key: CryptoKey | null;
  readonly sealed: Uint8Array;
}

/** One place a device for its one identity. `write` resolves when it is on stable storage. */
export interface IdentityStore {
  read(): Promise<IdentityRecord | null>;
  write(record: IdentityRecord): Promise<void>;
  clear(): Promise<void>;
  /** The key for the first record, where the place can keep no key but its own: a file holds bytes, and a `CryptoKey` shows none. */
  createKey?(): Promise<CryptoKey>;
}
