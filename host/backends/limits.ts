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

/** One event of a stream, with all its lines. A real one holds a few words. */
export const lineBytesMax = 262_144;
/** One whole response, unpacked: four times what a run may write, for the wrapping around each word. */
export const responseBytesMax = 33_554_432;
/** Connections to one backend that wait for the next question: as many as answers at one time, and a probe. */
export const keptConnectionsMax = 8;
/** An error body, a list of models or an answer that is not a stream, read in one piece. */
export const documentBytesMax = 1_048_576;
/** How much of a backend's own words about an error is passed on. */
export const detailCharsMax = 240;

export const modelsMax = 100;
export const modelNameCharsMax = 200;
/** Ollama is asked about each model by itself; the rest of a long list is used without knowing more than its names. */
export const modelsDescribedMax = 32;
/** A context larger than any model has is a lie or a mistake, and a prompt cut for it would not be cut. */
export const contextTokensMax = 16_777_216;
/** Below this nothing can be asked; such a number is not believed. */
export const contextTokensMin = 64;
/** Calls of tools in one answer, and what one may hold. */
export const toolCallsMax = 64;
export const toolArgumentsCharsMax = 131_072;

/** A probe of a local port: a server that is there answers a list of models at once, also while it is computing. */
export const probeMs = 1_500;
/** One further away may be slower. */
export const farProbeMs = 4_000;
/** How often backends are looked for: someone who starts one should see it before they start to wonder. */
export const probeEveryMs = 10_000;
/** Probes missed in a row before a backend counts as gone: a machine at full load misses one now and then. */
export const missedProbesMax = 3;
/** Probes answered in a row before one that was gone is used again, so that a server that keeps crashing is not. */
export const goodProbesMin = 2;
/** The second of these comes soon: whoever restarts a server is waiting for it. */
export const confirmProbeMs = 500;
/** One that was there and is away is looked for this often at first, so that it is in use within 1.5 s of being well: a refused connection costs a fraction of a millisecond. */
export const awayProbeMs = 750;
/** On this machine that goes on; elsewhere, after this long, the pause doubles up to the usual one: a stranger's machine is not knocked at every second for days. */
export const awayBrieflyMs = 60_000;

/** How often backends.json is looked at: who has changed it should not have to wait. */
export const settingsLookEveryMs = 2_000;
/** Backends in one configuration, and what its file may hold. */
export const backendsMax = 32;
export const routesMax = 64;
export const routeTargetsMax = 16;
export const backendsFileBytesMax = 262_144;
export const keyFileBytesMax = 4_096;

/** Questions at one backend at a time unless the owner says otherwise: what model servers run side by side by default. */
export const concurrentDefault = 4;
export const concurrentMax = 1_024;
/** Questions that wait for a place. More than that nobody would live to see answered. */
export const waitingMax = 64;
/** Of one owner: one tool that floods must not fill the queue. */
export const waitingPerOwnerMax = 16;
/** The longest wait for a place; then it is said that all are taken. */
export const waitingMs = 300_000;

/** Texts turned into vectors by one request: a vector of four thousand numbers is 80 kB as JSON, and all of them fit a document. */
export const embedAtOnceMax = 8;
/** An answer waits this long for its sources to be compared by meaning, and then goes by words. */
export const embedMs = 4_000;

/** `redaction.json`: 500 words of 100 characters, and some. */
export const redactionFileBytesMax = 262_144;
