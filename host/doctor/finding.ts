/** What the doctor says: one thing that was looked at, what it means for the owner, and what mends it. */

/** `problem`: something does not work, or keeps nobody out. `warning`: it works, and will hurt one day. `note`: good to know. */
export type Level = "ok" | "note" | "warning" | "problem";

export interface Finding {
  /** Stable, for scripts. */
  readonly id: string;
  readonly level: Level;
  readonly says: string;
  /** A command, or one thing to do; `null` where there is nothing to mend. */
  readonly mend: string | null;
}

export const ok = (id: string, says: string): Finding => ({ id, level: "ok", says, mend: null });
export const note = (id: string, says: string, mend: string | null = null): Finding => ({
  id,
  level: "note",
  says,
  mend,
});
export const warning = (id: string, says: string, mend: string): Finding => ({ id, level: "warning", says, mend });
export const problem = (id: string, says: string, mend: string): Finding => ({ id, level: "problem", says, mend });
