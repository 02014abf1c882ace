/** A small share of the simulator in every test run; the rest is `npm run sim`. Each runs in a process of its own, because it replaces clocks and randomness. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { mutants } from "./mutants.ts";
import { applyChanges, fastSignatures, repositoryRoot } from "./hooks.ts";
import { readFileSync } from "node:fs";
import { regressions } from "./regressions.ts";

const timeoutMs = 240_000;

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

describe("simulator", () => {
  it("nothing breaks in 150 schedules", { timeout: timeoutMs }, async () => {
    const { code, output } = await runSim("--seeds", "150", "--from", "1");
    expect(output).toContain("150 schedules");
    expect(code, output).toBe(0);
  });

  it("the same seed is the same story", { timeout: timeoutMs }, async () => {
    const [first, second] = await Promise.all([runSim("--replay", "7"), runSim("--replay", "7")]);
    expect(first.output).toMatch(/\d{3,} steps, trace [0-9a-f]{8}/);
    expect(second.output).toBe(first.output);
  });

  it.each(["ack-before-fsync", "relaxed-commit", "skip-chain-check"])(
    "the planted bug %s is caught",
    { timeout: timeoutMs },
    async (name) => {
      const { code, output } = await runSim("--mutants", "--only", name);
      expect(output).toContain(`caught   ${name}`);
      expect(code, output).toBe(0);
    },
  );

  it.each([
    ...mutants.flatMap(({ name, changes }) => changes.map((change) => [name, change] as const)),
    ...fastSignatures.map((change) => ["speed", change] as const),
  ])("the snippet that %s changes still stands in its file", (_name, change) => {
    const source = readFileSync(resolve(repositoryRoot, change.file), "utf8");
    expect(() => applyChanges(source, [change])).not.toThrow();
  });

  it.each(regressions)("$name", { timeout: timeoutMs }, async ({ mutant, seed }) => {
    const repaired = await runSim("--seeds", "1", "--from", seed, "--faults-of", mutant);
    expect(repaired.code, repaired.output).toBe(0);
    const broken = await runSim("--seeds", "1", "--from", seed, "--mutant", mutant);
    expect(broken.code).toBe(1);
  });
});
