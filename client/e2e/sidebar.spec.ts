import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox, stopButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";

const list = (page: Page): Locator => page.getByRole("navigation", { name: "Chats" });
const line = (page: Page, title: string): Locator => list(page).getByRole("listitem").filter({ hasText: title });

async function choose(page: Page, title: string, item: string): Promise<void> {
  await line(page, title).hover();
  await line(page, title)
    .getByRole("button", { name: `Actions for ${title}` })
    .click();
  await page.getByRole("menuitem", { name: item, exact: true }).click();
}

async function newChat(page: Page, question: string): Promise<void> {
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await ask(page, question);
  await expect(answers(page)).toHaveCount(1);
}

test("chats are pinned, put away and brought back, several at a time, with Undo, and stay so", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  for (const title of ["Apples", "Bread", "Cheese"]) await newChat(page, title);

  await choose(page, "Apples", "Pin");
  await expect(list(page).getByRole("region", { name: "Pinned" }).getByRole("listitem")).toHaveText([/Apples/]);
  await expect(list(page).locator(".chat-line").getByRole("link").first()).toContainText("Apples");
  await choose(page, "Bread", "Archive");
  await expect(line(page, "Bread"), "in the archive, which is closed").toHaveCount(0);
  await expect(page.locator(".toast")).toContainText("Chat archived");
  await page.getByRole("button", { name: "Archive (1)" }).click();
  await expect(line(page, "Bread")).toHaveCount(1);
  await page.reload();
  await expect(list(page).getByRole("region", { name: "Pinned" })).toContainText("Apples");
  await page.getByRole("button", { name: "Archive (1)" }).click();
  await choose(page, "Bread", "Bring back from the archive");
  await expect(page.getByRole("button", { name: /^Archive \(/ })).toHaveCount(0);

  await choose(page, "Bread", "Rename");
  await page.getByRole("textbox", { name: "Chat title" }).fill("Sourdough");
  await page.keyboard.press("Enter");
  await expect(line(page, "Sourdough")).toHaveCount(1);

  await choose(page, "Cheese", "Select several");
  await list(page).getByRole("checkbox", { name: "Sourdough" }).check();
  await expect(list(page).getByText("2 selected")).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).include("nav").analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
  await list(page).getByRole("group", { name: "Select several" }).getByRole("button", { name: "Delete" }).click();
  await expect(list(page).locator(".chat-line").getByRole("link")).toHaveText([/Apples/]);
  await expect(messageBox(page), "the open one was among them").toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(list(page).locator(".chat-line").getByRole("link")).toHaveCount(3);
  await expect(line(page, "Sourdough"), "a person's title stays").toHaveCount(1);
});

test("an answer that ends unseen leaves a mark, which goes when it is read", async ({
  runHost,
  backend,
  openDevice,
}) => {
  const seen = Promise.withResolvers<void>();
  backend.script(say("Short."), say("one two three four five six seven eight.", { until: seen.promise }));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await newChat(page, "First");
  await expect(stopButton(page)).toBeHidden();
  await newChat(page, "Second");
  await expect(stopButton(page)).toBeVisible();
  await line(page, "First").getByRole("link").click();
  await expect(line(page, "Second")).toContainText("Answering");
  seen.resolve();
  await expect(line(page, "Second").getByText("Unread")).toHaveCount(1);
  await expect(line(page, "First").getByText("Unread")).toHaveCount(0);
  await line(page, "Second").getByRole("link").click();
  await expect(answers(page)).toContainText(["one two three"]);
  await line(page, "First").getByRole("link").click();
  await expect(line(page, "Second").getByText("Unread")).toHaveCount(0);
});

test("three hundred chats: a few are drawn, keys go through all of them, and what has the focus stays", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  const chats = Array.from({ length: 300 }, (_, index) => ({
    ...{ id: `c${index}`, title: `Chat number ${index}`, titledBy: "person", createdAt: 1_700_000_000_000 - index },
    messages: [
      { id: "m", parent: null, role: "user", at: 1_700_000_000_000 - index, text: `Question ${index}`, model: null },
    ],
  }));
  const file = { format: "sovereign/chats", version: 1, at: 1, chats, templates: [] };
  await page.keyboard.press("Control+,");
  const settings = page.getByRole("dialog", { name: "Settings" });
  await settings
    .locator("input[type=file]")
    .setInputFiles({ name: "many.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(file)) });
  await expect(settings).toContainText("300 chats brought in", { timeout: 90_000 });
  await page.keyboard.press("Escape");

  const rows = list(page).locator(".chat-line");
  // What the seal says comes before the title.
  const chat = (title: string): Locator => list(page).getByRole("link", { name: new RegExp(`${title}$`) });
  await expect(rows.first()).toBeVisible();
  await expect(rows.first()).toHaveAttribute("aria-setsize", "300");
  expect(await rows.count(), "of three hundred").toBeLessThan(100);
  // By the keyboard on from what is in sight: a line with the focus stays while the list is elsewhere.
  await chat("Chat number 3").focus();
  await list(page)
    .locator(".chat-list")
    .evaluate((scroller) => (scroller.scrollTop = scroller.scrollHeight));
  await expect(chat("Chat number 299")).toBeVisible();
  await expect(chat("Chat number 3")).toBeFocused();
  await expect(chat("Chat number 100")).toHaveCount(0);
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await expect(chat("Chat number 2")).toBeFocused();
  await expect(chat("Chat number 2")).toBeInViewport();
  // What is done with one is done with it, and the rest close up.
  await chat("Chat number 5").hover();
  await list(page).getByRole("button", { name: "Actions for Chat number 5", exact: true }).click();
  await page.getByRole("menuitem", { name: "Archive", exact: true }).click();
  await expect(chat("Chat number 6")).toBeVisible();
  await expect(rows.filter({ has: page.locator('a[title="Chat number 6"]') })).toHaveAttribute("aria-posinset", "6");
});
