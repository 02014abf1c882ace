import { appendFileSync, cpSync } from "node:fs";
import { join, resolve } from "node:path";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox, waitForServiceWorker } from "./device.ts";
import { expect, test } from "./fixtures.ts";
import { startHost } from "./hostProcess.ts";

test("a new version says that it is there, touches nothing that is under way, and comes when it is asked to", async ({
  folder,
  home,
  backend,
  openDevice,
}) => {
  backend.script(say("and so on"));
  const appDir = join(folder, "app");
  cpSync(resolve(import.meta.dirname, "../../dist/client"), appDir, { recursive: true });
  const host = await startHost({ home, backend: backend.url, appDir });
  const { page } = await openDevice();
  await createVault(page, host.link);
  await waitForServiceWorker(page);
  // The page of the first visit is not the service worker's yet.
  await page.reload();
  await expect(messageBox(page)).toBeVisible();
  await ask(page, "Go on for long");
  await expect(answers(page)).toContainText(["and so on"]);
  await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));

  // The host reads the app once, as it starts.
  expect(await host.stop()).toBe(0);
  appendFileSync(join(appDir, "sw.js"), "\n// a later version\n");
  const later = await startHost({ home, port: host.port, backend: backend.url, appDir });
  await messageBox(page).fill("Half a thought");
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  const toast = page.locator(".toast");
  await expect(toast).toContainText("A new version is ready");
  await page.waitForTimeout(1000);
  expect(await page.evaluate(() => "isSamePage" in globalThis), "nothing was reloaded").toBe(true);

  await toast.getByRole("button", { name: "Reload now" }).click();
  await expect.poll(() => page.evaluate(() => "isSamePage" in globalThis).catch(() => true)).toBe(false);
  await expect(messageBox(page), "what was being written is there").toHaveValue("Half a thought");
  await expect(answers(page)).toContainText(["and so on"]);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.waitForTimeout(1000);
  await expect(toast, "and it is the newest now").toHaveCount(0);
  expect(await later.stop()).toBe(0);
});
