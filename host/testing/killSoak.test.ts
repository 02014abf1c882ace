import { expect, it } from "vitest";
import { runKillSoak } from "./killSoak.ts";

// By hand: node host/testing/killSoak.ts --kills 200
it(
  "KS1 agent and relay are killed in the middle of answers: nothing is lost, doubled or moved",
  { timeout: 240_000 },
  async () => {
    const result = await runKillSoak({ kills: 20, seed: 7 });
    expect(result).toMatchObject({ kills: 20, answers: 60, lost: 0, doubled: 0, reordered: 0, alarms: 0 });
    expect(result.continued).toBeGreaterThan(5);
  },
);
