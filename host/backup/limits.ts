/** Every limit of a backup, with its reason. */

/** What is sealed at once: large enough for libsodium's full speed, small beside the memory of any machine. */
export const pieceBytes = 262_144;
/** A sealed piece with its tag; more than this in front of a piece is no backup. */
export const sealedPieceBytesMax = pieceBytes + 64;
/** The head in the clear: two ways in and some numbers take 600 bytes. */
export const headBytesMax = 16_384;
/** A path in a home: ours are below 40 characters, a model file's or certificate's name may be longer. */
export const pathBytesMax = 512;
/** Files beside the log. A home has a dozen; a backup that claims a million is not one of ours. */
export const filesMax = 10_000;
/** What is kept beside the log is small and read whole; a larger file was put there by somebody else. */
export const smallFileBytesMax = 16_777_216;
/** The list at the end, of all files and their checksums. */
export const manifestBytesMax = 4_194_304;
/** How often the host looks whether its next backup is due. */
export const lookEveryMs = 60_000;
/** A log of 64 GiB to a slow disk takes two hours; one that takes three times that hangs. */
export const backupMsMax = 21_600_000;
/** After one that failed: a disk that was not there may be plugged in by then. */
export const retryAfterMs = 3_600_000;
/** A clock that was set back must not keep the next backup waiting for years. */
export const clockBackMsMax = 3_600_000;
/** The drill's host starts in seconds; five times that on a machine that is busy. */
export const drillStartMsMax = 60_000;
/** It has no device and no answer to finish: what lasts longer hangs. */
export const drillStopMsMax = 20_000;
/** A 24-hour backup kept for two weeks, then one of each week for two months and one of each month for a year: what went wrong unseen is months old when it is found. */
export const keepByDefault = 14;
export const weeksByDefault = 8;
export const monthsByDefault = 12;
export const everyHoursByDefault = 24;
