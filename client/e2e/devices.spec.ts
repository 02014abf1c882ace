import { cpSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { encode } from "uqr";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, conversation, createVault, messageBox, questions, stopButton, syncStatus } from "./device.ts";
import { smallTargets } from "./fingers.ts";
import { expect, test } from "./fixtures.ts";

const sheet = (page: Page): Locator => page.getByRole("dialog", { name: /Devices|Add a device|24 words|Remove/ });
const deviceLine = (page: Page, name: string): Locator =>
  sheet(page).getByRole("list", { name: "Devices" }).getByRole("listitem").filter({ hasText: name });
const outcome = (page: Page): Locator => sheet(page).locator(".devices-says");

async function openSheet(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Devices", exact: true }).click();
  await expect(sheet(page).getByRole("heading", { name: "Devices" })).toBeVisible();
}

async function showCode(page: Page): Promise<string> {
  await openSheet(page);
  await sheet(page).getByRole("button", { name: "Add a device" }).click();
  await expect(sheet(page).getByRole("img", { name: "QR code with the link for the new device" })).toBeVisible();
  return (await sheet(page).locator(".pair-link").textContent()) ?? "";
}

const digitsOn = async (page: Page): Promise<string> => (await page.locator(".digits").textContent()) ?? "";

/** From a code on the one to the vault on the other, by the link in the address bar. */
async function pairUp(trusted: Page, fresh: Page): Promise<void> {
  const link = await showCode(trusted);
  await fresh.goto(link);
  await expect(fresh.locator(".digits")).toBeVisible();
  await expect(trusted.locator(".digits")).toBeVisible();
  expect(await digitsOn(fresh)).toBe(await digitsOn(trusted));
  await fresh.getByRole("button", { name: "They are the same" }).click();
  await trusted.getByRole("button", { name: "They are the same" }).click();
  await expect(messageBox(fresh)).toBeVisible();
}

async function noViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).disableRules(["heading-order"]).analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`),
  ).toEqual([]);
}

/** Reads the words off the screen, and answers the three that are asked for. */
async function writeDown(page: Page): Promise<string[]> {
  const words = await page.getByRole("list", { name: "Your 24 words" }).getByRole("listitem").allTextContents();
  expect(words).toHaveLength(24);
  await page.getByRole("button", { name: "I have written them down" }).click();
  for (const field of await page.getByRole("textbox", { name: /^Word \d+$/ }).all()) {
    const label = (await field.evaluate((input) => (input as HTMLInputElement).labels?.[0]?.textContent)) ?? "";
    await field.fill(words[Number(label.replace(/\D/g, "")) - 1] ?? "");
  }
  return words;
}

test("DU1 two browsers: a code, six digits, one vault; both see each answer grow; renamed, removed, cut off", async ({
  runHost,
  backend,
  openDevice,
}) => {
  const host = await runHost();
  const { page: laptop } = await openDevice();
  const { page: phone } = await openDevice({ viewport: { width: 390, height: 844 }, isTouch: true });
  backend.script(say("Seen by the laptop alone."));
  await createVault(laptop, host.link);
  await ask(laptop, "Before the phone");
  await expect(answers(laptop)).toContainText(["Seen by the laptop alone."]);

  await pairUp(laptop, phone);
  // Nothing of the code is left in the address.
  expect(new URL(phone.url()).hash).toBe("");
  await expect(outcome(laptop)).toContainText("is a device of your vault now");
  const added = deviceLine(laptop, "").last();
  await expect(added).toContainText("Here now");
  await expect(sheet(laptop).getByRole("listitem").filter({ hasText: "This device" })).toHaveCount(1);

  await phone.getByRole("button", { name: "Open chats" }).click();
  await phone.getByRole("navigation", { name: "Chats" }).getByText("Before the phone").click();
  await expect(answers(phone)).toContainText(["Seen by the laptop alone."]);

  // In place, by keyboard, for both to see.
  await added.getByRole("button", { name: /^Actions for/ }).click();
  await laptop.getByRole("menuitem", { name: "Rename" }).click();
  await laptop.getByRole("textbox", { name: /^Rename/ }).fill("Pocket");
  await laptop.keyboard.press("Enter");
  await expect(deviceLine(laptop, "Pocket")).toHaveCount(1);
  await laptop.keyboard.press("Escape");
  await expect(sheet(laptop)).toHaveCount(0);

  const seen = Promise.withResolvers<void>();
  backend.script(say("one two three four five six. ".repeat(6), { delayMs: 30, until: seen.promise }));
  await ask(phone, "Count for both of us");
  await expect(stopButton(phone)).toBeVisible();
  await expect(conversation(laptop)).toContainText("Count for both of us");
  await expect(answers(laptop).last()).toContainText("one two three");
  await expect(stopButton(laptop), "the laptop sees it while it grows").toBeVisible();
  seen.resolve();
  await expect(stopButton(phone)).toBeHidden();
  await expect(stopButton(laptop)).toBeHidden();
  await expect(answers(laptop).last()).toContainText("six. one");
  await expect
    .poll(async () => (await answers(laptop).last().textContent()) === (await answers(phone).last().textContent()))
    .toBe(true);

  await openSheet(laptop);
  await deviceLine(laptop, "Pocket").getByRole("button", { name: "Actions for Pocket" }).click();
  await laptop.getByRole("menuitem", { name: "Remove" }).click();
  await expect(sheet(laptop)).toContainText("What it has already read stays on it");
  await expect(sheet(laptop).getByRole("button", { name: "Cancel" })).toBeFocused();
  const cut = phone.getByText("This device was removed from the vault").first();
  await sheet(laptop).getByRole("button", { name: "Remove it" }).click();
  await expect(cut, "cut off where it stands").toBeVisible();
  await expect(outcome(laptop)).toContainText("“Pocket” was removed");
  await expect(deviceLine(laptop, "Pocket")).toHaveCount(0);
  await laptop.keyboard.press("Escape");

  backend.script(say("Not for the phone: heron."));
  await ask(laptop, "After the phone was removed");
  await expect(answers(laptop).last()).toContainText("heron");
  await expect(syncStatus(laptop)).toHaveText(/on your host/i);
  await phone.waitForTimeout(1_500);
  await expect(conversation(phone)).not.toContainText(/heron|After the phone/);
});

test("DU2 codes that do not work say why: another product's, another host's, used, cancelled, on a device that has a vault", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page: laptop } = await openDevice();
  const { page: fresh } = await openDevice();
  await createVault(laptop, host.link);
  await fresh.goto(host.origin);
  await fresh.getByRole("button", { name: "Add this device to a vault" }).click();
  const field = fresh.getByRole("textbox", { name: "Link from the other device" });
  const go = fresh.getByRole("button", { name: "Continue" });
  for (const text of ["https://example.org/", "WIFI:T:WPA;S:home;P:secret;;", "otpauth://totp/x?secret=ABC", ""]) {
    await field.fill(text);
    await go.click();
    await expect(fresh.getByText("This is not a link for adding a device.")).toBeVisible();
  }

  const link = await showCode(laptop);
  await field.fill(link.replace(host.origin, "http://elsewhere.invalid:4242"));
  await go.click();
  await expect(fresh.getByText("This link leads to http://elsewhere.invalid:4242")).toBeVisible();

  // Pasted with line breaks in it, as mails do; cancelled on the device that showed it.
  await field.fill(`${link.slice(0, 60)} ${link.slice(60)}`);
  await go.click();
  await expect(laptop.locator(".digits")).toBeVisible();
  await laptop.getByRole("button", { name: "They differ" }).click();
  await expect(fresh.getByText("The other device said no, or stopped.")).toBeVisible();
  await expect(sheet(laptop).getByRole("alert")).toContainText("Adding the device was cancelled");

  await go.click();
  await expect(fresh.getByText("This code has run out")).toBeVisible();

  await sheet(laptop).getByRole("button", { name: "Show a new code" }).click();
  const second = (await sheet(laptop).locator(".pair-link").textContent()) ?? "";
  expect(second).not.toBe(link);
  await laptop.goto(second);
  await expect(messageBox(laptop)).toBeVisible();
  await expect(laptop.getByText("This device has a vault already.")).toBeVisible();
  expect(new URL(laptop.url()).hash).toBe("");
  await expect(fresh.getByRole("button", { name: "Continue" })).toBeVisible();
});

test("DU3 a camera that the browser can read codes with is a way in", async ({ runHost, openDevice }) => {
  const host = await runHost();
  const { page: laptop } = await openDevice();
  const { context, page: phone } = await openDevice({ viewport: { width: 390, height: 844 }, isTouch: true });
  await createVault(laptop, host.link);
  const link = await showCode(laptop);
  // Chromium on Linux has neither a detector nor, here, a camera: both stand in.
  await context.addInitScript((text) => {
    let looks = 0;
    Object.assign(window, {
      BarcodeDetector: class {
        detect(): Promise<{ rawValue: string }[]> {
          looks += 1;
          return Promise.resolve(looks < 3 ? [] : [{ rawValue: text }]);
        }
      },
    });
    const canvas = document.createElement("canvas");
    const ink = canvas.getContext("2d");
    setInterval(() => ink?.fillRect(0, 0, 1 + (Date.now() % 100), 10), 50);
    navigator.mediaDevices.getUserMedia = () => Promise.resolve(canvas.captureStream(5));
  }, link);
  await phone.goto(host.origin);
  await phone.getByRole("button", { name: "Add this device to a vault" }).click();
  await phone.getByRole("button", { name: "Scan with this camera" }).click();
  await expect(phone.locator(".digits")).toBeVisible();
  expect(await digitsOn(phone)).toBe(await digitsOn(laptop));
});

test("DU3 where the browser reads no codes by itself, the page does; a code of another product is a sentence", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page: laptop } = await openDevice();
  const { context, page: phone } = await openDevice({ viewport: { width: 390, height: 844 }, isTouch: true });
  await createVault(laptop, host.link);
  const link = await showCode(laptop);
  const codes = ["WIFI:S:Cafe;T:WPA;P:espresso;;", link].map((text) => encode(text, { border: 4 }).data);
  // A camera that is held at one code, then at the other: pictures of them, as a camera gives.
  await context.addInitScript((shown) => {
    Reflect.deleteProperty(window, "BarcodeDetector");
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    let asked = -1;
    const draw = (): void => {
      const ink = canvas.getContext("2d");
      const code = shown[Math.min(asked, shown.length - 1)];
      if (ink === null || code === undefined) return;
      ink.fillStyle = "#ddd";
      ink.fillRect(0, 0, 640, 480);
      const size = Math.floor(440 / code.length);
      ink.fillStyle = "#111";
      for (const [y, row] of code.entries())
        for (const [x, isDark] of row.entries()) if (isDark) ink.fillRect(100 + x * size, 20 + y * size, size, size);
    };
    setInterval(draw, 100);
    navigator.mediaDevices.getUserMedia = () => {
      asked += 1;
      return Promise.resolve(canvas.captureStream(10));
    };
  }, codes);
  const fetched: string[] = [];
  phone.on("request", (request) => fetched.push(request.url()));
  await phone.goto(host.origin);
  await phone.getByRole("button", { name: "Add this device to a vault" }).click();
  const before = fetched.length;
  await phone.getByRole("button", { name: "Scan with this camera" }).click();
  await expect(
    phone.getByText("not a link of Sovereign", { exact: false }).or(phone.locator(".trouble")),
  ).toBeVisible();
  expect(fetched.length, "the decoder comes when it is needed").toBeGreaterThan(before);
  await phone.getByRole("button", { name: "Scan with this camera" }).click();
  await expect(phone.locator(".digits")).toBeVisible();
  expect(await digitsOn(phone)).toBe(await digitsOn(laptop));
});

test("DU6 what a removed device wrote offline turns up by a host that was restored: set aside, and the owner takes it over", async ({
  runHost,
  backend,
  openDevice,
  home,
}) => {
  // Three lives of a host and two devices: the waits for a link alone may come to more than a test has.
  test.setTimeout(240_000);
  const host = await runHost();
  const { page: laptop } = await openDevice();
  const { page: phone, context: phoneContext } = await openDevice({
    viewport: { width: 390, height: 844 },
    isTouch: true,
  });
  backend.script(say("Shared."));
  await createVault(laptop, host.link);
  await ask(laptop, "Before it was lost");
  await expect(answers(laptop)).toContainText(["Shared."]);
  await pairUp(laptop, phone);
  await laptop.keyboard.press("Escape");
  await phone.getByRole("button", { name: "Open chats" }).click();
  await phone.getByRole("navigation", { name: "Chats" }).getByText("Before it was lost").click();
  await expect(answers(phone)).toContainText(["Shared."]);
  await expect(syncStatus(laptop)).toHaveText(/on your host|another device/i);
  await host.stop();
  cpSync(home, `${home}.before`, { recursive: true, filter: (path) => !path.endsWith(".sock") });

  // On the train, without a link, it asks something; meanwhile it is given up for lost.
  await phoneContext.setOffline(true);
  await messageBox(phone).fill("Asked on the train");
  await phone.getByRole("button", { name: "Send" }).click();
  await expect(questions(phone).last()).toContainText("Asked on the train");
  const again = await runHost();
  await expect(syncStatus(laptop)).toHaveText(/on your host|another device/i);
  await openSheet(laptop);
  await deviceLine(laptop, "")
    .last()
    .getByRole("button", { name: /^Actions for/ })
    .click();
  await laptop.getByRole("menuitem", { name: "Remove" }).click();
  await sheet(laptop).getByRole("button", { name: "Remove it" }).click();
  await expect(outcome(laptop)).toContainText("was removed");
  await laptop.keyboard.press("Escape");
  const laptopContext = laptop.context();
  await laptopContext.setOffline(true);
  await again.stop();

  // The host comes back as it was before the removal, and the phone reaches it first.
  rmSync(home, { recursive: true });
  renameSync(`${home}.before`, home);
  await runHost();
  backend.script(say("Answered by the restored host."));
  await phoneContext.setOffline(false);
  await expect(syncStatus(phone)).toHaveText(/on your host/i, { timeout: 60_000 });
  await laptopContext.setOffline(false);
  const aside = laptop.getByRole("group", { name: /was removed, and wrote here before it knew/ });
  await expect(aside).toBeVisible({ timeout: 60_000 });
  await expect(conversation(laptop)).not.toContainText("Asked on the train");
  await noViolations(laptop);
  await aside.getByRole("button", { name: "Take over" }).click();
  await expect(conversation(laptop)).toContainText("Asked on the train");
  await expect(aside).toHaveCount(0);
  await expect(phone.getByText("This device was removed from the vault").first()).toBeVisible({ timeout: 60_000 });
});

test("DU4 the words: shown once, asked for, printed; then a clean browser comes back with nothing else", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Kept by the host, sealed."));
  const host = await runHost();
  const first = await openDevice();
  const { page } = first;
  await createVault(page, host.link);
  const card = page.getByRole("complementary", { name: "24 words" });
  await expect(card).toContainText("the only way back");
  await ask(page, "What is worth keeping?");
  await expect(answers(page)).toContainText(["Kept by the host, sealed."]);

  // Put off: the words on show do not count, and it says so; the reminder stays.
  const reminder = page.getByRole("button", { name: "Write down your 24 words" });
  await reminder.click();
  const list = page.getByRole("list", { name: "Your 24 words" });
  await expect(list.getByRole("listitem")).toHaveCount(24);
  const thrownAway = await list.getByRole("listitem").allTextContents();
  await page.keyboard.press("Escape");
  await expect(outcome(page)).toContainText("do not count yet");
  await page.keyboard.press("Escape");
  await reminder.click();
  await expect(list.getByRole("listitem")).toHaveCount(24);
  expect(await list.getByRole("listitem").allTextContents()).not.toEqual(thrownAway);

  const words = await writeDown(page);
  const [wrong] = await page.getByRole("textbox", { name: /^Word \d+$/ }).all();
  const right = (await wrong?.inputValue()) ?? "";
  await wrong?.fill("zebra");
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("Not all three are right.")).toBeVisible();
  await wrong?.fill(right.toUpperCase());
  await page.emulateMedia({ media: "print" });
  const paper = page.locator(".recovery-sheet");
  await expect(paper).toBeVisible();
  await expect(
    paper
      .getByRole("listitem")
      .filter({ hasText: words[0] ?? "?" })
      .first(),
  ).toBeVisible();
  await expect(page.getByRole("dialog")).toBeHidden();
  const sheetLink = (await paper.locator(".sheet-link").textContent()) ?? "";
  await page.emulateMedia({ media: "screen" });
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(outcome(page)).toContainText("Your 24 words count now");
  await page.keyboard.press("Escape");
  await expect(reminder).toHaveCount(0);
  await expect(syncStatus(page)).toHaveText(/on your host/i);
  await first.close();

  const { page: clean } = await openDevice();
  await clean.goto(host.origin);
  await clean.getByRole("button", { name: "I have my 24 words" }).click();
  const field = clean.getByRole("textbox", { name: "The 24 words, in their order" });
  const look = clean.getByRole("button", { name: "Look for the vault" });
  await field.fill(words.slice(1).join(" "));
  await look.click();
  await expect(clean.getByText("That is 23 of 24 words.")).toBeVisible();
  await field.fill(words.with(4, "qwertz").join(" "));
  await look.click();
  await expect(clean.getByText("Word 5, “qwertz”, is not one of the list.")).toBeVisible();
  await field.fill(thrownAway.join(" "));
  await look.click();
  await expect(clean.getByText("These words open no vault on this host.")).toBeVisible();
  await field.fill(words.map((word) => word.slice(0, 4).toUpperCase()).join(",\n"));
  await look.click();
  await expect(clean.getByRole("heading", { name: "Your vault is there" })).toBeVisible();
  await clean.getByRole("button", { name: "Show the new words" }).click();
  const next = await writeDown(clean);
  expect(next).not.toEqual(words);
  await clean.getByRole("button", { name: "Confirm" }).click();
  await expect(messageBox(clean)).toBeVisible();
  await clean.getByRole("navigation", { name: "Chats" }).getByText("What is worth keeping?").click();
  await expect(answers(clean)).toContainText(["Kept by the host, sealed."]);
  await expect(questions(clean)).toHaveCount(1);

  // The old words are used up, from the sheet's own link too; the new ones are not.
  const { page: third } = await openDevice();
  await third.goto(sheetLink);
  await expect(third.getByRole("heading", { name: "Back with your 24 words" })).toBeVisible();
  expect(new URL(third.url()).hash).toBe("");
  await expect(third.getByRole("textbox", { name: "Link on the sheet" })).toHaveValue(/^#r=/);
  await third.getByRole("textbox", { name: "The 24 words, in their order" }).fill(words.join(" "));
  await third.getByRole("button", { name: "Look for the vault" }).click();
  await expect(third.getByText("These words open no vault on this host.")).toBeVisible();
  await third.getByRole("textbox", { name: "The 24 words, in their order" }).fill(next.join(" "));
  await third.getByRole("button", { name: "Look for the vault" }).click();
  await expect(third.getByRole("heading", { name: "Your vault is there" })).toBeVisible();
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const [where, viewport, isTouch] of [
    ["desk", { width: 1280, height: 800 }, false],
    ["phone", { width: 390, height: 844 }, true],
  ] as const) {
    test(`on a ${where}, ${colorScheme}: axe finds nothing on the pages of devices, pairing and words`, async ({
      runHost,
      openDevice,
    }) => {
      const host = await runHost();
      const { page } = await openDevice({ viewport, isTouch, colorScheme });
      const { page: fresh } = await openDevice({ viewport, isTouch, colorScheme });
      const pictures = process.env["SOVEREIGN_PICTURES"];
      const look = async (shown: Page, name: string): Promise<void> => {
        await noViolations(shown);
        if (isTouch) expect(await smallTargets(shown), name).toEqual([]);
        const width = await shown.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(width, "no sideways scrolling").toBeLessThanOrEqual(0);
        if (pictures !== undefined)
          await shown.screenshot({ path: join(pictures, `${where}-${colorScheme}-${name}.png`) });
      };
      await createVault(page, host.link);
      await look(page, "0-empty");
      await fresh.goto(host.origin);
      await expect(fresh.getByRole("button", { name: "I have my 24 words" })).toBeVisible();
      await look(fresh, "1-no-vault");
      await fresh.getByRole("button", { name: "I have my 24 words" }).click();
      await look(fresh, "2-restore");
      await fresh.getByRole("button", { name: "Back" }).click();
      await fresh.getByRole("button", { name: "Add this device to a vault" }).click();
      await look(fresh, "3-join");
      if (isTouch) await page.getByRole("button", { name: "Open chats" }).click();
      const link = await showCode(page);
      await look(page, "4-code");
      await fresh.goto(link);
      await expect(fresh.locator(".digits")).toBeVisible();
      await expect(page.locator(".digits")).toBeVisible();
      await look(fresh, "5-digits-new");
      await look(page, "6-digits");
      await page.getByRole("button", { name: "They are the same" }).click();
      await look(page, "7-waiting");
      await fresh.getByRole("button", { name: "They are the same" }).click();
      await expect(sheet(page).getByRole("heading", { name: "Devices" })).toBeVisible();
      await expect(sheet(page).getByRole("list", { name: "Devices" }).getByRole("listitem")).toHaveCount(3);
      await look(page, "8-devices");
      await sheet(page)
        .getByRole("button", { name: /^Actions for/ })
        .last()
        .click();
      await page.getByRole("menuitem", { name: "Remove" }).click();
      await look(page, "9-remove");
      await page.keyboard.press("Escape");
      await sheet(page).getByRole("button", { name: "Write down your 24 words" }).click();
      await expect(page.getByRole("list", { name: "Your 24 words" }).getByRole("listitem")).toHaveCount(24);
      await look(page, "10-words");
      if (pictures !== undefined) {
        await page.emulateMedia({ media: "print" });
        await page.screenshot({ path: join(pictures, `${where}-${colorScheme}-11-paper.png`), fullPage: true });
        await page.emulateMedia({ media: "screen" });
      }
      await page.getByRole("button", { name: "I have written them down" }).click();
      await look(page, "12-check");
    });
  }
}
