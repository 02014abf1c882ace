/** Projects as a person uses them: made, written in, filled and emptied by menu and by hand, put away and taken back. */
import type { Locator, Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox, sendButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";

const list = (page: Page): Locator => page.getByRole("navigation", { name: "Chats" });
const section = (page: Page): Locator => list(page).getByRole("region", { name: "Projects", exact: true });
const undo = (page: Page): Locator => page.locator(".toast").getByRole("button", { name: "Undo" });

async function newProject(page: Page, name: string): Promise<void> {
  await section(page).getByRole("button", { name: "New project" }).click();
  await section(page).getByRole("textbox", { name: "Name of the project" }).fill(name);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  // What is typed next is a chat in it.
  await expect(messageBox(page)).toBeFocused();
}

async function choose(page: Page, title: string, item: string): Promise<void> {
  await list(page)
    .getByRole("button", { name: `Actions for ${title}` })
    .click({ force: true });
  await page.getByRole("menuitem", { name: item }).click();
}

test("a project's instructions and label go with what is asked in it, and its chats stand below it", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("First."), say("At 24 degrees."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Something else");
  await expect(answers(page)).toContainText("First.");
  await newProject(page, "Kitchen");
  await page.getByRole("textbox", { name: "Instructions" }).fill("Answer like a baker.");
  await page.getByRole("radio", { name: /Only your own machines/ }).check();
  await expect(page.getByText("Stays on your own machines")).toBeVisible();
  await messageBox(page).fill("How warm is the dough?");
  await sendButton(page).click();
  await expect(answers(page)).toContainText("At 24 degrees.");
  expect(backend.requests.at(-1)?.body.messages?.[0]?.content).toContain("Answer like a baker.");
  await expect(section(page).getByRole("link", { name: /How warm is the dough/ })).toBeVisible();
  await expect(page.getByRole("main").getByRole("link", { name: "Kitchen", exact: true })).toBeVisible();

  await page.reload();
  await expect(section(page).getByRole("link", { name: /How warm is the dough/ })).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "Kitchen", exact: true }).click();
  await expect(page.getByRole("textbox", { name: "Instructions" })).toHaveValue("Answer like a baker.");
  await expect(page.getByRole("main").getByRole("link", { name: /How warm is the dough/ })).toBeVisible();
  await page
    .getByRole("main")
    .getByRole("link", { name: /How warm is the dough/ })
    .click();
  await expect(answers(page)).toContainText("At 24 degrees.");
});

test("chats are moved in and out by menu, by hand and several at once, each with Undo", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  for (const title of ["Apples", "Bread", "Cheese"]) {
    await page.getByRole("button", { name: "New chat", exact: true }).click();
    await ask(page, title);
    await expect(answers(page)).toHaveCount(1);
  }
  const today = list(page).getByRole("region", { name: "Today" });
  await newProject(page, "Kitchen");
  const inside = section(page).getByRole("link");
  await choose(page, "Apples", "Move to a project");
  await page.getByRole("dialog", { name: "Move to" }).getByRole("button", { name: "Kitchen" }).click();
  await expect(inside.filter({ hasText: "Apples" })).toBeVisible();
  await expect(today.getByRole("link", { name: /Apples/ })).toHaveCount(0);
  await undo(page).click();
  await expect(today.getByRole("link", { name: /Apples/ })).toBeVisible();

  await today.getByRole("link", { name: /Bread/ }).dragTo(section(page).getByRole("link", { name: "Kitchen" }));
  await expect(inside.filter({ hasText: "Bread" })).toBeVisible();
  await inside.filter({ hasText: "Bread" }).dragTo(today.getByRole("heading"));
  await expect(today.getByRole("link", { name: /Bread/ })).toBeVisible();

  // By keyboard, and with Shift as people know it from lists.
  await today.getByRole("link", { name: /Cheese/ }).click({ modifiers: ["Shift"] });
  await list(page).getByRole("checkbox", { name: "Bread" }).focus();
  await page.keyboard.press("Space");
  await expect(list(page).getByText("2 selected")).toBeVisible();
  await list(page).getByRole("button", { name: "Move", exact: true }).press("Enter");
  const isOldUndoThere = await page
    .getByRole("dialog", { name: "Move to" })
    .getByRole("button", { name: "Kitchen" })
    .evaluate((choice: HTMLElement) => {
      choice.click();
      return document.querySelector(".toast") !== null;
    });
  expect(isOldUndoThere, "an Undo that is seen is that of the last move").toBe(false);
  await expect(inside.filter({ hasText: /Bread|Cheese/ })).toHaveCount(2);
  await undo(page).click();
  await expect(today.getByRole("listitem")).toHaveCount(3);
});

test("a project is renamed, put away and deleted, with Undo, and its chats are kept", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Apples");
  await newProject(page, "Kitchen");
  await choose(page, "Apples", "Move to a project");
  await page.getByRole("dialog", { name: "Move to" }).getByRole("button", { name: "Kitchen" }).click();
  await choose(page, "Kitchen", "Rename");
  await section(page).getByRole("textbox", { name: "Name of the project" }).fill("Larder");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Larder" })).toBeVisible();

  await choose(page, "Larder", "Archive");
  await expect(section(page).getByRole("button", { name: "Archived projects (1)" })).toBeVisible();
  await undo(page).click();
  await expect(section(page).getByRole("link", { name: "Larder" })).toBeVisible();

  await choose(page, "Larder", "Delete");
  await expect(section(page).getByRole("link", { name: "Larder" })).toHaveCount(0);
  await expect(
    list(page)
      .getByRole("region", { name: "Today" })
      .getByRole("link", { name: /Apples/ }),
  ).toBeVisible();
  await undo(page).click();
  await expect(page.getByRole("heading", { level: 1, name: "Larder" })).toBeVisible();
  await expect(section(page).getByRole("link", { name: /Apples/ })).toBeVisible();
});

test("a project is destroyed once its name is typed: here, at the host, and from what is found by its address", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("First."), say("In the attic."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Something else");
  await expect(answers(page)).toContainText("First.");
  await newProject(page, "Hidden");
  await messageBox(page).fill("Where is the canary?");
  await sendButton(page).click();
  await expect(answers(page)).toContainText("In the attic.");
  const chat = page.url();
  await page.getByRole("main").getByRole("link", { name: "Hidden", exact: true }).click();
  await page.getByRole("combobox", { name: "How long chats are kept" }).selectOption("90");
  await expect(page.getByText("Pinned chats stay")).toBeVisible();

  const destroy = page.getByRole("region", { name: "Destroy this project" });
  await destroy.getByRole("button", { name: "Destroy this project…" }).click();
  await expect(destroy.getByText("What goes: 1 chat,")).toBeVisible();
  await destroy.getByRole("textbox").fill("Hiden");
  await expect(destroy.getByRole("button", { name: "Destroy for good" })).toHaveAttribute("aria-disabled", "true");
  await destroy.getByRole("textbox").fill("Hidden");
  await destroy.getByRole("button", { name: "Destroy for good" }).click();
  await expect(page.getByText("This project was destroyed.")).toBeVisible();
  await expect(section(page).getByRole("link", { name: "Hidden" })).toHaveCount(0);
  await expect(list(page).getByText("Where is the canary?")).toHaveCount(0);
  await page.goto(chat);
  await page.reload();
  await expect(page.getByText("In the attic.")).toHaveCount(0);
  await expect(messageBox(page)).toBeVisible();
});
