/** How much a file may be before it is read, and why. All of it is somebody else's file. */

/** A file that takes longer is made to, or is no document: its worker is ended. */
export const readingMsMax = 60_000;
/** One piece of memory that a parser asks for at once. It doubles what it has, so that all of them together stay below 512 MB. */
export const pieceBytesMax = 134_217_728;
/** The text part of a document out of a word processor, unpacked: a hundred times a long book. */
export const documentBytesMax = 67_108_864;
/** What a mail or a page may be: they are held whole, several times over. */
export const markupBytesMax = 33_554_432;
/** Elements inside each other: beyond this it is no page that anybody wrote. */
export const nestingMax = 256;
/** A document of more pages is a library. */
export const pagesMax = 20_000;
/** Between two signs of progress: often enough to be seen moving. */
export const tellEveryPages = 5;

/** Drawing one page: a page that takes longer is made to, and its text is shown instead. */
export const drawingMsMax = 20_000;
/** Of a drawn page: a large one at the sharpness of a good screen, 32 MB. */
export const drawnPixelsMax = 8_000_000;
/** A picture in a page that has more is left out of it. */
export const picturePixelsMax = 16_777_216;

/** A passage: a third of a page, short enough to be checked, long enough to be understood. */
export const passageChars = 900;
/** It ends at a paragraph, a sentence or a word from here on. */
export const passageCharsMin = 450;
/** Passages of one index: five hundred files of twenty pages. What comes after them is not found, and the page says so. */
export const passagesMax = 50_000;
/**
 * Passages of a project that go with one question, found by words. A small model's context holds fourteen or so: which of them, a host
 * that can compare by meaning has a say in.
 */
export const projectSourcesMax = 24;
/** Of files that came with the question itself, more: they are what it is about. */
export const attachedSourcesMax = 40;
/** What fits this much worse than the best is there by chance. */
export const fitShareMin = 0.2;
/** A question waits this long for files that are still at the host, and then goes without them. */
export const chooseMsMax = 8_000;
/** Earlier questions whose files are looked through again for a follow-up. */
export const earlierQuestionsMax = 8;
/** A question of fewer words than this is a follow-up, and is looked for together with the one before it. */
export const followUpWords = 6;
/** A text up to this goes with its question whole. */
export const wholeBytesMax = 12_000;
/** A word that stands in more than every fourth passage or so is not what anybody looks for. */
export const frequentShare = 0.25;
/** … once there are so many: in a letter, the word that matters may stand in each paragraph. */
export const frequentFromPassages = 200;
