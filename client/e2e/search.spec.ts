import type { Locator, Page } from "@playwright/test";
import { AxeBuilder } from "@axe-core/playwright";
import { say } from "../../host/testing/scriptedBackend.ts";
import { canaryForms, scanFolder } from "./canaryScan.ts";
import { answers, ask, createVault, messageBox, questions, stopButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";
import { importLong } from "./longChats.ts";

const palette = (page: Page): Locator => page.getByRole("dialog", { name: "Search and commands" });
const field = (page: Page): Locator => palette(page).getByRole("combobox");
const options = (page: Page): Locator => palette(page).getByRole("option");

/** What the database of what need not be made again holds. */
const cacheRows = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const there = await indexedDB.databases();
    if (!there.some(({ name }) => name === "sovereign-cache")) return 0;
    return new Promise<number>((done) => {
      const opening = indexedDB.open("sovereign-cache");
      opening.onsuccess = () => {
        const count = opening.result.transaction("rows").objectStore("rows").count();
        count.onsuccess = () => {
          opening.result.close();
          done(count.result);
        };
      };
    });
  });

test("filters narrow a search down: offered, written, shown as they are understood, taken out again", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Apples are for cakes."), say("Apples are for cider."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "What about cakes and apples?");
  await expect(answers(page)).toContainText(["Apples are for cakes."]);
  await expect(stopButton(page)).toBeHidden();
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await ask(page, "Cider, please");
  await expect(answers(page)).toContainText(["Apples are for cider."]);
  await expect(stopButton(page)).toBeHidden();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("apples");
  const messages = palette(page).getByRole("group", { name: "Messages" }).getByRole("option");
  await expect(messages).toHaveCount(3);
  await page.keyboard.type(" from:me ");
  await expect(messages).toHaveCount(1);
  await expect(messages).toContainText("What about cakes and");
  await palette(page).getByRole("button", { name: "Remove from:me" }).click();
  await expect(messages).toHaveCount(3);
  await expect(field(page)).toBeFocused();

  await page.keyboard.type("in:");
  await expect(palette(page).getByRole("group", { name: "Narrow down" }).getByRole("option")).toHaveCount(2);
  await page.keyboard.type("cid");
  await page.keyboard.press("Enter");
  await expect(field(page)).toHaveValue(/^apples in:"Cider, please" $/);
  await expect(messages).toHaveCount(1);
  await expect(messages).toContainText("Apples are for cider.");
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await field(page).fill("after:today from:assistant");
  await expect(messages).toHaveCount(2);
  await field(page).fill("before:2020 apples");
  await expect(messages).toHaveCount(0);
  await expect(palette(page)).toContainText("Nothing found");
  await field(page).fill("is:pinned apples");
  await expect(messages).toHaveCount(0);
});

test("S-11 I6 the index is kept sealed, is there after a reload without reading the chats again, and is made anew when it is broken", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page, profile, close } = await openDevice();
  await createVault(page, host.link);
  await importLong(page, 2_500);
  await page.getByRole("link", { name: "A long chat" }).click();
  await expect(questions(page).last()).toContainText("Question number 2498");
  // What the search keeps may come before anybody looks.
  await expect.poll(() => cacheRows(page), { message: "the end of the chat" }).toBeGreaterThan(0);
  await page.keyboard.press("Control+k");
  await field(page).fill("question number 1234");
  const hit = options(page).filter({ hasText: "Question number 1234" });
  await expect(hit.first()).toBeVisible({ timeout: 60_000 });
  await expect.poll(() => cacheRows(page), { message: "two parts, and their list", timeout: 30_000 }).toBe(4);

  // Its parts are harmed, one byte each: the search finds all the same.
  await page.evaluate(
    () =>
      new Promise<void>((done) => {
        const opening = indexedDB.open("sovereign-cache");
        opening.onsuccess = () => {
          const walk = opening.result.transaction("rows", "readwrite").objectStore("rows").openCursor();
          walk.onsuccess = () => {
            const cursor = walk.result;
            if (cursor === null) {
              opening.result.close();
              return done();
            }
            const row = cursor.value as { name: string; value: Uint8Array };
            row.value[70] = (row.value[70] ?? 0) ^ 1;
            cursor.update(row);
            cursor.continue();
          };
        };
      }),
  );
  await page.reload();
  // At once, while the chat is still being read: the jump waits for it, and goes to its place whatever heights were guessed before.
  await expect(messageBox(page)).toBeVisible();
  await page.keyboard.press("Control+k");
  await field(page).fill("question number 1234");
  await expect(hit.first()).toBeVisible({ timeout: 60_000 });
  await hit.first().click();
  await expect(page.getByText("Question number 1234", { exact: true })).toBeInViewport();

  await close();
  const forms = ["Question number 1234", "words that fill a line or two"].flatMap((sentence) => canaryForms(sentence));
  expect(scanFolder(profile, forms), "every file of the browser's profile").toEqual([]);
});
