/** Bugs of who may write, among the tabs of one browser (tabWorld.ts). */
import { changeOne, type Mutant } from "./mutant.ts";

export const mutantsOfTabs: readonly Mutant[] = [
  {
    name: "leader-lock-not-released",
    meaning: "a tab that closed its vault for another one keeps the lock, which has to be taken by force",
    changes: changeOne("client/platform/tabLock.ts", "() => void lose().finally(release)", "() => void lose()"),
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
      'later.addEventListener("message", () => (isPassedOn = true));',
      "",
    ),
    faults: [],
    world: "tabs",
  },
];
