import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { canaryForms, scanBytes, scanFolder } from "./canaryScan.ts";
import { answers, createVault, messageBox, questions, sendButton, syncStatus } from "./device.ts";
import { expect, test } from "./fixtures.ts";
import { dumpStorage } from "./storageDump.ts";

const words = "the copper kettle was sold to a lighthouse keeper in Arnis";
const forms = canaryForms(words);
const chips = (page: Page): Locator => page.getByRole("list", { name: "Files to send" });

/** A picture as a screen capture gives it, on the field or let go over the page. */
async function giveImage(page: Page, kind: "paste" | "drop"): Promise<string> {
  return page.evaluate(async (how) => {
    const canvas = new OffscreenCanvas(320, 200);
    const pen = canvas.getContext("2d");
    if (pen === null) throw new Error("no canvas");
    pen.fillStyle = "teal";
    pen.fillRect(40, 40, 240, 120);
    const blob = await canvas.convertToBlob({ type: "image/png" });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const data = new DataTransfer();
    data.items.add(new File([bytes], `${how}.png`, { type: "image/png" }));
    if (how === "paste") {
      const field = document.getElementById("message");
      field?.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    } else {
      const log = document.querySelector(".conversation");
      const drag = { dataTransfer: data, bubbles: true, cancelable: true };
      log?.dispatchEvent(new DragEvent("dragover", drag));
      await new Promise(requestAnimationFrame);
      if (document.querySelector(".drop-target") === null) throw new Error("nothing says that it may be let go here");
      log?.dispatchEvent(new DragEvent("drop", drag));
    }
    return btoa(String.fromCharCode(...bytes));
  }, kind);
}

test("a text file and a picture go with a question, reach the model, come back whole, and lie nowhere in the clear", async ({
  runHost,
  backend,
  openDevice,
  home,
  folder,
}) => {
  backend.script(say("Both read."), say("Only the picture."), say("Asked in words."));
  const host = await runHost();
  const device = await openDevice({ profile: join(folder, "profile") });
  const { page } = device;
  await createVault(page, host.link);

  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Attach files" }).click();
  const note = Buffer.from(`Notes.\n${words}\n`);
  await (
    await chooser
  ).setFiles([
    { name: "kettle.html", mimeType: "text/html", buffer: note },
    { name: "not this.txt", mimeType: "text/plain", buffer: Buffer.from("left out") },
  ]);
  await page.getByRole("button", { name: "Take out not this.txt" }).click();
  await expect(messageBox(page)).toBeFocused();
  const picture = await giveImage(page, "drop");
  await expect(page.locator(".drop-target")).toHaveCount(0);
  await expect(chips(page).getByRole("listitem")).toHaveText([/kettle\.html/, /drop\.png/]);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await messageBox(page).fill("What became of it?");
  await sendButton(page).click();
  await expect(answers(page)).toContainText(["Both read."]);
  await expect(chips(page)).toHaveCount(0);
  const sent = backend.requests.at(-1)?.bytes.toString("utf8") ?? "";
  expect(sent).toContain(words);
  expect(sent).toContain(picture);
  expect(sent).not.toContain("left out");

  const image = questions(page).getByRole("img", { name: "drop.png" });
  await expect(image).toHaveJSProperty("naturalWidth", 320);
  const downloading = page.waitForEvent("download");
  await questions(page).getByRole("button", { name: "Download kettle.html" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("kettle.html");
  const saved = join(folder, "saved");
  await download.saveAs(saved);
  expect(readFileSync(saved)).toEqual(note);
  await download.delete();
  expect(page.url(), "nothing was opened in the app's place").toContain(new URL(host.link).origin);

  await expect(syncStatus(page)).toHaveText(/on your host/i);
  await page.reload();
  await expect(image, "after a reload").toHaveJSProperty("naturalWidth", 320);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  // Only a picture, and no words.
  await giveImage(page, "paste");
  await expect(chips(page)).toContainText("paste.png");
  await sendButton(page).click();
  await expect(answers(page)).toContainText(["Both read.", "Only the picture."]);

  // Put differently, it still has its picture: that one and the first question's.
  await questions(page).last().hover();
  await questions(page).last().getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByRole("textbox", { name: "Edit message" }).fill("What is this?");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(answers(page)).toContainText(["Both read.", "Asked in words."]);
  expect((backend.requests.at(-1)?.bytes.toString("utf8") ?? "").split(picture)).toHaveLength(3);

  expect(scanFolder(home, forms), "the host's home").toEqual([]);
  const kept = await dumpStorage(page);
  expect(kept.some(({ where }) => where.includes("sovereign-files"))).toBe(true);
  expect(
    kept.flatMap(({ where, bytes }) => scanBytes(where, bytes, forms)),
    "what the page keeps",
  ).toEqual([]);
  await device.close();
  expect(scanFolder(join(folder, "profile"), forms), "the browser's profile").toEqual([]);
});

test("files wait with their chat, what is too much is refused in a sentence, and a waiting file says where it is", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("First."), say("Second."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await messageBox(page).fill("One");
  await sendButton(page).click();
  await expect(answers(page)).toContainText(["First."]);

  const input = page.locator("input[type=file]");
  const many = Array.from({ length: 21 }, (_, index) => ({
    name: `page ${index}.txt`,
    mimeType: "text/plain",
    buffer: Buffer.from(`number ${index}`),
  }));
  await input.setInputFiles(many);
  await expect(page.locator(".toast")).toContainText("at most 20 files");
  await expect(chips(page).getByRole("listitem")).toHaveCount(20);
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await expect(chips(page)).toHaveCount(0);
  await page.getByRole("link", { name: /One$/ }).click();
  await expect(chips(page).getByRole("listitem")).toHaveCount(20);

  expect(await host.stop()).toBe(0);
  await messageBox(page).fill("Two");
  await sendButton(page).click();
  await expect(questions(page).last()).toContainText("Not on your host yet");
  await runHost();
  await expect(questions(page).last()).not.toContainText("Not on your host yet", { timeout: 60_000 });
  await expect(answers(page)).toContainText(["First.", "Second."], { timeout: 60_000 });
  const sent = backend.requests.at(-1)?.bytes.toString("utf8") ?? "";
  for (const { buffer } of many.slice(0, 20)) expect(sent).toContain(buffer.toString());
});
