/** Keys bound anew, and shown where they are. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox, stopButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";

const settings = (page: Page): Locator => page.getByRole("dialog", { name: "Settings" });
const keyOf = (page: Page, action: string): Locator => settings(page).getByRole("button", { name: `${action}:` });
const shoot = async (page: Page, name: string): Promise<void> => {
  if (process.env["SHOTS"] !== undefined) await page.screenshot({ path: `${process.env["SHOTS"]}/${name}.png` });
};

for (const [where, viewport, isTouch, colorScheme] of [
  ["a desk", { width: 1280, height: 800 }, false, "light"],
  ["a phone, in the dark", { width: 390, height: 844 }, true, "dark"],
] as const) {
  test(`on ${where}: keys are bound anew, conflicts are told, and all of them go back`, async ({
    runHost,
    openDevice,
  }) => {
    const host = await runHost();
    const { page } = await openDevice({ viewport, isTouch, colorScheme });
    await createVault(page, host.link);
    await page.keyboard.press("Control+,");
    await keyOf(page, "Search and commands").click();
    await expect(keyOf(page, "Search and commands")).toContainText("Press the keys…");
    await page.keyboard.press("Alt+s");
    await expect(keyOf(page, "Search and commands")).toContainText("Alt+S");
    await keyOf(page, "New chat").click();
    await page.keyboard.press("Alt+s");
    await expect(settings(page).getByRole("alert")).toContainText("Alt+S is taken by “Search and commands”.");
    await shoot(page, `keys-${colorScheme}`);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
    await settings(page).getByRole("button", { name: "Use it here instead" }).click();
    await expect(keyOf(page, "New chat")).toContainText("Alt+S");
    await expect(keyOf(page, "Search and commands")).toContainText("None");
    await keyOf(page, "Search and commands").click();
    await page.keyboard.press("Control+t");
    await expect(settings(page).getByRole("alert")).toContainText("belongs to the browser");
    await keyOf(page, "Search and commands").click();
    await page.keyboard.press("x");
    await expect(settings(page).getByRole("alert")).toContainText("alone would be typed");
    await keyOf(page, "Search and commands").click();
    await page.keyboard.press("F4");
    await page.keyboard.press("Escape");
    await page.reload();
    await expect(messageBox(page)).toBeVisible();
    await page.keyboard.press("F4");
    await expect(page.getByRole("dialog", { name: "Search and commands" })).toBeVisible();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+,");
    await settings(page).getByRole("button", { name: "Reset all keys" }).click();
    await expect(keyOf(page, "Search and commands")).toContainText("Ctrl+K");
    await page.keyboard.press("Escape");
    await page.keyboard.press("F4");
    await expect(page.getByRole("dialog")).toHaveCount(0);
  });
}

test("while Ctrl is held, what it can be followed by stands beside it; and by keys alone from chat to chat", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.setModels(["small", "large"]);
  backend.script(say("One."), say("```sh\nmake\n```\n\nTwo."), say("Two, again."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "First chat");
  await expect(answers(page)).toContainText(["One."]);
  await page.keyboard.press("Control+Shift+O");
  await ask(page, "Second chat");
  await expect(answers(page)).toContainText(["Two."]);
  await page.keyboard.press("Alt+ArrowDown");
  await expect(answers(page)).toContainText(["One."]);
  await page.keyboard.press("Alt+ArrowUp");
  await expect(answers(page)).toContainText(["Two."]);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.keyboard.press("Control+Shift+K");
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe("make");
  await expect(stopButton(page)).toBeHidden();
  await page.keyboard.press("Control+Shift+E");
  await expect(answers(page)).toContainText(["Two, again."]);
  await page.keyboard.press("Control+Shift+M");
  await expect(page.getByRole("dialog", { name: "Model" }).locator("[aria-current=true]")).toBeFocused();
  await page.keyboard.press("Escape");
  const chats = page.getByRole("navigation", { name: "Chats" });
  await page.keyboard.press("Control+b");
  await expect(chats).toBeHidden();
  await page.reload();
  await expect(messageBox(page)).toBeVisible();
  await expect(chats, "folded away for good").toBeHidden();
  await page.getByRole("button", { name: "Open chats" }).click();
  await expect(chats).toBeVisible();
  await page.keyboard.down("Control");
  await expect(page.locator("html")).toHaveAttribute("data-hints", "");
  await shoot(page, "hints");
  await page.keyboard.up("Control");
  await expect(page.locator("html")).not.toHaveAttribute("data-hints");
  await page.keyboard.press("Control+Shift+Y");
  await expect(page.getByRole("region", { name: "Temporary chat" })).toBeVisible();
});
