/** Every limit of what other programs may ask of the vault, with its reason. */

/** Chats that one search looks through, the newest first: each is opened for it. */
export const searchedChatsMax = 500;
/** Places that a search tells of: a page, for a model. */
export const hitsMax = 20;
/** Of a message, around what was found. */
export const snippetChars = 300;
/** Words of a search: more narrow nothing further. */
export const searchWordsMax = 12;
/** For a chat or an artifact to come whole before what is there is read as it stands. */
export const wholeMs = 3_000;
/** For an answer, within the time that one call has (tools/limits.ts): then it is said where it goes on. */
export const answerMs = 50_000;
/** A question: as long as a person may ask by a pipe. */
export const questionCharsMax = 200_000;
/** Calls of one key: a program that works asks some a second, one that runs wild hundreds. */
export const callsPerSecond = 2;
export const callsBurst = 40;
/** The device is let go of when nobody has called for so long, so that other commands of this terminal have their turn. */
export const deviceIdleMs = 5_000;
/** How far the ledger has come is written into the catalog at most so often while calls follow one another: each time is an envelope for every device. */
export const ledgerNoteEveryMs = 10_000;
/** A request over HTTP: a whole artifact and what is around it. */
export const bodyBytesMax = 1_048_576;
/** Requests at once, all keys together. */
export const requestsMax = 32;
/** For a program to read some of what it was sent: one that does not is not there, and each holds one of the places above. */
export const unreadMs = 30_000;
