/** The simulator's share of every test run; more is `npm run sim`. Each runs in processes of its own, because it replaces clocks and randomness. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { failedSeeds } from "./failedSeeds.ts";
import { applyChanges, fastSignatures, repositoryRoot } from "./hooks.ts";
import { readMutantSeeds } from "./mutantRun.ts";
import { mutants } from "./mutants.ts";
import { smallLimits } from "./smallLimits.ts";
import { ledgerOnToolDisk } from "./toolDisk.ts";

const timeoutMs = 600_000;

function runSim(...options: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    const file = resolve(import.meta.dirname, "main.ts");
    execFile(
      process.execPath,
      ["--no-warnings", file, ...options],
      { timeout: timeoutMs, maxBuffer: 64_000_000 },
      (error, stdout, stderr) => {
        done({ code: error === null ? 0 : 1, output: stdout + stderr });
      },
    );
  });
}

describe("simulator, seeds that once failed", () => {
  let said = "";
  beforeAll(async () => {
    said = (await runSim("--failed")).output;
  }, timeoutMs);

  it.each(failedSeeds)("seed $seed holds: $showed", ({ seed, showed }) => {
    expect(said).toContain(`held  ${seed}: ${showed}`);
  });
});

describe("simulator", () => {
  it("nothing breaks in 2,000 schedules of 200 steps and more", { timeout: timeoutMs }, async () => {
    const { code, output } = await runSim("--seeds", "2000", "--from", "1");
    expect(code, output).toBe(0);
    expect(output).toContain("2000 schedules");
    expect(Number(/(\d+) at least/.exec(output)?.[1])).toBeGreaterThanOrEqual(200);
    // Each kind of fault was met, so that the line above says something.
    const hits = /faults: (.*)/.exec(output)?.[1]?.split(", ") ?? [];
    expect(hits.length).toBeGreaterThanOrEqual(25);
    for (const hit of hits) expect(Number(hit.split(" ")[1]), hit).toBeGreaterThanOrEqual(50);
  });

  it(
    "I15 devices and a model that write in one artifact lose no letter in 40 schedules, and in the two that were once misread",
    { timeout: timeoutMs },
    async () => {
      const [many, ...others] = [
        await runSim("--seeds", "40", "--from", "1", "--writing"),
        await runSim("--replay", "83", "--writing"),
        // A machine and its clone finish the same words, which then stand there twice.
        await runSim("--replay", "7605016", "--writing"),
      ];
      for (const { code, output } of [many, ...others]) expect(code, output).toBe(0);
      for (const [what, least] of [
        ["letters", 500],
        ["taken", 40],
      ] as const)
        expect(Number(new RegExp(`${what} (\\d+)`).exec(many.output)?.[1]), what).toBeGreaterThanOrEqual(least);
    },
  );

  it(
    "I16 what is destroyed while others write in it is nowhere once all are back, and nothing else went, in 30 schedules",
    { timeout: timeoutMs },
    async () => {
      const { code, output } = await runSim("--seeds", "30", "--from", "1", "--destroying");
      expect(code, output).toBe(0);
      expect(Number(/destroyed (\d+)/.exec(output)?.[1])).toBeGreaterThanOrEqual(30);
    },
  );

  it.each([
    ["tools", ["effects", "asked", "deaths"]],
    ["tabs", ["taken", "envelopes", "stolen", "frozen", "refused"]],
  ])("nothing breaks in 600 schedules of the small world of %s", { timeout: timeoutMs }, async (world, happened) => {
    const { code, output } = await runSim("--seeds", "600", "--world", world);
    expect(code, output).toBe(0);
    expect(output).toContain("600 schedules");
    for (const what of happened) expect(Number(new RegExp(`${what} (\\d+)`).exec(output)?.[1])).toBeGreaterThan(50);
  });

  it("the same seed is the same story", { timeout: timeoutMs }, async () => {
    const [first, second] = await Promise.all([runSim("--replay", "7"), runSim("--replay", "7")]);
    expect(first.output).toMatch(/\d{3,} steps, trace [0-9a-f]{8}/);
    expect(second.output).toBe(first.output);
  });

  it("each planted bug is caught, and no seed breaks without it", { timeout: timeoutMs }, async () => {
    const { code, output } = await runSim("--mutants");
    for (const { name } of mutants) expect(output).toContain(`caught   ${name} `);
    expect(code, output).toBe(0);
  });

  it("each planted bug has a seed that showed it", () => {
    expect(Object.keys(readMutantSeeds()).sort()).toEqual(mutants.map(({ name }) => name).sort());
  });

  it.each([
    ...mutants.flatMap(({ name, changes }) => changes.map((change) => [name, change] as const)),
    ...fastSignatures.map((change) => ["speed", change] as const),
    ...smallLimits.map((change) => ["small limits", change] as const),
    ...ledgerOnToolDisk.map((change) => ["the small world of tools", change] as const),
  ])("the snippet that %s changes still stands in its file", (_name, change) => {
    const source = readFileSync(resolve(repositoryRoot, change.file), "utf8");
    expect(() => applyChanges(source, [change])).not.toThrow();
  });
});
