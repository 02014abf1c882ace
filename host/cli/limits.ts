/** Every limit of the command line, with its reason. */

/** Rows of one doc before its journal is written anew as one: as y-indexeddb has it, so that opening stays quick. */
export const journalRowsMax = 500;
/** How long a command waits for the host to answer before it says so: a host on a tailnet that just woke takes a few seconds. */
export const hostWaitMs = 5_000;
/** How long for the catalog, or a chat, to be read to its end before the command goes on with what is on this device. */
export const catchUpMs = 15_000;
/** Another command that uses this device: a question takes a while, and two writers of one chain would be two histories of it. */
export const lockWaitMs = 30_000;
/** After Ctrl-C, so much for the host to stop writing and for that to arrive here. */
export const stopWaitMs = 3_000;
/** What a finished command still has to hand to the host: the end of a grant, a receipt. */
export const settleMs = 5_000;
/** Standard input as a part of a question: read no further than a question may be long. */
export const stdinBytesMax = 655_360;
/** Pages of 4 KiB that gather in the journals' write-ahead log before they are taken into the file, which takes flushes in between: a year of chats on a new device. */
export const journalWalPagesMax = 4_096;
/** Of a text that still grows, what is looked at for where its last letter begins: a family of four with their skin comes to 25. */
export const letterCharsMax = 64;
/** What has to be left of a disk beside the journals' new copy, before one is made after a failed flush: room for what else runs on it. */
export const journalRoomLeftBytes = 16_777_216;
