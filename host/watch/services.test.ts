/** SF: what goes wrong with a service that is no process of ours, and what the real modules that look after it do. On a clock of their own, with seeds. */
import { describe, expect, it } from "vitest";
import { simulateBackend } from "./testing/backendFaults.ts";
import { backupBackMsMax, simulateBackup } from "./testing/backupFaults.ts";
import { certificateBackMsMax, simulateCertificate } from "./testing/certificateFaults.ts";
import type { ServiceOutcome } from "./testing/serviceWorld.ts";
import type { Fault } from "./testing/simulateFaults.ts";
import { simulateTailnet } from "./testing/tailnetFaults.ts";

const SERVICES = {
  backend: { simulate: simulateBackend, backMsMax: 1_500 },
  tailnet: { simulate: simulateTailnet, backMsMax: 1_500 },
  // Neither is ours to hurry: tailscaled asks a public authority, and a backup that failed is tried again after an hour. Meanwhile another certificate, and the one before, serve.
  certificate: { simulate: simulateCertificate, backMsMax: certificateBackMsMax },
  backup: { simulate: simulateBackup, backMsMax: backupBackMsMax },
} as const;
const FAULTS: readonly Fault[] = ["hang", "slow", "crash", "flap"];
const each = 100;

const p95 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? 0;

describe.each(Object.entries(SERVICES))("100 of each fault of the %s", (service, { simulate, backMsMax }) => {
  it.each(FAULTS)(
    "SF1 %s: what was due was done and shown, nothing else was, and it is in use again in time",
    { timeout: 120_000 },
    async (fault) => {
      const outcomes: (ServiceOutcome & { readonly seed: number })[] = [];
      for (let seed = 0; seed < each; seed += 1) outcomes.push({ seed, ...(await simulate(fault, seed)) });
      expect(outcomes).toHaveLength(each);
      const of = (isIt: (outcome: ServiceOutcome) => boolean): readonly number[] =>
        outcomes.filter(isIt).map(({ seed }) => seed);
      const bad = {
        needless: of(({ needless }) => needless > 0),
        missed: of(({ missed }) => missed > 0),
        unwell: of(({ isWell }) => !isWell),
      };
      expect(bad, "by their seeds").toEqual({ needless: [], missed: [], unwell: [] });
      const recovered = outcomes.flatMap(({ recoveredMs }) => recoveredMs);
      if (fault === "slow") expect(recovered, "nothing to recover from").toEqual([]);
      else expect(recovered.length).toBeGreaterThanOrEqual(each);
      expect(p95(recovered)).toBeLessThanOrEqual(backMsMax);
      // One that comes and goes is one story, and what was only slow is none. Of a server that nobody asks a fall may pass unseen, so two that are seen may lie minutes apart.
      const storiesMax = fault === "slow" ? 0 : service === "backend" && fault === "flap" ? 2 : 1;
      if (service === "backend" || service === "tailnet")
        expect(of(({ incidents }) => incidents > storiesMax)).toEqual([]);
    },
  );
});
