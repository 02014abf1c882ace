/** Every limit of the page tool, with its reason. */

/** One page without its pictures: the longest articles come to a tenth of it. */
export const pageBytesMax = 4_194_304;
/** Of its text: what a model at home takes in at once. */
export const pageCharsMax = 60_000;
/** From one address on to the next: more is a circle. */
export const redirectsMax = 5;
/** All of it together. */
export const pageMs = 30_000;

/** Elements within each other: pages have thirty; a parser's work grows with each. */
export const depthMax = 2_000;
/** A page is read in such pieces, so that the bound on depth is seen in time. */
export const pieceChars = 4_096;
