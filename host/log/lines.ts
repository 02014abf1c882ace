/** Sealed lines as one who writes them sees them: a file after the other, each of a size that may be lost. Writing never throws and never waits. */
import { beginLineFile } from "./lineFolder.ts";
import type { LineWriter } from "./sealedLines.ts";

export interface Lines {
  /** False where the disk did not take it. */
  append(line: string): boolean;
  close(): void;
}

export function openLines(folder: string, nowMs: () => number, fileBytesMax: number): Lines {
  let file: LineWriter | null = null;
  const close = (): void => {
    file?.close();
    file = null;
  };
  return {
    append: (line) => {
      try {
        if (file !== null && file.bytes + line.length > fileBytesMax) close();
        file ??= beginLineFile(folder, nowMs());
        file.append(line);
        return true;
      } catch {
        // reason: a full or broken disk is said by the parts whose data it holds; who writes here counts what it could not.
        close();
        return false;
      }
    },
    close,
  };
}
