/** Every limit of what is fetched from outside, with its reason. Whoever answers there is a stranger. */

/** An address longer than this carries data rather than naming a page. */
export const urlCharsMax = 2_048;
/** Addresses of one name that are looked at: more is a list made to hide one. */
export const addressesMax = 32;
/** Until a connection stands and the head of an answer is there. */
export const headMs = 15_000;
/** Between two pieces of an answer. */
export const pieceMs = 60_000;
/** A name that is not resolved within this is not there. */
export const resolveMs = 5_000;
/** An answer as a whole, for whoever sets no smaller bound. */
export const answerBytesMax = 67_108_864;
/** One line of an answer: an event of a stream is one. */
export const lineBytesMax = 8_388_608;
/** Lines within `lineWindowMs`: a stream of progress comes to a few hundred. */
export const linesMax = 20_000;
export const lineWindowMs = 10_000;
