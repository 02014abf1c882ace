/** Something waits and nothing gets done for this long: a long prompt on a slow machine takes minutes before its first token, half an hour is another matter. */
export const stalledMs = 1_800_000;
/** Troubles of one kind that follow each other within this are one incident: a part that falls down again and again is one story. */
export const mergeMs = 60_000;
/** How often the board looks at what ends or becomes true by time alone. */
export const tickMs = 15_000;
/** How many of those pass between two looks at how backups go. */
export const backupEveryTicks = 4;
/** Incidents in memory, for status and devices. Older ones are in the home. */
export const recentMax = 16;
/** A line is about 120 bytes. What is damaged or lost is at most one such file. */
export const incidentFileBytesMax = 64 * 1024;
/** The file whose time says that the host is there is touched this often: as exactly as a person asks since when. */
export const aliveEveryTicks = 2;
/** Devices are told of changes no more often than this; in between they are saved up. */
export const toldEveryMs = 3_000;
/** A certificate is renewed weeks before; one that ends within days was not. */
export const expiringMs = 7 * 86_400_000;
/** A backup that is due makes itself within minutes, and one that failed tries again after an hour: half a day late is trouble. */
export const backupLateMs = 43_200_000;
/** A tenth of a GB: what a person reads of how full a vault is. */
export const shareStepBytes = 107_374_182;
