/** Bugs of what is to be nowhere any more: sync/destroying.ts. */
import { changeOne, type Mutant } from "./mutant.ts";

export const mutantsOfDestroying: readonly Mutant[] = [
  {
    name: "destroyed-stays-on-the-disk",
    meaning: "who takes a device's disk later finds the keys of what its owner destroyed",
    changes: changeOne("sync/destroying.ts", "await removeJournals(context, left);", ""),
    faults: [],
    isDestroying: true,
  },
  {
    name: "destroyed-only-when-closed",
    meaning: "a device that has a chat open when it is destroyed keeps it for as long as it is open",
    changes: changeOne(
      "sync/destroying.ts",
      "await Promise.all([chats, projects, options.artifacts].map((docs) => docs.end(doc)));",
      "",
    ),
    faults: [],
    isDestroying: true,
  },
];
