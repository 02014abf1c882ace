/** Every limit of the agent, with its reason. */

/** Answers being written at one time. Model servers answer a few side by side and queue the rest; more only makes all of them slow. */
export const runsMax = 4;
/** Offers waiting for their turn; each ends with its grant. */
export const offersWaitingMax = 64;
/** Offers that name a roster we have not seen yet. */
export const offersParkedMax = 64;
/** Runs remembered as answered in this life, so that an offer that is played again is known. Hex ids, 32 bytes each. */
export const answeredRunsMax = 20_000;

/** Words are written in batches: seldom enough that a batch is worth its 196 bytes of seal, often enough to look alive. */
export const batchMs = 80;
/** One size for a run's envelopes, since sizes and times of tokens reveal what is talked about. Batches of 40 words fit. */
export const paddedBytesMin = 320;
/** UTF-16 units in one update: three bytes each and the frame around them stay below an update's size. */
export const pieceCharsMax = 16_384;
/** Of what a run may write, kept free for how it ends. */
export const endBytesReserved = 16_384;
/** Envelopes sent and not yet acknowledged. */
export const inFlightMax = 4;
/** Waits before an envelope is sent again that the relay had no room or time for; then the run is given up. */
export const appendRetryMs = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000] as const;

/** How long after its offer a request may take to appear in the log: it was written before, so only reading takes time. */
export const requestWaitMs = 5_000;
/** Draining ends with this, whatever is not stored by then: the supervisor waits three seconds. */
export const drainMs = 2_500;
/** After an answer is whole, for the relay to store it; a link that is gone may come back within this. */
export const settleMs = 120_000;

/** Characters of a chat shown to a model: about 24,000 tokens. Most local models hold 8,000 to 32,000, and read them at a few hundred a second. */
export const promptCharsMax = 96_000;
/** An announcement has 16 KiB for all names. */
export const announcedModelsBytesMax = 8_192;
