/** The form of a planted bug. */
import type { Fault } from "./faults.ts";
import type { SourceChange } from "./hooks.ts";
import type { SmallWorldName } from "./smallWorlds.ts";

export interface Mutant {
  readonly name: string;
  /** What a person would lose by it. */
  readonly meaning: string;
  readonly changes: readonly SourceChange[];
  readonly faults: readonly Fault[];
  /** Only who works at artifacts meets it. */
  readonly isWriting?: true;
  /** Only who destroys meets it. */
  readonly isDestroying?: true;
  /** The small world that has the part it is a bug of. Left out: the large one. */
  readonly world?: SmallWorldName;
}

/** A bug in one place. */
export function changeOne(file: string, find: string, put: string): readonly SourceChange[] {
  return [{ file, find, put }];
}
