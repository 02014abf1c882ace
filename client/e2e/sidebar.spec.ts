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
  await expect(list(page).getByRole("link").first()).toContainText("Apples");
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
  await expect(list(page).getByRole("link")).toHaveText([/Apples/]);
  await expect(messageBox(page), "the open one was among them").toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(list(page).getByRole("link")).toHaveCount(3);
  await expect(line(page, "Sourdough"), "a person's title stays").toHaveCount(1);
});

test("an answer that ends unseen leaves a mark, which goes when it is read", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Short."), say("one two three four five six seven eight. ".repeat(3), { delayMs: 60 }));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await newChat(page, "First");
  await expect(stopButton(page)).toBeHidden();
  await newChat(page, "Second");
  await expect(stopButton(page)).toBeVisible();
  await line(page, "First").getByRole("link").click();
  await expect(line(page, "Second")).toContainText("Answering");
  await expect(line(page, "Second").getByText("Unread")).toHaveCount(1);
  await expect(line(page, "First").getByText("Unread")).toHaveCount(0);
  await line(page, "Second").getByRole("link").click();
  await expect(answers(page)).toContainText(["one two three"]);
  await line(page, "First").getByRole("link").click();
  await expect(line(page, "Second").getByText("Unread")).toHaveCount(0);
});
