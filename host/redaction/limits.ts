/** Every limit of redaction, with its reason. */

/** The owner's own words, and how long one is: a list that a person keeps. */
export const wordsMax = 500;
export const wordCharsMax = 100;
/** Shorter words stand in too many others to be meant. */
export const wordCharsMin = 2;
/** The longest placeholder: while an answer streams, no more than this is held back. */
export const placeholderCharsMax = 32;
/** A text is looked at in pieces of this size, cut at lines: no pattern's work grows with more than that. */
export const pieceCharsMax = 65_536;
