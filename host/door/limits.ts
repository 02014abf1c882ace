/** Every limit of the door, with its reason. */

/** What decides is a method, a space and four more characters; who has sent this much without deciding it is the relay's. */
export const decidingBytesMax = 64;

export interface DoorLimits {
  /** Sockets that are being looked at or wait for a part, on each address; more are closed at once (S-18). */
  readonly waitingSocketsMax: number;
  /** Until it is decided whose a connection is. */
  readonly firstLineMsMax: number;
  /** Until a part that is down is there again. */
  readonly partWaitMsMax: number;
  /** Until a part says that it has a connection. */
  readonly takenMsMax: number;
  /** How long a socket that was told to try again may take to read that. */
  readonly farewellMsMax: number;
  /** How often the tailnet's interface is looked for. */
  readonly tailnetLookEveryMs: number;
  /** How often tailscaled is asked again while its interface stays the same. */
  readonly tailscaleAskEveryMs: number;
}

export const doorLimits: DoorLimits = {
  waitingSocketsMax: 1_024,
  // A first line that trickles in for longer comes from nobody we serve; a browser's spare connection comes again.
  firstLineMsMax: 10_000,
  // A part comes back within a second or two (supervise.ts); who has waited this long is told instead of kept in the dark.
  partWaitMsMax: 5_000,
  // It takes less than a millisecond; a part that has not in this time is out of file handles, or hangs.
  takenMsMax: 5_000,
  farewellMsMax: 1_000,
  // Listing interfaces takes less than 0.1 ms; a person who switches Tailscale on looks at the app at once.
  tailnetLookEveryMs: 1_000,
  // For its name, which changes with a click in an admin console; addresses and interfaces are seen at once.
  tailscaleAskEveryMs: 60_000,
};

/** tailscaled answers in milliseconds; one that does not is asked again at the next look. */
export const tailscaleAnswerMsMax = 2_000;
/** Answers of tailscaled that may fail to come, one look after the other, while its interface stays as it was: a busy daemon is not a stopped one. */
export const silencesMax = 3;
/** Without its peers its answer is a few kB. */
export const tailscaleAnswerBytesMax = 1_048_576;

/** Where browsers look for a STUN responder: RFC 8489. */
export const stunPort = 3_478;
