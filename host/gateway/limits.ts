/** Every limit of the gateway, with its reason. A tool is trusted with its key and with nothing else; a backend with nothing. */
import type { HttpLimits } from "../door/httpConnections.ts";

export interface GatewayLimits {
  readonly http: HttpLimits;
  /** One request's body: a question with several photographs, or a recording of an hour. */
  readonly bodyBytesMax: number;
  /** A body up to this size is read whole before it is passed on, so that it can be checked, and sent again elsewhere. */
  readonly holdBytesMax: number;
  /** All bodies that are being held, together: a `model` that stands last in a large body makes us hold all of it. */
  readonly heldBytesMax: number;
  /** Between two pieces of a body. */
  readonly bodyIdleMsMax: number;
  /** Until the first byte of an answer. One that does not stream is silent until it is complete. */
  readonly firstByteMsMax: number;
  /** Without a byte that passes, because the backend says nothing or the tool reads nothing. */
  readonly idleMsMax: number;
  /** Requests of one key at once: an editor with several windows. */
  readonly requestsPerKeyMax: number;
  /** Requests at once, of all keys. */
  readonly requestsMax: number;
  /** How often keys are looked at while an answer runs; a revoked key has to be cut within a second. */
  readonly keyLookEveryMs: number;
  /** What is read of a body that was refused, and for how long, so that its sender reads the refusal. */
  readonly discardBytesMax: number;
  readonly discardMsMax: number;
}

export const gatewayLimits: GatewayLimits = {
  http: {
    socketsMax: 512,
    headerBytesMax: 16_384,
    headersMsMax: 10_000,
    // 64 MiB at a phone's 4 Mbit/s.
    requestMsMax: 150_000,
    requestCheckEveryMs: 2_000,
    keepAliveMs: 15_000,
    requestsPerSocketMax: 1_000,
  },
  bodyBytesMax: 67_108_864,
  holdBytesMax: 1_048_576,
  heldBytesMax: 201_326_592,
  bodyIdleMsMax: 15_000,
  firstByteMsMax: 1_800_000,
  idleMsMax: 300_000,
  requestsPerKeyMax: 16,
  requestsMax: 64,
  keyLookEveryMs: 250,
  discardBytesMax: 1_048_576,
  discardMsMax: 2_000,
};

/** A path and, at most, the name of a model. */
export const targetBytesMax = 1_024;
/** As long as a model's name may be in a backend's list. */
export const modelBytesMax = 1_024;

/** Wrong keys in a minute, and how long whoever tries them then waits (S-18); from loopback as from anywhere. */
export const failedKeys = { failuresMax: 10, windowMs: 60_000, pauseMs: 300_000, keysMax: 1_024 } as const;

/** What a record keeps of what was said before the answer: half a million characters, more than most models hold. */
export const recordTextBytesMax = 458_752;
/** … and of the answer. With both, and what is around them, a record fits an envelope's size. */
export const recordAnswerCharsMax = 131_072;
/** An answer that comes as one document: its text four times over, for what is around it. */
export const recordAnswerBytesMax = 2_097_152;
/** One line of a stream; a real one holds a few words. */
export const recordLineCharsMax = 262_144;
/** One less than crypto/limits.ts allows, for the answer. */
export const recordedTurnsMax = 4_095;
/** Records that lie here because the relay takes no more. It has room for a week of an editor's; then tools are told. */
export const recordsWaitingMax = 64;

/** Tools of one person, many times over. */
export const keysMax = 256;
export const keyNameCharsMax = 64;
/** Projects that one key opens: more than a person tells apart when they read what they give away. */
export const agentProjectsMax = 64;
/** 256 keys with names of 64 characters are a tenth of this; a larger file is none of ours. */
export const keysFileBytesMax = 1_048_576;
/** Another command that changes the keys at this moment is done within this time. */
export const keysLockMsMax = 5_000;
