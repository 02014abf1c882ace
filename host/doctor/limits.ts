/** Every limit of the doctor, with its reason. */

/** Below this the log is refused soon: an evening of pictures. */
export const freeBytesProblem = 209_715_200;
/** Below this it is time to make room: a few weeks of them. */
export const freeBytesWarning = 2_147_483_648;
/** A file that is newer than now by more than this was written under another clock. */
export const clockBackMsMax = 120_000;
/** What came since the last backup would be lost with the disk. */
export const backupAgeMsMax = 8 * 86_400_000;
/** Files of a home that are looked at one by one. */
export const filesLookedAtMax = 2_000;
/** A system's tool that does not answer must not hold the doctor up. */
export const commandMsMax = 3_000;
/** A part that fell once was started again and is no news; several in a day have a reason that somebody should find. */
export const incidentsWarning = 3;
export const dayMs = 86_400_000;
/** A phone in a drawer, or one that is lost: after two months somebody should look. */
export const staleDeviceMs = 60 * 86_400_000;
/** Of what a vault may take here: with a tenth left there is time to decide what to do. */
export const vaultFullWarning = 0.9;
/** A file may be refused before the last byte is taken. */
export const vaultFullProblem = 0.99;
