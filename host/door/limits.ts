/** Every limit of the door and of what stands behind it, with its reason. */

/**
 * Sockets that are being looked at or wait for a part, on each of the two loopback addresses. Beyond it new ones are
 * closed at once (S-18).
 */
export const waitingSocketsMax = 1_024;
/** A first line that trickles in for longer comes from nobody we serve; a browser's spare connection comes again. */
export const firstLineMsMax = 10_000;
/** What decides is a method, a space and four more characters; who has sent this much without deciding it is the relay's. */
export const decidingBytesMax = 64;
/**
 * A part that is down comes back within a second or two (supervise.ts); who has waited this long is told so instead of
 * being kept in the dark.
 */
export const partWaitMsMax = 5_000;
/** How long a socket that was answered "try again" may take to read that. */
export const farewellMsMax = 1_000;
/** A part takes a connection in less than a millisecond; one that has not in this time is out of file handles, or hangs. */
export const takenMsMax = 5_000;
