/** The page of status and privacy: what it says is what is. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, syncStatus } from "./device.ts";
import { smallTargets } from "./fingers.ts";
import { expect, test } from "./fixtures.ts";

const sheet = (page: Page): Locator => page.getByRole("dialog", { name: "Status and privacy" });
const row = (page: Page, name: string): Locator => sheet(page).locator(".status-rows > div").filter({ hasText: name });
const shoot = async (page: Page, name: string): Promise<void> => {
  if (process.env["SHOTS"] !== undefined) await page.screenshot({ path: `${process.env["SHOTS"]}/${name}.png` });
};

for (const [where, viewport, isTouch, colorScheme] of [
  ["a desk", { width: 1280, height: 800 }, false, "light"],
  ["a phone, in the dark", { width: 390, height: 844 }, true, "dark"],
] as const) {
  test(`on ${where}: services, what is not sent, and what left this device`, async ({
    runHost,
    backend,
    openDevice,
  }) => {
    backend.script(say("See [a site](https://example.com/x)."));
    const host = await runHost();
    const { page, context } = await openDevice({ viewport, isTouch, colorScheme });
    // A link leads out only when a person follows it; here it leads nowhere.
    await context.route("https://example.com/**", (route) => route.abort());
    await createVault(page, host.link);
    await ask(page, "Name a site");
    await expect(answers(page)).toContainText(["See a site."]);
    await page.evaluate(() => {
      addEventListener("click", (event) => {
        if (event.target instanceof Element && event.target.closest("a") !== null) event.preventDefault();
      });
    });
    await answers(page).getByRole("link", { name: "a site" }).click();
    const open = async (): Promise<void> => {
      if (isTouch) await page.getByRole("button", { name: "Open chats" }).tap();
      await page.getByRole("button", { name: /Status and privacy/ }).click();
      await expect(sheet(page)).toBeVisible();
    };
    await open();
    await expect(row(page, "Keeps and passes on")).toContainText("Reachable");
    await expect(row(page, "Answers")).toContainText("Ready");
    await expect(row(page, "Serves other tools")).toContainText("Ready, for tools that hold a key");
    await expect(row(page, "Room on your host")).toContainText("0 of 48 GB");
    // The index of this device is read when somebody looks.
    await expect(row(page, "Your chats")).toContainText(/\d+ messages?, nothing left to read/);
    await expect(sheet(page)).toContainText("All that was written on this device is on your host.");
    await expect(row(page, "Name a site")).toHaveCount(1);
    await expect(row(page, "example.com")).toHaveCount(1);
    await shoot(page, `status-${colorScheme}`);
    await sheet(page).getByText("Storage on this device").scrollIntoViewIfNeeded();
    await expect(sheet(page)).toContainText(/used of .* that the browser gives this page/);
    await shoot(page, `privacy-${colorScheme}`);
    if (isTouch) expect(await smallTargets(page)).toEqual([]);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
    await page.keyboard.press("Escape");
    if (isTouch) await page.getByRole("button", { name: "Close chats" }).tap();

    await host.stop();
    await expect(syncStatus(page)).toContainText("Waiting for your host");
    await ask(page, "And without you?");
    await open();
    await expect(row(page, "Keeps and passes on")).toContainText(/Not reached from here since|Looking for it/);
    await expect(row(page, "Serves other tools")).toContainText("Not there");
    await expect(row(page, "Name a site").first()).toContainText(/to send/);
    await shoot(page, `status-away-${colorScheme}`);
  });
}
