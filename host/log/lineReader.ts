/** Reads a folder of sealed lines, and then what comes. */
import { listLineFiles, readLineFileBytes, readLineKey, type LineFile } from "./lineFolder.ts";
import { readLineFile, type Place } from "./sealedLines.ts";

export interface LineReader {
  /** What was written since the last time, file by file. */
  read(): readonly string[];
  /** Files of which not everything could be opened: changed, or sealed with a key that is gone. */
  readonly damaged: number;
}

export function createLineReader(folder: string): LineReader {
  const places = new Map<number, Place>();
  const damaged = new Set<number>();

  const readNew = (file: LineFile, key: Uint8Array): readonly string[] => {
    const { lines, end, isDamaged } = readLineFile(readLineFileBytes(file), key, places.get(file.number));
    places.set(file.number, end);
    if (isDamaged) damaged.add(file.number);
    return lines;
  };
  return {
    read: () => {
      const key = readLineKey(folder);
      if (key === null) return [];
      return listLineFiles(folder).flatMap((file) => (damaged.has(file.number) ? [] : readNew(file, key)));
    },
    get damaged() {
      return damaged.size;
    },
  };
}
