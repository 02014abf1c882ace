import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { hangAfter, say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox, questions, stopButton, waitForServiceWorker } from "./device.ts";
import { expect, test } from "./fixtures.ts";

const palette = (page: Page): Locator => page.getByRole("dialog", { name: "Search and commands" });
const field = (page: Page): Locator => palette(page).getByRole("combobox");
const options = (page: Page): Locator => palette(page).getByRole("option");

test("a message is found by its words, offline and on a hidden branch, and shown where it stands", async ({
  runHost,
  backend,
  openDevice,
}) => {
  const long = "A paragraph that only takes room. ".repeat(60);
  backend.script(
    say(`The **marmalade** needs bitter oranges.\n\n${long}`),
    say(`Use lemons instead.\n\n${long}`),
    say("Trains leave at noon."),
  );
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "How do I cook preserves?");
  await expect(answers(page)).toContainText(["marmalade"]);
  await expect(stopButton(page)).toBeHidden();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(answers(page)).toContainText(["Use lemons instead."]);
  await expect(stopButton(page)).toBeHidden();
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await ask(page, "When do trains leave?");
  await expect(answers(page)).toContainText(["Trains leave at noon."]);
  await waitForServiceWorker(page);
  await host.stop();
  await page.reload();
  await expect(answers(page)).toContainText(["Trains leave at noon."]);

  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeFocused();
  await page.keyboard.type("MARMAL");
  const hit = options(page).filter({ hasText: "How do I cook preserves?" });
  await expect(hit).toContainText("The marmalade needs bitter oranges.");
  await expect(hit.locator("mark")).toHaveText("marmalade");
  await page.keyboard.press("Enter");
  await expect(palette(page)).toHaveCount(0);
  await expect(answers(page)).toContainText(["marmalade"]);
  await expect(answers(page)).toBeFocused();
  await expect(answers(page).getByText("marmalade")).toBeInViewport();
  await expect(page.getByRole("group", { name: "Version 1 of 2" })).toHaveCount(1);
});

test("by keyboard: commands, chats by title, and Esc, which stops nothing", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Blue."), hangAfter("and so on ".repeat(10)));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Name a colour");
  await expect(answers(page)).toContainText(["Blue."]);
  await messageBox(page).focus();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("copy last");
  await expect(options(page).first()).toHaveText(/Copy/);
  await page.keyboard.press("Enter");
  await expect(page.getByText("Copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("Blue.");
  await expect(messageBox(page), "the focus comes back").toBeFocused();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("dark");
  await expect(options(page).first()).toHaveText(/Theme: Dark/);
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");

  await page.keyboard.press("Control+k");
  await page.keyboard.type("new ch");
  await expect(options(page).first()).toHaveText(/New chat/);
  await page.keyboard.press("Enter");
  await expect(messageBox(page)).toBeFocused();
  await expect(answers(page)).toHaveCount(0);
  await ask(page, "Go on for ever");
  await expect(answers(page)).toContainText(["and so on"]);

  await page.keyboard.press("Control+k");
  await page.keyboard.press("Escape");
  await expect(palette(page)).toHaveCount(0);
  await expect(stopButton(page), "the answer goes on").toBeVisible();

  await page.keyboard.press("Control+k");
  await page.keyboard.press("Control+k");
  expect(await palette(page).count(), "the same keys close it").toBe(0);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("stop");
  await expect(options(page).first()).toHaveText(/Stop/);
  await page.keyboard.press("Enter");
  await expect(answers(page)).toContainText(["Stopped"]);

  await page.keyboard.press("Control+k");
  await page.keyboard.type("col nam");
  await expect(palette(page).getByRole("group", { name: "Chats" }).getByRole("option")).toHaveText([/Name a colour/]);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(answers(page)).toContainText(["Blue."]);
});

test("the field is there at once: keys land in it, and the last of many presses counts, before search itself has loaded", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page, context } = await openDevice();
  const arrived = Promise.withResolvers<void>();
  await context.route(/PaletteResults-.*\.js$/, async (route) => {
    await arrived.promise;
    await route.continue();
  });
  await createVault(page, host.link);
  await messageBox(page).focus();
  // Three presses in one turn of the page, as on a machine that is busy: open, closed, open.
  for (const presses of [3, 2, 5, 1]) {
    const isOpen = await page.evaluate((count) => {
      for (let at = 0; at < count; at += 1)
        (document.activeElement ?? document.body).dispatchEvent(
          new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true, cancelable: true }),
        );
      return document.querySelectorAll("dialog[open]").length;
    }, presses);
    expect(isOpen, `${presses} presses`).toBe(presses % 2);
    if (isOpen === 1) await page.keyboard.press("Escape");
    await expect(palette(page)).toHaveCount(0);
    await expect(messageBox(page), "the focus comes back").toBeFocused();
  }

  await page.keyboard.press("Control+k");
  await page.keyboard.type("theme");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  expect(await field(page).inputValue()).toBe("theme");
  await expect(messageBox(page)).toHaveValue("");
  await expect(options(page)).toHaveCount(0);
  arrived.resolve();
  await expect(page.locator("html"), "the keys pressed before are obeyed in their order").toHaveAttribute(
    "data-theme",
    "dark",
  );
  await expect(palette(page)).toHaveCount(0);
  await expect(messageBox(page)).toBeFocused();
});

test("on a phone: the search button, a finger's width for everything, and axe finds nothing", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("A heron stood in the shallow water."));
  const host = await runHost();
  const { page } = await openDevice({
    viewport: { width: 390, height: 844 },
    isTouch: true,
    colorScheme: "dark",
  });
  await createVault(page, host.link);
  await ask(page, "Tell me a story");
  await expect(answers(page)).toContainText(["heron"]);
  await page.getByRole("button", { name: "Open chats" }).tap();
  await page.getByRole("button", { name: "Search", exact: true }).tap();
  await expect(field(page)).toBeFocused();
  await page.keyboard.type("shallow");
  await expect(options(page)).toHaveCount(1);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
  for (const target of [...(await options(page).all()), ...(await palette(page).getByRole("button").all())])
    expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  await options(page).tap();
  await expect(palette(page)).toHaveCount(0);
  await expect(questions(page)).toContainText(["Tell me a story"]);
  await expect(answers(page)).toBeInViewport();
});
