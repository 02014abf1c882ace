import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumLaunch } from "./host/testing/chromiumLaunch.ts";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
          include: ["{crypto,sync,host,client}/**/*.test.{ts,tsx}"],
          exclude: ["client/e2e/**", "**/*.browser.test.ts"],
          environment: "node",
        },
      },
      {
        test: {
          // What depends on the browser's own parts, and every byte of crypto/ a second time: WASM, WebCrypto and IndexedDB differ.
          name: "chromium",
          include: ["crypto/**/*.test.ts", "**/*.browser.test.ts"],
          exclude: ["**/*.node.test.ts", "node_modules/**"],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: chromiumLaunch() }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
