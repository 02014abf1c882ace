/** Chats out as files and in from elsewhere, as a person does it. */
import { readFileSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, questions, stopButton } from "./device.ts";
import { chatGptExport, claudeExport, openWebUiExport } from "./exports.ts";
import { expect, test } from "./fixtures.ts";

const settings = (page: Page): Locator => page.getByRole("dialog", { name: "Settings" });
const chatList = (page: Page): Locator => page.getByRole("navigation", { name: "Chats" });
const shoot = async (page: Page, name: string): Promise<void> => {
  if (process.env["SHOTS"] !== undefined) await page.screenshot({ path: `${process.env["SHOTS"]}/${name}.png` });
};
type Given = string | { name: string; mimeType: string; buffer: Buffer };
const json = (value: unknown): Given => ({
  name: "conversations.json",
  mimeType: "application/json",
  buffer: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
});
const importIt = (page: Page, file: Given): Promise<void> =>
  settings(page).getByLabel("Bring chats in").setInputFiles(file);

async function download(page: Page, kind: string): Promise<{ name: string; path: string }> {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: kind, exact: true }).check();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("button", { name: "Export", exact: true }).click(),
  ]);
  return { name: file.suggestedFilename(), path: await file.path() };
}

test("chats leave as files, with what was attached, and come back, once", async ({ runHost, backend, openDevice }) => {
  backend.script(say("The **first** answer."), say("Another."), say("Blue."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Attach files" }).click(),
  ]);
  await chooser.setFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("written down") });
  await ask(page, "A question");
  await expect(answers(page)).toContainText(["The first answer."]);
  await expect(stopButton(page)).toBeHidden();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(answers(page)).toContainText(["Another."]);
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await ask(page, "Name a colour");
  await expect(answers(page)).toContainText(["Blue."]);

  await page.keyboard.press("Control+,");
  const pages = await download(page, "Web page");
  expect(pages.name).toMatch(/^sovereign-\d{4}-\d\d-\d\d\.zip$/);
  const names = readFileSync(pages.path, "latin1");
  for (const name of ["A question.html", "Name a colour.html", "-notes.txt", "index.html"])
    expect(names).toContain(name);
  const whole = await download(page, "JSON");
  await expect(settings(page)).toContainText("2 chats and 1 file exported.");
  await importIt(page, whole.path);
  await expect(settings(page)).toContainText("0 chats brought in from Sovereign.");
  await expect(settings(page)).toContainText("2 chats were here already.");
  await page.keyboard.press("Escape");

  // One alone, from its menu.
  await chatList(page).getByRole("button", { name: "Actions for Name a colour" }).click();
  await page.getByRole("menuitem", { name: "Export…" }).click();
  const markdown = await download(page, "Markdown");
  expect(markdown.name).toBe("Name a colour.md");
  expect(readFileSync(markdown.path, "utf8")).toContain("# Name a colour");
  await shoot(page, "export-one");
  const one = await download(page, "Web page");
  expect(readFileSync(one.path, "utf8")).toContain("Blue.");
  await page.keyboard.press("Escape");

  await chatList(page).getByRole("button", { name: "Actions for A question" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(chatList(page).locator(".chat-line").getByRole("link")).toHaveCount(1);
  await page.keyboard.press("Control+,");
  await importIt(page, whole.path);
  await expect(settings(page)).toContainText("1 chat brought in from Sovereign.");
  await expect(settings(page)).toContainText("1 file came with them.");
  await importIt(page, whole.path);
  await expect(settings(page)).toContainText("0 chats brought in from Sovereign.");
  await page.keyboard.press("Escape");
  await chatList(page).getByRole("link", { name: "A question" }).click();
  await expect(answers(page)).toContainText(["Another."]);
  await expect(page.getByRole("group", { name: "Version 2 of 2" }), "both versions came along").toBeVisible();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    questions(page).getByRole("button", { name: "Download notes.txt" }).click(),
  ]);
  expect(readFileSync(await file.path(), "utf8"), "and so did the file").toBe("written down");
});

for (const [where, viewport, isTouch, colorScheme] of [
  ["a desk", { width: 1280, height: 800 }, false, "light"],
  ["a phone, in the dark", { width: 390, height: 844 }, true, "dark"],
] as const) {
  test(`on ${where}: exports of others come in, once each, and what did not is told`, async ({
    runHost,
    openDevice,
  }) => {
    const host = await runHost();
    const { page } = await openDevice({ viewport, isTouch, colorScheme });
    await createVault(page, host.link);
    if (isTouch) await page.getByRole("button", { name: "Open chats" }).tap();
    await page.getByRole("button", { name: "Settings" }).click();
    await importIt(page, json(chatGptExport));
    await expect(settings(page)).toContainText("3 chats brought in from ChatGPT.");
    await expect(settings(page)).toContainText("3 steps between question and answer left out");
    await expect(settings(page)).toContainText("2 files are named in the export and not in it.");
    await importIt(page, json(claudeExport));
    await expect(settings(page)).toContainText("2 chats brought in from Claude.");
    await importIt(page, json(openWebUiExport));
    await expect(settings(page)).toContainText("2 chats brought in from Open WebUI.");
    await expect(settings(page)).toContainText("1 chat had no words in it. “Nothing said”");
    await expect(settings(page)).toContainText("1 chat could not be read.");
    await settings(page).getByText("Bring chats in").first().scrollIntoViewIfNeeded();
    await shoot(page, `import-${colorScheme}`);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
    await importIt(page, json(chatGptExport));
    await expect(settings(page)).toContainText("0 chats brought in from ChatGPT.");
    await expect(settings(page)).toContainText("3 chats were here already.");
    // Nothing of these comes in at all.
    await importIt(page, json(JSON.stringify(chatGptExport).slice(0, 900)));
    await expect(settings(page)).toContainText("This file is damaged or was cut off.");
    await importIt(page, json("{}"));
    await expect(settings(page)).toContainText("This is no export that can be read here.");
    await page.keyboard.press("Escape");
    await expect(chatList(page).locator(".chat-line").getByRole("link")).toHaveCount(6);
    await page.getByRole("button", { name: /^Archive/ }).click();
    await expect(chatList(page).locator(".chat-line").getByRole("link")).toHaveCount(7);
    await chatList(page).getByRole("link", { name: "Baking bread" }).click();
    await expect(questions(page)).toContainText(["How do I bake bread?"]);
    await expect(answers(page).first()).toContainText("gpt-4o");
    await page.reload();
    await expect(questions(page)).toContainText(["How do I bake bread?"]);
  });
}

test("a large import is let go by dropping it, can be stopped, and goes on where it was", async ({
  runHost,
  openDevice,
}) => {
  const chats = Array.from({ length: 300 }, (_, number) => ({
    ...{ uuid: `u-${number}`, name: `Number ${number}`, created_at: "2025-01-02T03:04:05Z" },
    chat_messages: [
      { uuid: "a", sender: "human", text: `Question ${number}`, content: [], created_at: "2025-01-02T03:04:05Z" },
      { uuid: "b", sender: "assistant", text: "word ".repeat(200), content: [], created_at: "2025-01-02T03:04:06Z" },
    ],
  }));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await page.keyboard.press("Control+,");
  await settings(page).getByText("or let one go here").scrollIntoViewIfNeeded();
  // Pressed by the page itself in the turn in which so much is in: for somebody who looks from outside it may be over by then.
  await page.evaluate(() => {
    const noted: string[] = [];
    Object.assign(globalThis, { noted });
    const look = new MutationObserver(() => {
      const dialog = document.querySelector("dialog[open]");
      const [says, done = "0"] = /(\d+) of 300 chats/.exec(dialog?.textContent ?? "") ?? [];
      if (says === undefined || Number(done) <= 20) return;
      look.disconnect();
      noted.push(says);
      [...(dialog?.querySelectorAll("button") ?? [])].find((button) => button.textContent.trim() === "Cancel")?.click();
    });
    look.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
  });
  await settings(page)
    .locator(".import-place")
    .evaluate((place, text) => {
      const files = new DataTransfer();
      files.items.add(new File([text], "conversations.json"));
      place.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: files }));
    }, JSON.stringify(chats));
  await expect(settings(page)).toContainText("Stopped. What is here by now is whole");
  const [, first = ""] = /(\d+) chats brought in from Claude/.exec((await settings(page).textContent()) ?? "") ?? [];
  expect(Number(first)).toBeGreaterThan(0);
  expect(Number(first)).toBeLessThan(300);
  await importIt(page, json(chats));
  await expect(settings(page)).toContainText(`${300 - Number(first)} chats brought in from Claude.`, {
    timeout: 60_000,
  });
  await expect(settings(page)).toContainText(`${first} chats were here already.`);
});

test("everything on this device is deleted once the word is typed, also by a page that was closed in the middle", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Kept on the host, sealed."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "A question that goes away");
  await expect(answers(page)).toContainText(["Kept on the host, sealed."]);
  await page.keyboard.press("Control+,");
  await settings(page).getByRole("button", { name: "Delete everything on this device…" }).click();
  await expect(settings(page).getByText("there are no 24 words"), "the last copy is called that").toBeVisible();
  const field = settings(page).getByRole("textbox", { name: "Type “delete” to go on" });
  await expect(field).toBeFocused();
  await field.fill("del");
  await field.press("Enter");
  await expect(settings(page).getByRole("button", { name: "Delete everything here" })).toBeDisabled();
  await shoot(page, "erase");
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  const stored = () =>
    page.evaluate(async () => ({
      databases: (await indexedDB.databases()).map(({ name }) => name).filter((name) => name !== "sovereign-lifeboat"),
      kept: Object.keys(localStorage),
    }));
  const nothing = { databases: [], kept: [] };
  await field.fill("delete");
  await field.press("Enter");
  await expect(page.getByRole("heading", { name: "This device has no vault yet" })).toBeVisible();
  await expect.poll(stored).toEqual(nothing);

  // As a page leaves it that went before its databases did.
  await page.evaluate(async () => {
    localStorage.setItem("sovereign.erasing", "1");
    await new Promise((resolve) => (indexedDB.open("left over").onsuccess = resolve));
  });
  await page.reload();
  await expect(page.getByRole("heading", { name: "This device has no vault yet" })).toBeVisible();
  await expect.poll(stored).toEqual(nothing);
});
