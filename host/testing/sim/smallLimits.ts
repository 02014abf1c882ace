/**
 * The product's limits, made small, so that a short schedule meets them: a journal is folded after ten envelopes and not after 64, a page of a log
 * holds a few envelopes, and a reader that takes in nothing makes the relay wait after 64 KiB. What a rule says does not depend on the number.
 */
import type { SourceChange } from "./hooks.ts";

const syncLimit = (name: string, from: string, to: string): SourceChange => ({
  file: "sync/limits.ts",
  find: `export const ${name} = ${from};`,
  put: `export const ${name} = ${to};`,
});

export const smallLimits: readonly SourceChange[] = [
  syncLimit("journalEntriesMax", "64", "10"),
  syncLimit("entriesBytesMax", "262_144", "4_096"),
  syncLimit("batchBytesMax", "32_768", "2_048"),
  syncLimit("bodyBytesMax", "786_432", "49_152"),
  syncLimit("inFlightMax", "32", "4"),
  syncLimit("inUseMs", "86_400_000", "2_000"),
  syncLimit("sealedEntriesMax", "512", "12"),
  {
    file: "crypto/limits.ts",
    find: "export const deflateFromBytes = 512;",
    put: "export const deflateFromBytes = 48;",
  },
  {
    file: "host/relay/limits.ts",
    find: "export const unsentBytesMax = 524_288;",
    put: "export const unsentBytesMax = 65_536;",
  },
];
