import { defineConfig } from "@playwright/test";
import { chromiumLaunch } from "./host/testing/chromiumLaunch.ts";

/** The real host, a real browser with a profile on disk, and as little in between as there can be. `npm test` builds the app first. */
export default defineConfig({
  testDir: "client/e2e",
  testMatch: "*.spec.ts",
  outputDir: "test-results",
  // Each test has its own host, home folder, port and browser profile, so they may run side by side.
  fullyParallel: true,
  workers: 2,
  // A test that hangs ends after this. It is no measure of anything: beside other work one test takes five times what it takes alone, and
  // the waits of one whose host goes and comes back add up.
  timeout: 180_000,
  // The same of each thing that is waited for.
  expect: { timeout: 30_000 },
  forbidOnly: Boolean(process.env["CI"]),
  // A test that passes on a second try fails for somebody.
  retries: 0,
  reporter: "list",
  use: { launchOptions: chromiumLaunch() },
});
