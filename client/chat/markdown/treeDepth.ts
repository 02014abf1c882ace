/** How deep a drawing goes, without going down into it: one that is deeper than a stack is what this is asked about. */

export interface Branching {
  readonly children?: readonly Branching[];
}

export function isDeeperThan(root: Branching, depthMax: number): boolean {
  let level: readonly Branching[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthMax) return true;
    level = level.flatMap(({ children }) => children ?? []);
  }
  return false;
}
