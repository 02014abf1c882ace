/**
 * The relay's own process, with one difference: a limit on the size of its files (prlimit --fsize) fails its writes, as a
 * disk that goes bad does, and does not end it.
 */
process.on("SIGXFSZ", () => {});
await import("../relay/main.ts");
