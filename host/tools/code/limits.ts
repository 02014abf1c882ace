/** Every limit of code that a model wrote, with its reason. */

/** What a model computes for an answer takes milliseconds; a loop for ever ends here. */
export const codeMs = 5_000;
/** Beyond that, for starting the process, and for what the engine cannot be interrupted in: then it is killed. */
export const codeGraceMs = 3_000;
/** All that the program holds at once: a table of a million numbers fits many times. */
export const codeMemoryBytesMax = 67_108_864;
/** Some thousand calls deep; the engine's own bound is twice as much. */
export const codeStackBytesMax = 262_144;
/** A program that a model writes into an answer has a page or two. */
export const codeCharsMax = 50_000;
/** What it writes out is for a model to read, and shown to a person: ten pages. */
export const codeOutputCharsMax = 20_000;
/** What the process may write in all, around that text: JSON at six bytes a sign. A larger one is not ours. */
export const codeReplyBytesMax = 262_144;
