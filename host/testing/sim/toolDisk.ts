/**
 * The disk that a ledger lies on in a simulated world, in the place of Node's own calls (`ledgerOnToolDisk`): one file, which a power cut leaves as
 * far as it was flushed, and perhaps a part of what was not. Each call is a point at which its host may die.
 */
import type { SourceChange } from "./hooks.ts";
import type { Prng } from "./prng.ts";

export interface ToolDisk {
  /** What a power cut leaves for certain. */
  readonly durable: Buffer;
  /** Loses what was not flushed, and takes no call until `start`. */
  crash(): void;
  start(): void;
}

interface File {
  durable: Buffer;
  written: Buffer;
  isDown: boolean;
  readonly onCall: (name: string) => void;
  readonly later: (work: () => void) => void;
}

let file: File | null = null;

/**
 * A new one, for all that is called from here on. `onCall`: before each call that writes; what it throws is the end of the host. `later`: what the disk does by itself takes its time, and
 * ends with the host.
 */
export function useToolDisk(random: Prng, onCall: (name: string) => void, later: (work: () => void) => void): ToolDisk {
  const made: File = { durable: Buffer.alloc(0), written: Buffer.alloc(0), isDown: false, onCall, later };
  file = made;
  return {
    get durable() {
      return made.durable;
    },
    crash: () => {
      const kept = made.durable.length;
      const isGrown = made.written.length >= kept && made.written.subarray(0, kept).equals(made.durable);
      if (isGrown) made.durable = made.written.subarray(0, kept + random.below(made.written.length - kept + 1));
      else if (random.chance(0.5)) made.durable = made.written;
      made.written = made.durable;
      made.isDown = true;
    },
    start: () => {
      made.isDown = false;
    },
  };
}

/** The file, for a call that changes it. */
function called(name: string): File {
  if (file === null || file.isDown) throw new Error("the host is dead");
  file.onCall(name);
  return file;
}

export const constants = { O_WRONLY: 1, O_APPEND: 1_024, O_CREAT: 64 } as const;

export function openSync(): number {
  called("open");
  return 1;
}

export function writeSync(_handle: number, bytes: Uint8Array, at: number): number {
  const open = called("write");
  open.written = Buffer.concat([open.written, bytes.subarray(at)]);
  return bytes.length - at;
}

export function fsyncSync(): void {
  const open = called("fsync");
  open.durable = open.written;
}

/** Of what was written when it was called, and of nothing that came after. */
export function fsync(_handle: number, callback: (error: Error | null) => void): void {
  const open = called("fsync");
  const { written } = open;
  open.later(() => {
    if (written.length > open.durable.length) open.durable = written;
    callback(null);
  });
}

export function ftruncateSync(_handle: number, length: number): void {
  const open = called("truncate");
  open.written = open.written.subarray(0, length);
}

export function closeSync(): void {}

export function prepareFolder(): void {}

export function readFileIfThere(): Uint8Array | null {
  return file === null || file.written.length === 0 ? null : new Uint8Array(file.written);
}

/** The real ledger, with this disk below it. */
export const ledgerOnToolDisk: readonly SourceChange[] = ['from "node:fs";', 'from "../home.ts";'].map((find) => ({
  file: "host/tools/ledger.ts",
  find,
  put: 'from "../testing/sim/toolDisk.ts";',
}));
