/** Bugs of who may write, among the tabs of one browser (tabWorld.ts). */
import { changeOne, type Mutant } from "./mutant.ts";

export const mutantsOfTabs: readonly Mutant[] = [
  {
    name: "leader-lock-not-released",
    meaning: "a tab that closed its vault for another one keeps the lock, which has to be taken by force",
    changes: changeOne(
      "client/platform/tabLock.ts",
      "isGiven && release(), release",
      "undefined && isGiven && release()",
    ),
    faults: [],
    world: "tabs",
  },
  {
    name: "tab-writes-without-lock",
    meaning: "two tabs write under one device's key and fork its chain",
    changes: changeOne(
      "client/platform/tabLock.ts",
      "channel.close(); resolve(false); return undefined;",
      "channel.close(); resolve(true); return undefined;",
    ),
    faults: [],
    world: "tabs",
  },
  {
    name: "last-asker-not-heeded",
    meaning:
      "of two tabs that ask for the vault at once, the second takes it from the first, which nobody had asked, while that writes",
    changes: changeOne(
      "client/platform/tabLock.ts",
      "if (data !== UNSTORED) isPassedOn = true;",
      "if (data !== UNSTORED) return;",
    ),
    faults: [],
    world: "tabs",
  },
  {
    name: "gives-way-unstored",
    meaning: "a tab on a full disk gives way to another one, and what it said to be left open for is gone",
    changes: changeOne(
      "client/platform/tabLock.ts",
      "!(await keeper.isStored())",
      "!((await keeper.isStored()) || true)",
    ),
    faults: [],
    world: "tabs",
  },
];
