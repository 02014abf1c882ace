/** A browser that fails under the page: nothing is lost, a sentence says what happened, and the page goes on. */
import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox, questions, syncStatus, waitForServiceWorker } from "./device.ts";
import { expect, test } from "./fixtures.ts";
import { startHost } from "./hostProcess.ts";

const list = (page: Page) => page.getByRole("navigation", { name: "Chats" });

test("storage taken away while the page is closed: it says how to come back, and touches nothing of the host's", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Kept at the host."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Where is this kept?");
  await expect(answers(page)).toContainText(["Kept at the host."]);
  await expect(syncStatus(page)).toContainText("On your host");
  await page.goto("about:blank");
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("Storage.clearDataForOrigin", { origin: host.origin, storageTypes: "indexeddb" });
  await page.goto(host.origin);
  await expect(page.getByRole("button", { name: /24 words/ })).toBeVisible();
  await expect(page.getByRole("button", { name: "Create vault" })).toHaveCount(0);
});

test("JR16 a disk that is full while it is written: said at once, kept in memory, not given up to another tab, stored and sent once there is room", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Before."), say("After."));
  const host = await runHost();
  const before = await openDevice();
  await createVault(before.page, host.link);
  await ask(before.page, "First");
  await expect(answers(before.page)).toContainText(["Before."]);
  await expect(syncStatus(before.page)).toContainText("On your host");
  await before.close();
  // Chromium remembers for a while how much room there was: the disk is full before this one looks.
  const { page: first, newTab } = await openDevice({ profile: before.profile });
  let page = first;
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("Storage.overrideQuotaForOrigin", { origin: host.origin, quotaSize: 1 });
  await page.goto(host.origin);
  await list(page).getByRole("link", { name: "First" }).click();
  await expect(answers(page)).toContainText(["Before."]);
  await messageBox(page).fill("Typed on a full disk");
  await expect(page.getByText("This device stores nothing more")).toBeVisible();
  await expect(messageBox(page)).toHaveValue("Typed on a full disk");
  // What it can do without storing, it does: read, go elsewhere and come back.
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await page.goBack();
  await expect(answers(page)).toContainText(["Before."]);
  await expect(messageBox(page)).toHaveValue("Typed on a full disk");
  const other = await newTab(page.url());
  await other.getByRole("button", { name: "Use it here" }).click();
  await expect(other.getByRole("alert")).toContainText("words of yours that are in its memory alone");
  await expect(messageBox(page)).toHaveValue("Typed on a full disk");

  await devTools.send("Storage.overrideQuotaForOrigin", { origin: host.origin });
  await expect(page.getByText("This device stores nothing more")).toBeHidden({ timeout: 30_000 });
  await other.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("Sovereign is open in another tab")).toBeVisible();
  page = other;
  await expect(messageBox(page)).toHaveValue("Typed on a full disk");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(answers(page)).toContainText(["Before.", "After."]);
  await expect(syncStatus(page)).toContainText("On your host");
  await page.reload();
  await expect(questions(page)).toContainText(["First", "Typed on a full disk"]);
  await expect(answers(page)).toContainText(["Before.", "After."]);
});

test("JR17 storage taken away while the page is open: said at once, and what is written still reaches the host", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Before."), say("After."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "First");
  await expect(answers(page)).toContainText(["Before."]);
  await expect(syncStatus(page)).toContainText("On your host");
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("Storage.clearDataForOrigin", { origin: host.origin, storageTypes: "indexeddb" });
  await ask(page, "Asked on nothing");
  // What was being stored in that moment failed, and is tried again every five seconds.
  await expect(answers(page)).toContainText(["Before.", "After."], { timeout: 45_000 });
  await expect(page.getByText("thrown away what was stored here")).toBeVisible();
  expect(backend.requests.at(-1)?.body.messages?.at(-1)?.content).toContain("Asked on nothing");
});

test("a browser that refuses storage is told so on the first page", async ({ runHost, openDevice }) => {
  const host = await runHost();
  const { page, context } = await openDevice();
  await context.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    };
  });
  await page.goto(host.link);
  await expect(page.getByText("This browser cannot keep a vault")).toBeVisible();
  await expect(page.getByText("Leave private browsing")).toBeVisible();
});

test("two tabs: the second takes over, the first says so, and back; nothing is written twice", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("One."), say("Two."), say("Three."));
  const host = await runHost();
  const { page, newTab } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "First");
  await expect(answers(page)).toContainText(["One."]);
  await messageBox(page).fill("Half a thought");
  const other = await newTab(page.url());
  await expect(other.getByText("Sovereign is open in another tab")).toBeVisible();
  await other.getByRole("button", { name: "Use it here" }).click();
  await expect(messageBox(other)).toHaveValue("Half a thought");
  await expect(page.getByText("Sovereign is open in another tab")).toBeVisible();
  await ask(other, "Second");
  await expect(answers(other)).toContainText(["One.", "Two."]);
  await page.getByRole("button", { name: "Use it here" }).click();
  await expect(answers(page)).toContainText(["One.", "Two."]);
  await ask(page, "Third");
  await expect(answers(page)).toContainText(["One.", "Two.", "Three."]);
  await expect(syncStatus(page)).toContainText("On your host");
});

test("an old tab beside a new version is told, and loses nothing when it changes over", async ({
  folder,
  home,
  backend,
  openDevice,
}) => {
  backend.script(say("From the old version."));
  const appDir = join(folder, "app");
  cpSync(resolve(import.meta.dirname, "../../dist/client"), appDir, { recursive: true });
  const host = await startHost({ home, backend: backend.url, appDir });
  const { page, newTab } = await openDevice();
  await createVault(page, host.link);
  await waitForServiceWorker(page);
  await page.reload();
  await ask(page, "Which version?");
  await expect(answers(page)).toContainText(["From the old version."]);
  expect(await host.stop()).toBe(0);
  renamePart(appDir, "Settings-");
  const later = await startHost({ home, port: host.port, backend: backend.url, appDir });
  const other = await newTab(page.url());
  await other.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await other.locator(".toast").getByRole("button", { name: "Reload now" }).click();
  await expect(other.getByText("Sovereign is open in another tab")).toBeVisible();
  // The old one: what it had not fetched is gone, and it says that a newer one is there.
  await expect(page.locator(".toast")).toContainText("A new version is ready");
  await messageBox(page).fill("Written in the old one");
  // It waits for the vault, and would have it while the old one reloads.
  await other.close();
  await page.locator(".toast").getByRole("button", { name: "Reload now" }).click();
  await expect(messageBox(page)).toHaveValue("Written in the old one");
  await expect(answers(page)).toContainText(["From the old version."]);
  await page.keyboard.press("Control+,");
  await expect(page.getByRole("dialog", { name: "Settings" })).toBeVisible();
  await expect(list(page).locator(".chat-line").getByRole("link")).toHaveCount(1);
  expect(await later.stop()).toBe(0);
});

/** A part of the app under another name, as each build gives it, everywhere it is named. */
function renamePart(appDir: string, begins: string): void {
  const assets = join(appDir, "assets");
  const old = readdirSync(assets).find((name) => name.startsWith(begins) && name.endsWith(".js")) ?? "";
  const next = old.replace(/-[^.]+\.js$/, "-0newname.js");
  renameSync(join(assets, old), join(assets, next));
  const texts = [
    ...readdirSync(assets).map((name) => join(assets, name)),
    join(appDir, "sw.js"),
    join(appDir, "index.html"),
  ];
  for (const file of texts.filter((name) => /\.(js|html)$/.test(name))) {
    const text = readFileSync(file, "utf8");
    if (text.includes(old)) writeFileSync(file, text.replaceAll(old, next));
  }
}
