/** Every limit of tools, with its reason. */

/** One call, from its beginning to its end: a page that takes longer than this to come is not worth waiting for. */
export const callMs = 60_000;
/** All calls of one answer together, waiting for the owner not counted. */
export const callsMs = 600_000;
/** Calls of one answer: a model that needs more goes round in circles. */
export const callsPerRunMax = 64;
/** Questions about one tool that its owner may answer with no, or not at all, in one answer: who is asked again and again says yes in the end. */
export const declinedAsksMax = 3;
/** What a call gives its model: 10,000 words, more than a model at home takes in at once. */
export const resultCharsMax = 60_000;
/** Of all calls of one answer, what stands in the chat beyond the beginnings: a run has room for three times as much, and for its answer. */
export const givesPerRunCharsMax = 200_000;
/** How deep arguments may be nested: nothing that a person could read goes deeper. */
export const argumentsDepthMax = 16;
/** What is said of arguments that do not fit, before "and so on". */
export const misfitsMax = 5;
/** An expression that a person would still write in one line. */
export const expressionCharsMax = 1_000;
/** Of a lane's room, kept for how a call that has begun ends: two steps, the second with its text. */
export const callEndBytesReserved = 20_480;

/** Forms of one call: a tool that asks more goes round in circles. */
export const formsPerCallMax = 4;
/** Signs of progress of one call that are kept, and how far apart: a line that changes now and then. Each stays in the chat. */
export const progressStepsMax = 12;
export const progressEveryMs = 2_000;
/** Of a ledger, read at once to see where its entries begin: a hundred of the usual size. */
export const scanBytes = 262_144;
