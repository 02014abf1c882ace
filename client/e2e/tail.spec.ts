import type { Page } from "@playwright/test";
import { createVault, messageBox, questions } from "./device.ts";
import { expect, test } from "./fixtures.ts";
import { importLong } from "./longChats.ts";

/** The document is there: most of it is empty space above. */
const isWhole = (page: Page): Promise<void> => expect(page.locator(".turn-space").first()).toBeAttached();

test("the end of a long chat is shown before its document is there, and what is typed meanwhile is kept", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page, context } = await openDevice();
  await createVault(page, host.link);
  const before = await databases(page);
  await importLong(page, 3_000);
  await page.getByRole("link", { name: "A long chat" }).click();
  await expect(questions(page).last()).toContainText("Question number 2998");
  // Its end is kept a moment after it was shown.
  await expect.poll(() => cachedRows(page)).toBeGreaterThan(0);

  // Its journal is kept from the page by somebody who writes in it, so which of both comes first is no matter of the machine.
  const opened = context.waitForEvent("page");
  await page.evaluate(() => void window.open("about:blank"));
  const writer = await opened;
  const journals = (await databases(page)).filter((name) => !before.includes(name) && name !== "sovereign-cache");
  await holdDatabases(writer, journals);
  // Noted, and typed, by the page itself in the turn in which its end stands there.
  await page.addInitScript(() => {
    // The next start types nothing: it is to find what this one typed.
    if (sessionStorage.getItem("noted") !== null) return;
    const noted: { turns: number; spaces: number }[] = [];
    Object.assign(globalThis, { noted });
    const look = (): void => {
      const box = document.querySelector<HTMLTextAreaElement>("#message");
      const turns = [...document.querySelectorAll(".turn")];
      if (noted.length > 0 || box === null || !turns.some((turn) => turn.textContent.includes("Question number 2998")))
        return;
      sessionStorage.setItem("noted", "");
      noted.push({ turns: turns.length, spaces: document.querySelectorAll(".turn-space").length });
      box.value = "typed before it was there";
      box.dispatchEvent(new InputEvent("input", { bubbles: true }));
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
  });
  await page.reload();
  await expect(questions(page).last()).toContainText("Question number 2998", { timeout: 60_000 });
  const [end] = await page.evaluate(
    () => (globalThis as unknown as { noted: readonly { turns: number; spaces: number }[] }).noted,
  );
  expect(end?.turns, "its end, and no more").toBeLessThanOrEqual(16);
  expect(end?.spaces).toBe(0);
  await writer.close();
  await isWhole(page);
  await expect(page.getByText("Question number 2998", { exact: true })).toBeInViewport();
  await expect(messageBox(page)).toHaveValue("typed before it was there");
  await page.waitForTimeout(1_000);
  await page.reload();
  await isWhole(page);
  await expect(messageBox(page)).toHaveValue("typed before it was there");
});

test("an end that was changed on the disk, or is of a deleted database, is as if there had been none", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await importLong(page, 400);
  await page.getByRole("link", { name: "A long chat" }).click();
  await expect.poll(() => cachedRows(page)).toBeGreaterThan(0);
  await page.evaluate(
    () =>
      new Promise<void>((done, fail) => {
        const opening = indexedDB.open("sovereign-cache");
        opening.onsuccess = () => {
          const rows = opening.result.transaction("rows", "readwrite").objectStore("rows");
          const walk = rows.openCursor();
          walk.onsuccess = () => {
            const cursor = walk.result;
            if (cursor === null) return void done();
            const row = cursor.value as { name: string; value: Uint8Array };
            row.value[60] = (row.value[60] ?? 0) ^ 1;
            cursor.update(row);
            cursor.continue();
          };
          walk.onerror = () => fail(new Error("no rows"));
        };
      }),
  );
  await page.reload();
  await expect(questions(page).last()).toContainText("Question number 398");
  await isWhole(page);
});

function cachedRows(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const there = await indexedDB.databases();
    if (!there.some(({ name }) => name === "sovereign-cache")) return 0;
    return new Promise<number>((done) => {
      const opening = indexedDB.open("sovereign-cache");
      opening.onsuccess = () => {
        const database = opening.result;
        const count = database.transaction("rows").objectStore("rows").count();
        count.onsuccess = () => {
          database.close();
          done(count.result);
        };
      };
    });
  });
}

function databases(page: Page): Promise<readonly string[]> {
  return page.evaluate(async () => (await indexedDB.databases()).map(({ name = "" }) => name));
}

/** A transaction that has always another request waits for nobody, and lets nobody read, until its page is closed. */
function holdDatabases(page: Page, names: readonly string[]): Promise<void> {
  return page.evaluate(async (held) => {
    for (const name of held)
      await new Promise<void>((done) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => {
          const stores = [...opening.result.objectStoreNames];
          const transaction = opening.result.transaction(stores, "readwrite");
          const ask = (): void => {
            transaction.objectStore(stores[0] ?? "").count().onsuccess = () => {
              done();
              ask();
            };
          };
          ask();
        };
      });
  }, names);
}
