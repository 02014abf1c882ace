/** Every limit towards a backend, with its reason. A backend is untrusted input: it may hang, lie, flood or die at any point. */

export interface BackendLimits {
  /** From the question to the first word: a large model may first have to be loaded from a disk and read a long prompt on a CPU. */
  readonly firstTokenMs: number;
  /** Between two words: the slowest usable machine makes one in a few seconds. */
  readonly idleMs: number;
  /** One whole answer; a model that repeats itself for ever ends here. */
  readonly answerMs: number;
  /** Waits before a busy backend (429, 503) is asked again; only before the first word. */
  readonly busyRetryMs: readonly number[];
}

export const backendLimits: BackendLimits = {
  firstTokenMs: 300_000,
  idleMs: 60_000,
  answerMs: 1_800_000,
  busyRetryMs: [500, 2_000, 5_000],
};

/** One line of a stream. A real one holds a few words. */
export const lineBytesMax = 262_144;
/** One whole response, unpacked: four times what a run may write, for the wrapping around each word. */
export const responseBytesMax = 33_554_432;
/** An error body, a list of models or an answer that is not a stream, read in one piece. */
export const documentBytesMax = 1_048_576;
/** How much of a backend's own words about an error is passed on. */
export const detailCharsMax = 240;

export const modelsMax = 100;
export const modelNameCharsMax = 200;

/** A probe of a local port: a server that is there answers a list of models at once, also while it is computing. */
export const probeMs = 1_500;
/** How often backends are looked for: someone who starts one should see it before they start to wonder. */
export const probeEveryMs = 10_000;
/** Probes missed in a row before a backend counts as gone: a machine at full load misses one now and then. */
export const missedProbesMax = 3;
