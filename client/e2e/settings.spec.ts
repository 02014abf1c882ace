import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { createVault, messageBox, questions, stopButton } from "./device.ts";
import { smallTargets } from "./fingers.ts";
import { expect, test } from "./fixtures.ts";

const settings = (page: Page): Locator => page.getByRole("dialog", { name: "Settings" });
const shoot = async (page: Page, name: string): Promise<void> => {
  if (process.env["SHOTS"] !== undefined) await page.screenshot({ path: `${process.env["SHOTS"]}/${name}.png` });
};

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

for (const [where, viewport, isTouch, colorScheme] of [
  ["a desk", { width: 1280, height: 800 }, false, "light"],
  ["a phone, in the dark", { width: 390, height: 844 }, true, "dark"],
] as const) {
  test(`on ${where}: text size, density and language hold after a reload, and axe finds nothing`, async ({
    runHost,
    openDevice,
  }) => {
    const host = await runHost();
    const { page } = await openDevice({ viewport, isTouch, colorScheme });
    await createVault(page, host.link);
    if (isTouch) await page.getByRole("button", { name: "Open chats" }).tap();
    await page.getByRole("button", { name: "Settings" }).click();
    await expect(settings(page)).toBeVisible();
    expect(await violations(page)).toEqual([]);
    if (isTouch) expect(await smallTargets(page)).toEqual([]);
    await shoot(page, `settings-${colorScheme}`);
    await settings(page).getByRole("radio", { name: "Larger" }).check();
    await expect(page.locator("html")).toHaveCSS("font-size", "20px");
    await settings(page).getByRole("radio", { name: "Compact" }).check();
    const other = colorScheme === "light" ? "Dark" : "Light";
    await settings(page).getByRole("radio", { name: other }).check();
    await expect(page.locator("html")).toHaveAttribute("data-theme", other.toLowerCase());
    expect(await violations(page), "in the other theme, larger").toEqual([]);

    await settings(page).getByRole("radio", { name: "Deutsch" }).click();
    await expect(page.getByRole("textbox", { name: "Nachricht", exact: true })).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("lang", "de");
    await expect(page.locator("html")).toHaveAttribute("data-text", "larger");
    await expect(page.locator("html")).toHaveAttribute("data-density", "compact");
    expect(await violations(page), "in German").toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide, "no sideways scrolling").toBeLessThanOrEqual(0);
    await shoot(page, `german-${colorScheme}`);
  });
}

test("keys: Ctrl+comma, the question mark, and Esc; none of them while something is being written", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await messageBox(page).fill("Is this so");
  await page.keyboard.type("?");
  await expect(messageBox(page)).toHaveValue("Is this so?");
  await page.keyboard.press("Control+,");
  await expect(settings(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(settings(page)).toHaveCount(0);
  await expect(messageBox(page), "the focus comes back").toBeFocused();
  await page.keyboard.press("Control+,");
  await settings(page).getByRole("button", { name: "Lock with a passphrase…" }).click();
  await expect(page.getByRole("dialog", { name: "Lock this device with a passphrase" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.getByRole("button", { name: "Settings" }).focus();
  await page.keyboard.press("?");
  await expect(settings(page).getByRole("heading", { name: "Keyboard shortcuts" })).toBeInViewport();
  // The sheet itself has the focus, so that arrows move it; its parts are one press away, and the one that is read is marked.
  await expect(settings(page).locator(".settings-body")).toBeFocused();
  const parts = settings(page).getByRole("navigation", { name: "Settings" });
  await expect(parts.locator("[aria-current]")).toHaveText("Keyboard shortcuts");
  await parts.getByRole("button", { name: "Your data" }).click();
  await expect(settings(page).getByRole("heading", { name: "Your data" })).toBeInViewport();
  await expect(parts.locator("[aria-current]")).toHaveText("Your data");
  await expect(
    settings(page).getByRole("heading", { name: "Settings", exact: true }),
    "the head stays",
  ).toBeInViewport();
});

test("a template is written, used with its places, and taken away with Undo", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Dear Ada,"));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await page.keyboard.press("Control+,");
  await settings(page).getByRole("button", { name: "New template" }).click();
  await settings(page).getByRole("textbox", { name: "Name" }).fill("letter");
  await settings(page).getByRole("textbox", { name: "Text" }).fill("Write to {{name}} about {{matter}}.");
  await settings(page).getByRole("button", { name: "Save" }).click();
  await expect(settings(page).getByText("/letter")).toBeVisible();
  await page.keyboard.press("Escape");

  await messageBox(page).focus();
  await page.keyboard.type("/let");
  await expect(page.getByRole("option", { name: /letter/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(messageBox(page)).toHaveValue("Write to {{name}} about {{matter}}.");
  await page.keyboard.type("Ada");
  await page.keyboard.press("Tab");
  await page.keyboard.type("rain");
  await page.keyboard.press("Enter");
  await expect(questions(page)).toContainText(["Write to Ada about rain."]);
  await expect(stopButton(page)).toBeHidden();

  await page.reload();
  await expect(messageBox(page)).toBeVisible();
  await page.keyboard.press("Control+,");
  await settings(page).getByRole("button", { name: "Delete letter" }).click();
  await expect(settings(page).getByText("/letter")).toHaveCount(0);
  await settings(page).getByRole("button", { name: "Undo" }).click();
  await expect(settings(page).getByText("/letter")).toHaveCount(1);
});
