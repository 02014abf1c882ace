/** Tasks: written down, given a time, due, put off and done. */
import { AxeBuilder } from "@axe-core/playwright";
import { createVault } from "./device.ts";
import { expect, test } from "./fixtures.ts";

test("a task with a time: due above whatever is looked at, put off, taken back, done for today; and it is there after a reload", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  // Before there is anything to do, and before any chat.
  await expect(page.getByRole("link", { name: "Tasks", exact: true })).toBeVisible();
  await page.goto(`${host.origin}/#/tasks`);
  await expect(page.getByRole("heading", { name: "Nothing to do" })).toBeVisible();

  await page.getByRole("textbox", { name: "Add a task" }).fill("Water the plants");
  await page.getByRole("button", { name: "Remind me" }).click();
  // A time that has come: what is due need not be waited for.
  const minute = await page.evaluate(() => {
    const now = new Date();
    return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  });
  await page.getByLabel("When", { exact: true }).fill(minute);
  await page.getByLabel("When", { exact: true }).blur();
  await page.getByRole("combobox", { name: "Again" }).selectOption("Every day");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("textbox", { name: "Add a task" }).fill("Call Vera");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("list", { name: "No time set" }).getByRole("listitem")).toHaveCount(1);

  await expect(page.getByRole("list", { name: "Due" }).getByRole("listitem")).toHaveCount(1);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await page.goto(`${host.origin}/#/`);
  const due = page.getByRole("region", { name: "Tasks that are due" });
  await expect(due).toContainText("Water the plants");
  await due.getByRole("button", { name: "Later: Water the plants" }).click();
  await page.getByRole("menuitem", { name: "Tomorrow morning" }).click();
  await expect(due).toBeHidden();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(due).toContainText("Water the plants");
  await due.getByRole("button", { name: "Done" }).click();
  await expect(due).toBeHidden();
  // It comes again tomorrow, and is not done for good.
  await page.goto(`${host.origin}/#/tasks`);
  const later = page.getByRole("list", { name: "Later" });
  await expect(later.getByRole("textbox", { name: "Task" })).toHaveValue("Water the plants");
  await page.getByRole("checkbox", { name: "Done: Call Vera" }).check();
  await expect(page.getByRole("list", { name: "Done" }).getByRole("listitem")).toHaveCount(1);

  await page.reload();
  await expect(later.getByRole("textbox", { name: "Task" })).toHaveValue("Water the plants");
  await expect(later.getByRole("button", { name: "When to be reminded: Water the plants" })).toContainText("every day");
});
