import type { Page } from "@playwright/test";
import { hangAfter, say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, chooseModel, conversation, createVault, messageBox, questions, stopButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";

async function chooseMore(page: Page, of: "answer" | "question", item: string, at = 0): Promise<void> {
  const button = page.getByRole("button", { name: `More for this ${of}` }).nth(at);
  // Actions show themselves under the pointer.
  await conversation(page)
    .getByRole("article")
    .nth(at * 2 + (of === "answer" ? 1 : 0))
    .hover();
  await button.click();
  await page.getByRole("menuitem", { name: item }).click();
}

test("another model, chosen for what comes next or for one answer, and remembered by the chat", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.setModels(["small", "large", "tiny"]);
  backend.script(say("From one."), say("From another."), say("From a third."), say("And a fourth."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  const picker = page.getByRole("button", { name: /^Model: / });
  await picker.click();
  const list = page.getByRole("dialog", { name: "Model" });
  await expect(list.locator("[data-model]")).toHaveText(["small (default)", /^small/, /^large/, /^tiny/]);
  await expect(list.getByText(/^Scripted|127\.0\.0\.1/), "where they run").toBeVisible();
  await list.getByRole("button", { name: "Favourite: tiny" }).click();
  await expect(list.locator("[data-model]"), "favourites first").toHaveText([/default/, /^tiny/, /^small/, /^large/]);
  await expect(list.getByRole("button", { name: "Favourite: tiny" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(picker).toBeFocused();
  await chooseModel(page, "large");
  await ask(page, "Who are you?");
  await expect(answers(page)).toContainText(["From one."]);
  await expect(stopButton(page)).toBeHidden();
  expect(backend.requests.map(({ body }) => body.model)).toEqual(["large"]);

  await chooseMore(page, "answer", "Try again with tiny");
  await expect(answers(page)).toContainText(["From another."]);
  await expect(stopButton(page)).toBeHidden();
  await expect(picker, "what is asked next goes to the one that answered last").toHaveText("tiny");

  await page.reload();
  await expect(picker, "the chat remembers").toHaveText("tiny");
  await ask(page, "And now?");
  await expect(answers(page)).toContainText(["From another.", "From a third."]);
  await expect(stopButton(page)).toBeHidden();
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await expect(picker, "another chat has its own").toHaveText("small (default)");
  await ask(page, "Hello");
  await expect(answers(page)).toContainText(["And a fourth."]);
  expect(backend.requests.map(({ body }) => body.model)).toEqual(["large", "tiny", "tiny", "small"]);
});

test("a message is deleted with what follows, and Undo brings all of it back", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Blue."), say("Because of the sky."), say("Green."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Name a colour");
  await expect(answers(page)).toContainText(["Blue."]);
  await expect(stopButton(page)).toBeHidden();
  await ask(page, "Why that?");
  await expect(answers(page)).toContainText(["Blue.", "Because of the sky."]);
  await expect(stopButton(page)).toBeHidden();

  await chooseMore(page, "answer", "Delete", 0);
  await expect(questions(page)).toHaveCount(1);
  await expect(answers(page)).toHaveCount(0);
  await expect(page.locator(".toast")).toContainText("Message deleted, with the 2 after it");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(answers(page)).toContainText(["Blue.", "Because of the sky."]);

  await chooseMore(page, "question", "Delete", 1);
  await expect(questions(page)).toHaveCount(1);
  await page.reload();
  await expect(answers(page)).toContainText(["Blue."]);
  await expect(questions(page), "for good").toHaveCount(1);
  await ask(page, "Another one");
  await expect(answers(page)).toContainText(["Blue.", "Green."]);
  const shown = backend.requests.at(-1)?.body.messages?.map(({ content }) => content) ?? [];
  expect(shown.join(" "), "what is deleted is not shown to a model either").not.toContain("Why that?");
});

test("a chat goes on in a new one from any message; an answer is put differently; both are answered from", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Blue."), say("The sky."), say("Since you say so."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Name a colour");
  await expect(answers(page)).toContainText(["Blue."]);
  await ask(page, "Why that?");
  await expect(answers(page)).toContainText(["Blue.", "The sky."]);
  await expect(stopButton(page)).toBeHidden();
  const first = page.url();

  await chooseMore(page, "answer", "Continue in a new chat", 0);
  await expect(page).not.toHaveURL(first);
  await expect(questions(page)).toContainText(["Name a colour"]);
  await expect(answers(page)).toHaveCount(1);
  await expect(page.getByRole("navigation", { name: "Chats" }).locator(".chat-line").getByRole("link")).toHaveCount(2);

  await chooseMore(page, "answer", "Edit the answer");
  const editor = page.getByRole("textbox", { name: "Edit message" });
  await expect(editor).toHaveValue("Blue.");
  await editor.fill("Red, like **wax**.");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(answers(page)).toContainText(["Red, like wax."]);
  await expect(answers(page)).toContainText(["In your words"]);
  await expect(page.getByRole("group", { name: "Version 2 of 2" })).toBeVisible();
  await ask(page, "Are you sure?");
  await expect(answers(page)).toContainText(["Red, like wax.", "Since you say so."]);
  const shown = backend.requests.at(-1)?.body.messages?.map(({ content }) => content) ?? [];
  expect(shown).toContain("Red, like **wax**.");
  expect(shown).not.toContain("Blue.");
  await page.goto(first);
  await expect(answers(page)).toContainText(["Blue.", "The sky."]);
  await expect(messageBox(page)).toBeVisible();
});

test("words of an answer are quoted in the next question; a message is pinned and found again from above, and a link leads to it", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Lime trees give shade.\n\nBees like **them** in June."), say("Six weeks."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Which trees?");
  await expect(answers(page)).toContainText(["in June."]);
  await expect(stopButton(page)).toBeHidden();
  await messageBox(page).fill("First this:");
  await answers(page).locator("p").last().selectText();
  await page.getByRole("button", { name: "Quote", exact: true }).click();
  await expect(messageBox(page)).toHaveValue("First this:\n\n> Bees like them in June.\n\n");
  await messageBox(page).fill("");
  await chooseMore(page, "answer", "Quote");
  await expect(messageBox(page)).toHaveValue(/^> Lime trees give shade\.\n>\n> Bees/);
  await expect(messageBox(page)).toBeFocused();
  await page.keyboard.type("For how long?");
  await page.keyboard.press("Enter");
  await expect(answers(page)).toContainText(["in June.", "Six weeks."]);
  expect(backend.requests.at(-1)?.body.messages?.at(-1)?.content).toContain("> Lime trees give shade.");
  await expect(questions(page).last().getByRole("blockquote")).toContainText("Bees like **them** in June.");
  await expect(questions(page).last().locator("p.asked")).toHaveText("For how long?");

  await expect(page.getByRole("button", { name: "Pinned in this chat" })).toHaveCount(0);
  await chooseMore(page, "answer", "Pin", 0);
  await expect(answers(page).first().getByRole("img", { name: "Pinned" })).toBeVisible();
  await page.reload();
  await page.getByRole("button", { name: "Pinned in this chat" }).click();
  await page.getByRole("menuitem", { name: "Lime trees give shade. Bees like them in June." }).click();
  await expect(answers(page).first()).toBeFocused();
  await chooseMore(page, "answer", "Unpin", 0);
  await expect(page.getByRole("button", { name: "Pinned in this chat" })).toHaveCount(0);

  await chooseMore(page, "answer", "Copy link", 0);
  await expect(page.locator(".toast")).toContainText("Link copied");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/^http:\/\/localhost:\d+\/#\/chat\/[0-9a-f]{32}\?m=[\w-]+$/);
  await page.goto("about:blank");
  await page.goto(link);
  await expect(answers(page).first()).toBeFocused();
  await expect(page).toHaveURL(link.replace(/\?.*$/, ""));
  await page.goto(link.replace(/[0-9a-f]{32}/, "0".repeat(31) + "1"));
  await expect(page.getByText("or it belongs to another vault, which no link opens")).toBeVisible();
});

test("an answer that was stopped is continued, in its place or beside it", async ({ runHost, backend, openDevice }) => {
  backend.script(hangAfter("One two three "), say("four five."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Count to five");
  await expect(answers(page)).toContainText(["One two three"]);
  await expect(page.getByRole("button", { name: "Continue", exact: true })).toHaveCount(0);
  await stopButton(page).click();
  await expect(answers(page)).toContainText(["Stopped"]);
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await expect(answers(page)).toContainText(["four five."]);
  await expect(page.getByRole("button", { name: "Continue", exact: true })).toHaveCount(0);
});
