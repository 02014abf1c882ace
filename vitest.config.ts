import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { readNamedVectors } from "./crypto/testing/readVectors.ts";
import { chromiumLaunch } from "./host/testing/chromiumLaunch.ts";

/** Each takes minutes or most of one, and is a small file. */
const longest = ["host/testing/sim/sim.test.ts", "host/testing/killSoak.test.ts", "host/watch/services.test.ts"];

/**
 * The longest begin first, and all the others go on beside them. Where nothing is known of an earlier run, as in a fresh clone, Vitest
 * begins with the largest file: the simulator then came last, and for two minutes it was all that ran.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => longest.some((name) => moduleId.endsWith(name));
    const first = longest.flatMap((name) => sorted.filter(({ moduleId }) => moduleId.endsWith(name)));
    return [...first, ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    // On two cores Vitest would take one at a time; many of these tests wait for processes and sockets more than they compute.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: "node",
          // A test that hangs ends after this. Vitest's own 5 s end tests that wait for two cores.
          testTimeout: 60_000,
          // The same of each thing that is waited for; Vitest's own is a second.
          expect: { poll: { timeout: 20_000 } },
          include: ["{crypto,sync,host,client}/**/*.test.{ts,tsx}"],
          exclude: ["client/e2e/**", "**/*.browser.test.ts"],
          environment: "node",
          setupFiles: ["host/testing/ciphersReady.ts"],
        },
      },
      {
        optimizeDeps: {
          // Found late, they would make Vite reload a running test.
          include: [
            "libsodium-wrappers-sumo",
            "@automerge/automerge-repo/slim",
            "@automerge/automerge/automerge.wasm.base64",
          ],
          // It calls Vitest's own functions, so it must not be bundled with a copy of them.
          exclude: ["@automerge/automerge-repo/helpers/tests/storage-adapter-tests.js"],
        },
        test: {
          // What depends on the browser's own parts, and every byte of crypto/ a second time: WASM, WebCrypto and IndexedDB differ.
          name: "chromium",
          testTimeout: 60_000,
          include: ["crypto/**/*.test.ts", "**/*.browser.test.ts"],
          exclude: ["**/*.node.test.ts", "node_modules/**"],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: chromiumLaunch() }),
            instances: [{ browser: "chromium" }],
            // Read only by the test that asks: 600 kB that lie outside the project.
            commands: { readWycheproof: () => readNamedVectors() },
          },
        },
      },
    ],
  },
});
