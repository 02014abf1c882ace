/** Every decoder that a stranger's bytes reach. The same seed makes the same ones in every worker. */
import { createCryptoTargets } from "./cryptoTargets.ts";
import type { Target } from "./feed.ts";
import { createHarmer } from "./harm.ts";
import { createPlantedTargets } from "./planted.ts";
import { createSyncTargets } from "./syncTargets.ts";
import { createFuzzWorld } from "./world.ts";

/** With `planted`, decoders that have a known fault each, and no others: to see that it is found. */
export function createTargets(seed: number, planted: boolean): readonly Target[] {
  const { noise } = createHarmer(seed);
  const world = createFuzzWorld(noise);
  return planted ? createPlantedTargets(world) : [...createCryptoTargets(world), ...createSyncTargets(world)];
}
