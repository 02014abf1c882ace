/** Every limit of the embedded engine and its files, with its reason. */

/** Most of a slow line's day; a download that was cut off goes on where it was. */
export const installMs = 3_600_000;
/** The largest model files that home machines run are a few hundred GB. */
export const modelBytesMax = 1_099_511_627_776;
/** What a repository says about itself: a list of its files. */
export const metadataBytesMax = 16_777_216;
export const metadataMs = 30_000;
/** From one address to the next: a repository sends on to its store, which may send on once more. */
export const redirectsMax = 5;
/** A download that brings nothing for this long is tried again from where it was. */
export const downloadIdleMs = 60_000;
export const downloadTriesMax = 5;
export const downloadRetryMs = 2_000;
/** Progress is told this often: more is more than anyone sees. */
export const progressEveryMs = 250;

/** Prompt and answer of one chat: 8,192 tokens cost about 1 GB at 8 billion parameters, which machines without a large card still have. */
export const engineContextTokens = 8_192;
/** Two at a time share one context; more would each be too slow on the machines that use this. */
export const engineConcurrent = 2;
/** A prompt has to leave room for an answer. */
export const answerTokensMin = 64;
/** A question with pictures is refused, so this is text: four bytes a token of the largest context, and room. */
export const requestBytesMax = 8_388_608;
export const requestsWaitingMax = 32;
/** From the start of its process until it listens; models are loaded later. */
export const engineStartMs = 60_000;
export const engineRestartMs = [500, 2_000, 10_000, 30_000] as const;
/** It lived this long: the next pause is short again. */
export const engineHealthyMs = 60_000;

/** What models.json may hold. */
export const pinsMax = 1_000;
export const pinsBytesMax = 1_048_576;
/** Files in the folder of models. */
export const modelFilesMax = 64;
