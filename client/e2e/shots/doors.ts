/** The ways in and out, and what goes wrong: no model, pairing on both sides, words, lock, no host, a new version. */
import { appendFileSync, cpSync } from "node:fs";
import { join, resolve } from "node:path";
import { hangAfter, say } from "../../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox, syncStatus, waitForServiceWorker } from "../device.ts";
import { expect, type Stage } from "./stage.ts";

const passphrase = "seven lanterns by the orchard wall";

export async function doors(stage: Stage): Promise<void> {
  const { page, shoot, openList } = stage;
  const appDir = join(stage.folder, "app");
  cpSync(resolve(import.meta.dirname, "../../../dist/client"), appDir, { recursive: true });
  let host = await stage.runHost(null, appDir);
  await createVault(page, host.link);
  await shoot("guide-empty");
  await ask(page, "Who can read what I write here?");
  await expect(answers(page).locator("p").first()).toBeVisible();
  await page.waitForTimeout(1_500);
  await shoot("guide");
  await devices(stage);
  await waitForServiceWorker(page);
  await page.reload();
  await expect(messageBox(page)).toBeVisible();
  await host.stop();
  appendFileSync(join(appDir, "sw.js"), "\n// a later version\n");
  host = await stage.runHost(stage.backend.url, appDir);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await expect(page.locator(".toast")).toContainText("A new version is ready");
  await shoot("update");
  await page.locator(".toast").getByRole("button", { name: "Reload now" }).click();
  await page.waitForTimeout(1_000);
  await expect(syncStatus(page)).toContainText(/On your host|another device/);
  await broken(stage);
  const second = await stage.device.newTab(host.origin);
  await expect(second.getByText("Sovereign is open in another tab")).toBeVisible();
  await shoot("other-tab", second);
  await second.close();
  await host.stop();
  await expect(syncStatus(page)).toContainText(/waiting for your host/i);
  await openList();
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await shoot("away-empty");
  await page.keyboard.press("Control+Shift+,");
  await expect(page.getByRole("dialog", { name: "Status and privacy" })).toBeVisible();
  await shoot("status-away");
  await page.keyboard.press("Escape");
  await lock(stage);
}

async function devices({ page, host, another, shoot, openList }: Stage): Promise<void> {
  const { page: fresh } = await another();
  await fresh.goto(host().origin);
  await expect(fresh.getByRole("button", { name: "I have my 24 words" })).toBeVisible();
  await shoot("no-vault", fresh);
  await fresh.getByRole("button", { name: "I have my 24 words" }).click();
  await shoot("restore", fresh);
  await fresh.getByRole("button", { name: "Back" }).click();
  await fresh.getByRole("button", { name: "Add this device to a vault" }).click();
  await shoot("join", fresh);
  await openList();
  await page.getByRole("button", { name: "Devices", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: /Devices|Add a device|24 words|Remove/ });
  await expect(sheet.getByRole("heading", { name: "Devices" })).toBeVisible();
  await shoot("devices");
  await sheet.getByRole("button", { name: "Add a device" }).click();
  await expect(sheet.getByRole("img", { name: "QR code with the link for the new device" })).toBeVisible();
  await shoot("pair-code");
  await fresh.goto((await sheet.locator(".pair-link").textContent()) ?? "");
  await expect(fresh.locator(".digits")).toBeVisible();
  await expect(page.locator(".digits")).toBeVisible();
  await shoot("pair-digits");
  await shoot("pair-digits-new", fresh);
  await fresh.getByRole("button", { name: "They are the same" }).click();
  await page.getByRole("button", { name: "They are the same" }).click();
  await expect(messageBox(fresh)).toBeVisible();
  await expect(sheet.getByRole("list", { name: "Devices" }).getByRole("listitem")).toHaveCount(3);
  await shoot("devices-three");
  await sheet
    .getByRole("list", { name: "Devices" })
    .getByRole("button", { name: /^Actions for/ })
    .last()
    .click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await shoot("device-remove");
  await sheet.getByRole("button", { name: "Cancel" }).click();
  await sheet.getByRole("button", { name: "Write down your 24 words" }).click();
  await expect(page.getByRole("list", { name: "Your 24 words" }).getByRole("listitem")).toHaveCount(24);
  await shoot("words");
  await page.getByRole("button", { name: "I have written them down" }).click();
  await shoot("words-check");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await fresh.close();
}

/** Answers that are cut, refused or under way. */
async function broken({ page, backend, shoot, openList }: Stage): Promise<void> {
  await openList();
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  backend.script(
    say("A first thought, and then the line was cut before", { withFinish: false, withDone: false }),
    (response) => {
      response.writeHead(500, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: "CUDA out of memory", type: "server_error" } }));
    },
    hangAfter("It begins with the roots, which", {
      reasoning: "The person asks about trees. I should think of roots.",
    }),
  );
  await ask(page, "Why do lime trees drip?");
  await expect(answers(page)).toContainText("cut before");
  await page.waitForTimeout(2_500);
  await shoot("cut");
  await ask(page, "And why in June?");
  await page.waitForTimeout(2_500);
  await shoot("failed");
  await ask(page, "Tell me slowly.");
  await expect(answers(page).last()).toContainText("the roots, which");
  await messageBox(page).fill("And the bees?");
  await shoot("streaming");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await shoot("queued");
  await page.getByRole("button", { name: "Stop", exact: true }).first().click();
}

async function lock({ page, shoot }: Stage): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.keyboard.type("Lock with a passphrase");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Lock this device with a passphrase" });
  await dialog.getByLabel("Passphrase").fill(passphrase);
  await dialog.getByLabel("The same once more").fill("something else");
  await dialog.getByRole("button", { name: "Set passphrase" }).click();
  await shoot("lock-dialog");
  await dialog.getByLabel("The same once more").fill(passphrase);
  await dialog.getByRole("button", { name: "Set passphrase" }).click();
  await expect(dialog).toHaveCount(0);
  await page.keyboard.press("Control+Shift+L");
  await expect(page.getByRole("heading", { name: "This device is locked" })).toBeVisible();
  await page.getByLabel("Passphrase").fill("wrong");
  await page.keyboard.press("Enter");
  await expect(page.getByText("That did not unlock this device.")).toBeVisible();
  await shoot("locked");
}
