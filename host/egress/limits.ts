/** Places that are told one by one; more of them that nobody had named say nothing more, and are told together. */
export const refusedPlacesMax = 200;
/** A part tells the supervisor this often what went out: a minute of a ledger may be lost with a machine that loses its power. */
export const tellEveryMs = 60_000;
/** A line is about 150 bytes, and a busy host writes two a minute: a file is two days of that, and what is damaged is at most one. */
export const ledgerFileBytesMax = 512 * 1024;
