import type { Page } from "@playwright/test";
import { hangAfter, say, startScriptedBackend } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox, questions, sendButton, stopButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";

/** Puts a text on the field as a paste from elsewhere does; tells how long the page was busy with it, at most. */
const paste = (page: Page, text: string): Promise<number> =>
  messageBox(page).evaluate(async (field, pasted) => {
    const busy: number[] = [];
    const watch = new PerformanceObserver((list) => busy.push(...list.getEntries().map(({ duration }) => duration)));
    watch.observe({ type: "longtask" });
    field.focus();
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", pasted);
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    if (field.dispatchEvent(event)) document.execCommand("insertText", false, pasted);
    await new Promise((done) => setTimeout(done, 1000));
    watch.disconnect();
    return Math.max(0, ...busy);
  }, text);

test("20,000 pasted lines are one line on the page, are kept, and reach the model whole", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("That is a lot of lines."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} of a log`).join("\n");
  await messageBox(page).fill("What happened here?");
  const busyMs = await paste(page, lines);
  console.log(`busy at once with the paste: ${Math.round(busyMs)} ms`);
  const chip = page.getByRole("button", { name: "Pasted text, 20,000 lines" });
  await expect(chip).toBeVisible();
  await expect(messageBox(page)).toHaveValue("What happened here?");
  await messageBox(page).pressSequentially(" And why?", { delay: 10 });

  await page.waitForTimeout(1000);
  await page.reload();
  await expect(chip, "after a reload").toBeVisible();
  await expect(messageBox(page)).toHaveValue("What happened here? And why?");
  await page.getByRole("button", { name: "Remove the pasted text" }).click();
  await expect(chip).toHaveCount(0);

  // What a small model can hold.
  const some = lines.slice(0, lines.indexOf("line 1000 "));
  await paste(page, some);
  const sentChip = page.getByRole("button", { name: "Pasted text, 1,001 lines" });
  await sendButton(page).click();
  await expect(answers(page)).toContainText(["That is a lot of lines."]);
  await expect(messageBox(page)).toHaveValue("");
  await expect(sentChip, "with the question, and no more in the composer").toHaveCount(1);
  await expect(questions(page)).toContainText(["What happened here? And why?"]);
  expect(((await questions(page).boundingBox())?.height ?? 999) < 200, "one line").toBe(true);
  await sentChip.click();
  await expect(questions(page).locator("pre")).toContainText("line 7 of a log");
  const sent = backend.requests.at(-1)?.body.messages?.at(-1)?.content ?? "";
  expect(sent).toContain(some);

  await paste(page, "a short paste");
  await expect(messageBox(page), "is simply text").toHaveValue("a short paste");
});

test("slash commands, the arrow that opens the last question, and a question that waits its turn", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Blue."), say("Yellow."), hangAfter("and so on ".repeat(5)), say("After it."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Name a cold colour");
  await expect(answers(page)).toContainText(["Blue."]);
  await expect(stopButton(page)).toBeHidden();

  await messageBox(page).press("ArrowUp");
  const editor = page.getByRole("textbox", { name: "Edit message" });
  await expect(editor).toBeFocused();
  await expect(editor).toHaveValue("Name a cold colour");
  await editor.fill("Name a warm colour");
  await editor.press("Control+Enter");
  await expect(answers(page)).toContainText(["Yellow."]);
  await expect(stopButton(page)).toBeHidden();

  const menu = page.getByRole("listbox", { name: "Commands and templates" });
  await messageBox(page).focus();
  await page.keyboard.type("/co");
  await expect(menu.getByRole("option")).toHaveText([/copy/]);
  await page.keyboard.press("Escape");
  await expect(menu).toHaveCount(0);
  await expect(messageBox(page), "what was typed stays").toHaveValue("/co");
  await messageBox(page).fill("");
  await page.keyboard.type("/");
  await expect(menu.getByRole("option")).toHaveCount(7);
  await page.keyboard.type("copy");
  await page.keyboard.press("Enter");
  await expect(page.locator(".toast")).toContainText("Copied");
  await expect(messageBox(page)).toHaveValue("");
  await expect(messageBox(page)).toBeFocused();
  await messageBox(page).fill("/usr/bin is a folder");
  await expect(menu).toHaveCount(0);

  await messageBox(page).fill("Go on for long");
  await page.keyboard.press("Enter");
  await expect(answers(page)).toContainText(["Yellow.", "and so on"]);
  await messageBox(page).fill("And then this");
  await expect(page.getByText("Answered after this one")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(questions(page)).toHaveCount(3);
  // What waits can still be put differently, and then is asked once, in the new words.
  await questions(page).last().getByRole("button", { name: "Edit" }).click();
  await editor.fill("And then that");
  await editor.press("Control+Enter");
  await expect(questions(page)).toContainText(["And then that"]);
  await page.getByRole("button", { name: "Answer this now" }).click();
  await expect(answers(page)).toContainText(["Yellow.", "Stopped", "After it."]);
  expect(backend.requests.at(-1)?.body.messages?.at(-1)?.content).toContain("And then that");
  await expect(page.getByRole("group", { name: /^Version 1 of/ }), "of the first question alone").toHaveCount(0);

  await page.keyboard.press("Control+,");
  await page.getByRole("radio", { name: "Starts a line" }).check();
  await page.keyboard.press("Escape");
  await messageBox(page).fill("one");
  await page.keyboard.press("Enter");
  await expect(messageBox(page)).toHaveValue("one\n");
});

test("by name: another chat and an artifact go with a question, and a model is chosen", async ({
  runHost,
  openDevice,
}) => {
  const backend = await startScriptedBackend({
    models: ["qwen3-30b", "gemma4-31b"],
    scripts: [say("Twelve lime trees by the river."), say("Twelve.")],
  });
  const host = await runHost(backend.url);
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "What was the plan?");
  await expect(answers(page)).toContainText(["Twelve lime trees"]);
  await expect(stopButton(page)).toBeHidden();
  await page.getByRole("button", { name: "More for this answer" }).click();
  await page.getByRole("menuitem", { name: "Open as artifact" }).click();
  await expect(page.getByRole("region", { name: /^Artifact: / })).toBeVisible();
  await page.getByRole("button", { name: "New chat", exact: true }).click();

  const along = page.getByRole("listbox", { name: "Goes with the question" });
  await messageBox(page).focus();
  await page.keyboard.type("How many trees, by #pl");
  await expect(along.getByRole("option")).toHaveText([/Artifact$/, /Chat$/]);
  await along.getByRole("option", { name: /Chat$/ }).click();
  await expect(page.getByRole("list", { name: "Files to send" })).toContainText("What was the plan.md");
  await expect(messageBox(page)).toHaveValue("How many trees, by ");
  await page.keyboard.type("#what");
  await expect(along.getByRole("option").first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("list", { name: "Goes with the question" })).toContainText("Artifact");
  await page.keyboard.type("it? @gem");
  await page.getByRole("listbox", { name: "Who answers" }).getByRole("option").click();
  await expect(page.getByRole("button", { name: "Model: gemma4-31b" })).toBeVisible();
  await expect(messageBox(page)).toHaveValue("How many trees, by it? ");
  await page.keyboard.press("Enter");
  await expect(answers(page)).toContainText(["Twelve."]);
  await expect(page.getByRole("list", { name: "Goes with the question" }), "once").toHaveCount(0);
  const asked = backend.requests.at(-1)?.body;
  expect(asked?.model).toBe("gemma4-31b");
  const told = JSON.stringify(asked?.messages);
  expect(told, "the chat").toContain("What was the plan");
  expect(told.split("Twelve lime trees by the river.").length - 1, "in the chat, and in the artifact").toBe(2);
  await backend.close();
});
