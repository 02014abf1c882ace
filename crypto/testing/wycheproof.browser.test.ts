/**
 * Wycheproof's published vectors in Chromium's own WebAssembly. They lie outside the project and come in through Vitest
 * (vitest.config.ts), from the folder that SOVEREIGN_VECTORS names. Without it nothing is tested here, and it says so.
 */
import { describe, expect, test } from "vitest";
import { commands } from "vitest/browser";
import { sodiumReady } from "../sodium.ts";
import { runWycheproof, type WycheproofFile } from "./wycheproof.ts";

declare module "vitest/browser" {
  interface BrowserCommands {
    readWycheproof: () => Promise<readonly WycheproofFile[] | null>;
  }
}

await sodiumReady;
const files = await commands.readWycheproof();
if (files === null) {
  console.info(
    "Wycheproof's vectors were not run in Chromium: set SOVEREIGN_VECTORS to testvectors_v1 of github.com/C2SP/wycheproof.",
  );
}

describe.runIf(files !== null)("Wycheproof in Chromium", () => {
  test("WY4 every published vector of every primitive we use", () => {
    const reports = (files ?? []).map((file) => [file.algorithm, runWycheproof(file)] as const);
    for (const [algorithm, { failed, passed }] of reports) {
      expect(failed, algorithm).toEqual([]);
      expect(passed, algorithm).toBeGreaterThan(100);
    }
    expect(reports).toHaveLength(3);
  });
});
