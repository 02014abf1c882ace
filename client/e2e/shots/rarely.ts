/** What is seen rarely: tasks that are due, prompts and forms of tools, a project that forgets or is destroyed, links, what an answer waits for. */
import { addAskingServer } from "../../../host/testing/askingServer.ts";
import { callTools } from "../../../host/testing/callTool.ts";
import { say } from "../../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox, stopButton } from "../device.ts";
import { expect, scrollTo, type Stage } from "./stage.ts";

export async function rarely(stage: Stage): Promise<void> {
  const { page, backend, shoot, openList } = stage;
  const wiki = await addAskingServer(stage.home, "wiki");
  try {
    const host = await stage.runHost();
    await createVault(page, host.link);
    await dueTasks(stage);
    await asked(stage);
    await waited(stage);
    const chat = page.url();
    await links(stage, host.origin);
    await openList();
    await page.getByRole("button", { name: "New project" }).click();
    await page.getByRole("textbox", { name: "Name of the project" }).first().fill("Moving house");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("textbox", { name: "Instructions" })).toBeEnabled();
    backend.script(say("Boxes first, then helpers."));
    await ask(page, "What do we do first?");
    await expect(answers(page)).toContainText("then helpers.");
    await page.getByRole("main").getByRole("link", { name: "Moving house", exact: true }).click();
    await destroyed(stage);
    await page.keyboard.press("Control+Shift+,");
    const status = page.getByRole("dialog", { name: "Status and privacy" });
    await expect(status.locator(".status-rows").first()).toBeVisible();
    await status
      .getByRole("heading", { name: "Storage on this device" })
      .evaluate((element) => element.scrollIntoView({ block: "center" }));
    await shoot("status-end");
    await page.keyboard.press("Escape");
    await twoTabs(stage, host.origin, chat);
  } finally {
    await wiki.close();
  }
}

async function dueTasks({ page, shoot }: Stage): Promise<void> {
  await page.evaluate(() => (location.hash = "#/tasks"));
  await expect(page.getByRole("heading", { name: "Nothing to do" })).toBeVisible();
  await shoot("tasks-empty");
  const minute = await page.evaluate(() => {
    const now = new Date();
    return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  });
  for (const words of ["Water the plants", "Call the landlord about the gap under the roof, and ask for a date"]) {
    await page.getByRole("textbox", { name: "Add a task" }).fill(words);
    await page.getByRole("button", { name: "Remind me", exact: true }).click();
    await page.getByLabel("When", { exact: true }).fill(minute);
    await page.getByLabel("When", { exact: true }).blur();
    if (words.startsWith("Water")) await page.getByRole("combobox", { name: "Again" }).selectOption("Every day");
    await page.getByRole("button", { name: "Add", exact: true }).click();
  }
  for (const words of ["Buy film for the kitchen window", "Ask about the awning"]) {
    await page.getByRole("textbox", { name: "Add a task" }).fill(words);
    await page.keyboard.press("Enter");
  }
  await page.getByRole("checkbox", { name: "Done: Ask about the awning" }).check();
  await shoot("tasks-page");
  await page.getByRole("button", { name: "When to be reminded: Buy film for the kitchen window" }).click();
  await page.getByRole("button", { name: "In a week" }).last().click();
  await shoot("tasks-when");
  await page.evaluate(() => (location.hash = "#/"));
  const due = page.getByRole("region", { name: "Tasks that are due" });
  await expect(due).toContainText("Water the plants");
  await shoot("due");
  await due.getByRole("button", { name: "Later: Water the plants" }).click();
  await shoot("due-later");
  await page.keyboard.press("Escape");
  for (let left = await due.getByRole("button", { name: /^Put aside/ }).count(); left > 0; left -= 1)
    await due
      .getByRole("button", { name: /^Put aside/ })
      .first()
      .click();
}

/** A tool that asks by a form, and a server's prompt. */
async function asked({ page, backend, shoot }: Stage): Promise<void> {
  backend.script(callTools([{ name: "wiki_echo", arguments: {} }]), say("Then large it is."));
  await page.keyboard.press("Control+,");
  const settings = page.getByRole("dialog", { name: "Settings" });
  await settings.getByRole("combobox", { name: "Rule: Sends something out" }).selectOption("Ask each time");
  await page.keyboard.press("Escape");
  await ask(page, "Which size do I want?");
  const card = answers(page).getByRole("region", { name: "May your host do this?" });
  await expect(card).toBeVisible();
  await shoot("approval-outside");
  await card.getByRole("button", { name: "Allow once" }).click();
  const form = answers(page).getByRole("form", { name: "A tool asks you something" });
  await form.getByRole("button", { name: "Send" }).click();
  await shoot("form");
  await form.getByRole("combobox").selectOption("large");
  await form.getByRole("button", { name: "Send" }).click();
  await expect(stopButton(page)).toBeHidden();
  await shoot("form-sent");
  await messageBox(page).fill("/prompts");
  await messageBox(page).press("Enter");
  const prompts = page.getByRole("dialog", { name: "Prompts of your tools" });
  await expect(prompts.getByRole("button", { name: /^summary/ })).toBeVisible();
  await shoot("prompts");
  await prompts.getByRole("button", { name: /^summary/ }).click();
  await prompts.getByRole("textbox", { name: "topic" }).fill("bees");
  await shoot("prompt");
  await prompts.getByRole("button", { name: "Put it beside my message" }).click();
  await expect(page.getByText("wiki-summary.txt")).toBeVisible();
  await shoot("prompt-given");
  await messageBox(page).fill("");
  await page.getByRole("button", { name: /^(Remove|Take out|Take away).*wiki-summary/ }).click();
}

async function waited({ page, backend, shoot, openList }: Stage): Promise<void> {
  await openList();
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  const end = Promise.withResolvers<void>();
  backend.script(async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const progress = { total: 8_000, cache: 0, processed: 2_960, time_ms: 900 };
    response.write(`data: ${JSON.stringify({ choices: [], prompt_progress: progress })}\n\n`);
    await end.promise;
    const delta = { choices: [{ index: 0, delta: { content: "It is long." }, finish_reason: "stop" }] };
    response.end(`data: ${JSON.stringify(delta)}\n\ndata: [DONE]\n\n`);
  });
  await ask(page, "What does this contract say about notice?");
  await expect(answers(page)).toContainText("37 %");
  await shoot("reading-question");
  end.resolve();
  await expect(stopButton(page)).toBeHidden();
}

async function links({ page, shoot }: Stage, origin: string): Promise<void> {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  await page.getByRole("button", { name: "More for this answer" }).last().click();
  await page.getByRole("menuitem", { name: "Copy link" }).click();
  await expect(page.locator(".toast")).toBeVisible();
  await shoot("link-copied");
  await page.locator(".toast").getByRole("button", { name: "Dismiss" }).click();
  const before = page.url();
  await page.evaluate(() => (location.hash = location.hash.replaceAll(/[0-9a-f]{8}/g, "0badc0de")));
  await page.waitForTimeout(1_500);
  await shoot("link-nothing");
  await page.goto(before);
  await expect(messageBox(page)).toBeVisible();
}

async function destroyed({ page, shoot }: Stage): Promise<void> {
  await page.getByRole("combobox", { name: "How long chats are kept" }).selectOption("90");
  const keep = page.getByRole("region", { name: "How long chats are kept" });
  await keep.evaluate((element) => element.scrollIntoView({ block: "center" }));
  await shoot("keep-for");
  const destroy = page.getByRole("region", { name: "Destroy this project" });
  await destroy.getByRole("button", { name: "Destroy this project…" }).click();
  await expect(destroy.getByText("What goes: 1 chat,")).toBeVisible();
  await destroy.getByRole("textbox").fill("Moving house");
  await destroy.evaluate((element) => element.scrollIntoView({ block: "center" }));
  await shoot("destroy");
  await destroy.getByRole("button", { name: "Destroy for good" }).click();
  await expect(page.getByText("This project was destroyed.")).toBeVisible();
  await shoot("destroyed");
  await page.keyboard.press("Control+,");
  await expect(page.getByRole("heading", { name: "Destroyed projects" })).toBeVisible();
  await scrollTo(page, "dialog", "Destroyed projects");
  await shoot("destroyed-list");
  await page.keyboard.press("Escape");
}

/** A disk that is full, and another tab that asks for what is in memory alone. */
async function twoTabs({ reopen, shoot }: Stage, origin: string, chat: string): Promise<void> {
  // Chromium remembers for a while how much room there was: the disk is full before this one looks.
  const { page, newTab } = await reopen();
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  await page.goto(chat);
  await expect(answers(page)).toContainText(["It is long."]);
  await messageBox(page).fill("Typed on a full disk");
  await expect(page.getByText("This device stores nothing more")).toBeVisible();
  await shoot("disk-full", page);
  const other = await newTab(page.url());
  await other.getByRole("button", { name: "Use it here" }).click();
  await expect(other.getByRole("alert")).toContainText("words of yours that are in its memory alone");
  await shoot("other-tab-unstored", other);
}
