/**
 * Which branch of a chat is shown. Until a person chooses, the newest; from then on the branch they are on, whatever other
 * devices add elsewhere. Going back to a version shows what was shown below it before.
 */

export interface BranchChoice {
  /** A message of the branch to show; `undefined` means the newest branch. */
  leaf(): string | undefined;
  /** The branch is gone: goes back to the last message of it that is there. */
  fallBack(isThere: (id: string) => boolean): string | undefined;
  choose(message: string): void;
  /** Tells what is shown now, from the first message to the last. */
  note(shown: readonly string[]): void;
}

export function createBranchChoice(): BranchChoice {
  let leaf: string | undefined;
  let seen: readonly string[] = [];
  /** A message → the end of the branch on which it was last left. */
  const leftAt = new Map<string, string>();
  return {
    leaf: () => leaf,
    fallBack: (isThere) => {
      // What follows a deleted message is there, and shown nowhere.
      const gone = seen.findIndex((id) => !isThere(id));
      leaf = leaf === undefined ? undefined : seen[gone - 1];
      return leaf;
    },
    choose: (message) => {
      const end = seen.at(-1);
      if (end !== undefined) for (const left of seen) leftAt.set(left, end);
      leaf = seen.includes(message) ? end : (leftAt.get(message) ?? message);
    },
    note: (shown) => {
      const end = shown.at(-1);
      if (end === undefined) return;
      seen = shown;
      // What follows on this branch is followed; a version that comes up beside it is not.
      if (leaf !== undefined) leaf = end;
    },
  };
}
