/** A host that is busy all day writes about 200 bytes for each answer: 5,000 answers. What is damaged or lost is at most one such file. */
export const logFileBytesMax = 1024 * 1024;
/** All of them: months of a quiet host, some weeks of a busy one, and nothing on a disk that holds models. */
export const logBytesMax = 16 * 1024 * 1024;
/** Each start begins a file, and a host that is started over and over must not fill the folder with empty ones. */
export const logFilesMax = 200;
/** How long ago something happened is itself something to know about a person. */
export const logDaysMax = 90;
/** A line is some numbers. More than this was not written by us. */
export const logLineBytesMax = 4_096;
/** `--follow` looks this often: a person reads along. */
export const followEveryMs = 300;
