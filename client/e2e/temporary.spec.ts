/** A temporary chat, as a person has one, and what is left of it anywhere: nothing. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { canaryForms, scanFolder } from "./canaryScan.ts";
import {
  answers,
  ask,
  createVault,
  messageBox,
  questions,
  stopButton,
  syncStatus,
  waitForServiceWorker,
} from "./device.ts";
import { expect, test } from "./fixtures.ts";

const secret = "the heron at Ravenglass";
const bar = (page: Page): Locator => page.getByRole("region", { name: "Temporary chat" });
const chatList = (page: Page): Locator => page.getByRole("navigation", { name: "Chats" });
const shoot = async (page: Page, name: string): Promise<void> => {
  if (process.env["SHOTS"] !== undefined) await page.screenshot({ path: `${process.env["SHOTS"]}/${name}.png` });
};

/** How many bytes the page's databases hold, sealed or not. */
function countBytes(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.addEventListener("success", () => resolve(request.result));
        request.addEventListener("error", () => reject(request.error ?? new Error("IndexedDB")));
      });
    let bytes = 0;
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name ?? ""));
      for (const store of database.objectStoreNames)
        for (const value of await done<unknown[]>(database.transaction(store).objectStore(store).getAll()))
          bytes += value instanceof Uint8Array ? value.length : JSON.stringify(value).length;
      database.close();
    }
    return bytes;
  });
}

/** Where the catalog's log was read to is noted now and then, and takes less than this; the smallest envelope takes more. */
const noteBytesMax = 300;

test("nothing of it is on a disk of the browser or the host, sealed or not; closed, it is gone", async ({
  runHost,
  backend,
  openDevice,
  folder,
  home,
}) => {
  backend.script(say(`About ${secret}: it stands there.`), say("Lasting."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await expect(syncStatus(page)).toContainText("On your host");
  const log = join(home, "relay/log.sqlite");
  const sizes = (): number => ["", "-wal"].reduce((sum, end) => sum + statSync(log + end).size, 0);
  const [bytesBefore, sizeBefore] = [await countBytes(page), sizes()];

  await page.getByRole("button", { name: "Temporary chat" }).click();
  await expect(bar(page)).toContainText("On no disk");
  await expect(page).toHaveURL(/\/$/);
  await ask(page, `Tell me of ${secret}`);
  await expect(answers(page)).toContainText([`About ${secret}`]);
  await expect(stopButton(page)).toBeHidden();
  await expect(syncStatus(page)).toContainText("On no disk");
  await expect(chatList(page).locator(".chat-line").getByRole("link")).toHaveCount(0);
  await expect(page, "browsers keep addresses").toHaveURL(/\/$/);
  await shoot(page, "temporary");
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  expect(await countBytes(page), "no envelope more in the browser").toBeLessThan(bytesBefore + noteBytesMax);
  expect(sizes(), "not one byte more at the relay").toBe(sizeBefore);

  await bar(page).getByRole("button", { name: "Close" }).click();
  await expect(bar(page)).toHaveCount(0);
  await expect(questions(page)).toHaveCount(0);
  await page.goBack();
  await expect(questions(page), "nor by going back").toHaveCount(0);
  await page.goForward();

  // A lasting chat writes to both: what was counted would have been seen.
  await ask(page, "And this one stays");
  await expect(answers(page)).toContainText(["Lasting."]);
  await expect.poll(() => countBytes(page)).toBeGreaterThan(bytesBefore + 2 * noteBytesMax);
  await expect.poll(sizes).toBeGreaterThan(sizeBefore);
  await page.context().close();
  expect(await host.stop()).toBe(0);
  expect(scanFolder(folder, canaryForms(secret))).toEqual([]);
});

for (const [where, viewport, isTouch, colorScheme] of [
  ["a desk", { width: 1280, height: 800 }, false, "light"],
  ["a phone, in the dark", { width: 390, height: 844 }, true, "dark"],
] as const) {
  test(`on ${where}: one comes back to it, keeps it, and it is a chat like any other`, async ({
    runHost,
    backend,
    openDevice,
  }) => {
    backend.script(say("First answer."), say("Second."));
    const host = await runHost();
    const { page } = await openDevice({ viewport, isTouch, colorScheme });
    await createVault(page, host.link);
    await page.getByRole("button", { name: "Temporary chat" }).click();
    await ask(page, "Something for now");
    await expect(answers(page)).toContainText(["First answer."]);
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: "Attach files" }).click(),
    ]);
    await chooser.setFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("words") });
    await expect(page.getByText("Files are kept on a disk")).toBeVisible();
    const openList = async (): Promise<void> => {
      if (isTouch) await page.getByRole("button", { name: "Open chats" }).tap();
    };
    await openList();
    await page.getByRole("button", { name: "New chat", exact: true }).click();
    await expect(questions(page)).toHaveCount(0);
    await openList();
    await shoot(page, `temporary-list-${colorScheme}`);
    await page.getByRole("button", { name: "Back to the temporary chat" }).click();
    await expect(questions(page)).toContainText(["Something for now"]);
    await shoot(page, `temporary-${colorScheme}`);
    await bar(page).getByRole("button", { name: "Keep this chat" }).click();
    await expect(bar(page)).toHaveCount(0);
    await expect(page).toHaveURL(/#\/chat\//);
    await expect(answers(page)).toContainText(["First answer."]);
    await page.reload();
    await expect(answers(page)).toContainText(["First answer."]);
    await ask(page, "And then?");
    await expect(answers(page)).toContainText(["First answer.", "Second."]);
  });
}

test("a page that is reloaded has none, and without its host it waits", async ({ runHost, backend, openDevice }) => {
  backend.script(say("Here after all."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await expect(syncStatus(page)).toContainText("On your host");
  await waitForServiceWorker(page);
  await host.stop();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("temporary");
  await page.keyboard.press("Enter");
  await ask(page, "Are you there?");
  await expect(page.getByText("Waiting for your host").first()).toBeVisible();
  await runHost();
  await expect(answers(page)).toContainText(["Here after all."], { timeout: 60_000 });
  await page.reload();
  await expect(messageBox(page)).toBeVisible();
  await expect(questions(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Back to the temporary chat" })).toHaveCount(0);
});
