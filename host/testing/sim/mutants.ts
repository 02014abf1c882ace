/**
 * Bugs to plant, one at a time, each with the faults that can show it. They are not in the product: hooks.ts puts them in while a file is loaded, and a
 * snippet that no longer stands there exactly once makes the list fail. A simulator that lets one of them live sees too little.
 */
import type { Mutant } from "./mutant.ts";
import { mutantsOfArtifacts } from "./mutantsOfArtifacts.ts";
import { mutantsOfDestroying } from "./mutantsOfDestroying.ts";
import { mutantsOfDevice } from "./mutantsOfDevice.ts";
import { mutantsOfHost } from "./mutantsOfHost.ts";
import { mutantsOfTabs } from "./mutantsOfTabs.ts";
import { mutantsOfTools } from "./mutantsOfTools.ts";

export const mutants: readonly Mutant[] = [
  ...mutantsOfHost,
  ...mutantsOfDevice,
  ...mutantsOfArtifacts,
  ...mutantsOfDestroying,
  ...mutantsOfTabs,
  ...mutantsOfTools,
];
