/** Every limit and every span of host/tls, with its reason. */

const dayMs = 24 * 60 * 60_000;

/** Longer ones are refused by Apple's systems, 398 days being the most. */
export const leafMs = 397 * dayMs;
/** A leaf is made anew this long before its end: a host may be off for a summer. */
export const leafRenewMs = 60 * dayMs;
/** Installing an authority on every device is not asked of a person twice. */
export const authorityMs = 10 * 365 * dayMs;
/** A device whose clock is behind by a day or two must not find the certificate too young. */
export const backdatedMs = 3 * dayMs;
/** The owner hears of a certificate of theirs this long before it ends. */
export const warnBeforeMs = 14 * dayMs;

/** Files and the clock are looked at this often; a renewed file is in use within it. */
export const lookEveryMs = 30_000;
/** tailscaled renews by itself, from a third of the life on; asking costs it a file read. */
export const tailscaleAskEveryMs = 6 * 60 * 60_000;
/** While it gives none, and its owner may be about to allow it. */
export const tailscaleRetryMs = 5 * 60_000;
/** The first certificate of a name is fetched by tailscaled from the internet while we wait. */
export const certificateAnswerMsMax = 90_000;
/** A key and a chain are some kB. */
export const certificateBytesMax = 262_144;

/** TLS ends at once for more: the parts behind have limits of their own. */
export const secureSocketsMax = 1_024;
export const handshakeMsMax = 10_000;
/** After the handshake, until it is decided whose a connection is. */
export const firstLineMsMax = 10_000;
/** Within the supervisor's patience with a part that is being started again (door/limits.ts), and a little. */
export const takenMsMax = 8_000;

/** The page for the authority's certificate. */
export const plainSite = {
  socketsMax: 128,
  headerBytesMax: 16_384,
  headersMsMax: 10_000,
  requestMsMax: 15_000,
  requestCheckEveryMs: 2_000,
  keepAliveMs: 5_000,
  requestsPerSocketMax: 100,
};

/** Its own certificate page can be asked for again; nobody waits for it at the end. */
export const plainDrainMsMax = 300;
/** As for the control socket (control.ts). */
export const socketPathBytesMax = 100;
