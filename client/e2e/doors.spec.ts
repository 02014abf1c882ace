import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox } from "./device.ts";
import { expect, test } from "./fixtures.ts";

test("the link opened twice in the same browser opens the vault that is there", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Still here."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Are you there?");
  await expect(answers(page)).toContainText(["Still here."]);
  await page.goto("about:blank");
  await page.goto(host.link);
  await expect(messageBox(page)).toBeVisible();
  await expect(page.getByRole("button", { name: "Create vault" })).toBeHidden();
});

test("a used link opened in another browser is refused with a sentence, and the first vault is untouched", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const first = await openDevice();
  await createVault(first.page, host.link);
  const second = await openDevice();
  await second.page.goto(host.link);
  await second.page.getByRole("button", { name: "Create vault" }).click();
  await expect(second.page.getByText(/already/i).first()).toBeVisible();
  await expect(messageBox(second.page)).toBeHidden();
  await ask(first.page, "Is this still mine?");
  await expect(answers(first.page)).toHaveCount(1);
});

test("without a link: the page says what to do", async ({ runHost, openDevice }) => {
  const host = await runHost();
  const { page } = await openDevice();
  await page.goto(host.origin);
  await expect(page.getByText("npm start")).toBeVisible();
  await expect(page.getByRole("button", { name: "Create vault" })).toBeHidden();
});

test("a link for another host is refused before anything is created there", async ({ runHost, openDevice }) => {
  const host = await runHost();
  const { page } = await openDevice();
  const seed = new URL(host.link).hash.split("&")[0];
  await page.goto(`${host.origin}/${seed}&h=${"A".repeat(22)}`);
  await page.getByRole("button", { name: "Create vault" }).click();
  await expect(page.getByText("The vault was not created")).toBeVisible();
  await expect(messageBox(page)).toBeHidden();
  expect(host.printed()).not.toMatch(/claimed/i);
});

test("a second tab waits until it is asked to take over, and then the first one does", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Answered in the first tab."), say("Answered in the second tab."));
  const host = await runHost();
  const { page: first, newTab } = await openDevice();
  await createVault(first, host.link);
  await ask(first, "Which tab is this?");
  await expect(answers(first)).toContainText(["Answered in the first tab."]);

  const second = await newTab(host.origin);
  await expect(second.getByText("Sovereign is open in another tab")).toBeVisible();
  await expect(messageBox(second)).toBeHidden();
  await second.getByRole("button", { name: "Use it here" }).click();
  await expect(first.getByText("Sovereign is open in another tab")).toBeVisible();
  await expect(messageBox(first)).toBeHidden();

  await second.getByRole("navigation", { name: "Chats" }).getByText("Which tab is this?").click();
  await expect(answers(second)).toContainText(["Answered in the first tab."]);
  await ask(second, "And this one?");
  await expect(answers(second)).toContainText(["Answered in the first tab.", "Answered in the second tab."]);
});

test("a tab that is asked for the vault while it is still opening it gives it up", async ({ runHost, openDevice }) => {
  const host = await runHost();
  const { context, page: first, newTab } = await openDevice();
  await createVault(first, host.link);
  const slow = await context.newPage();
  await slow.addInitScript(() => {
    const decrypt = SubtleCrypto.prototype.decrypt.bind(crypto.subtle);
    SubtleCrypto.prototype.decrypt = (...args) =>
      new Promise((resolve) => setTimeout(resolve, 1_500)).then(() => decrypt(...args));
  });
  await slow.goto(host.origin);
  const last = await newTab(host.origin);
  await slow.getByRole("button", { name: "Use it here" }).click();
  await expect(first.getByText("Sovereign is open in another tab")).toBeVisible();
  await last.getByRole("button", { name: "Use it here" }).click();
  await expect(messageBox(last)).toBeVisible();
  // The time in which the slow tab would have come to its end.
  await slow.waitForTimeout(2_000);
  await expect(messageBox(slow)).toBeHidden();
  await expect(slow.getByText("Sovereign is open in another tab")).toBeVisible();
});

test("a browser that lacks what the seal needs is told so, before anything is created", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { context, page } = await openDevice();
  await context.addInitScript(() => {
    Reflect.deleteProperty(Navigator.prototype, "locks");
  });
  await page.goto(host.link);
  await expect(page.getByRole("heading")).toHaveText(/cannot keep a vault/i);
  await expect(page.getByRole("button", { name: "Create vault" })).toBeHidden();
});

test("a part of the app that cannot be fetched is told in a sentence, and a reload mends it", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page, context } = await openDevice();
  await context.route(/MainView-.*\.js$/, (route) => route.abort());
  await page.goto(host.link);
  await page.getByRole("button", { name: "Create vault" }).click();
  await expect(page.getByRole("heading", { name: "This page lost its way" })).toBeVisible();
  await context.unroute(/MainView-.*\.js$/);
  await page.getByRole("button", { name: "Reload the page" }).click();
  await expect(messageBox(page)).toBeVisible();
});
