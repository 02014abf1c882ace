/** Two devices in one chat: each sees that the other is there, where it writes, and who asked what. */
import type { Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox, questions } from "./device.ts";
import { expect, test } from "./fixtures.ts";

async function pairUp(trusted: Page, fresh: Page): Promise<void> {
  await trusted.getByRole("button", { name: "Devices", exact: true }).click();
  await trusted.getByRole("button", { name: "Add a device" }).click();
  const link = (await trusted.locator(".pair-link").textContent()) ?? "";
  await fresh.goto(link);
  await fresh.getByRole("button", { name: "They are the same" }).click();
  await trusted.getByRole("button", { name: "They are the same" }).click();
  await expect(messageBox(fresh)).toBeVisible();
  await trusted.keyboard.press("Escape");
}

test("PS3 two devices see each other in a chat, each other's caret in its draft, and who asked", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Seen by both."));
  const host = await runHost();
  const { page: laptop } = await openDevice();
  const { page: tablet } = await openDevice();
  await createVault(laptop, host.link);
  await ask(laptop, "Before the other");
  await expect(answers(laptop)).toContainText("Seen by both.");
  await expect(questions(laptop).locator(".source"), "alone, nobody is told apart").toHaveCount(0);
  await pairUp(laptop, tablet);
  await expect(laptop.locator(".companions")).toHaveCount(0);

  await tablet.getByRole("link", { name: /Before the other/ }).click();
  await expect(laptop.locator(".companions")).toContainText("Also here");
  await expect(tablet.locator(".companions")).toContainText("Also here");
  await expect(questions(tablet).first().locator(".source")).not.toBeEmpty();

  await messageBox(tablet).pressSequentially("half a question");
  await expect(messageBox(laptop)).toHaveValue("half a question");
  await expect(laptop.locator(".their-caret")).toHaveCount(1);
  const before = async (page: Page): Promise<string> =>
    page.locator(".caret-mirror").evaluate((mirror) => mirror.firstChild?.textContent ?? "");
  await expect.poll(() => before(laptop)).toBe("half a question");
  await messageBox(tablet).evaluate((area: HTMLTextAreaElement) => area.setSelectionRange(4, 4));
  await expect.poll(() => before(laptop)).toBe("half");

  // Written before it, both carets stay at their words.
  await messageBox(laptop).evaluate((area: HTMLTextAreaElement) => {
    area.focus();
    area.setSelectionRange(0, 0);
  });
  await laptop.keyboard.type("Not ");
  await expect.poll(() => before(laptop)).toBe("Not half");
  await expect
    .poll(() => messageBox(tablet).evaluate((area: HTMLTextAreaElement) => area.value.slice(0, area.selectionStart)))
    .toBe("Not half");
  await tablet.getByRole("button", { name: "New chat", exact: true }).click();
  await expect(laptop.locator(".their-caret")).toHaveCount(0);
  await expect(laptop.locator(".companions")).toHaveCount(0);
});
