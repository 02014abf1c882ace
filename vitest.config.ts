import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { readNamedVectors } from "./crypto/testing/readVectors.ts";
import { chromiumLaunch } from "./host/testing/chromiumLaunch.ts";

export default defineConfig({
  test: {
    // On two cores Vitest would take one at a time; many of these tests wait for processes and sockets more than they compute.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: "node",
          // A test that hangs ends after this. Vitest's own 5 s end tests that wait for two cores.
          testTimeout: 30_000,
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
          testTimeout: 30_000,
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
