/** Long chats, brought in by an export as a person would. */
import type { Page } from "@playwright/test";
import { expect } from "./fixtures.ts";

/** An export with one chat of so many messages, each its own. */
function longExport(messages: number): Buffer {
  const words = "Some words that fill a line or two of an answer, as they do. ".repeat(5);
  const list = Array.from({ length: messages }, (_, index) => ({
    id: `m${index}`,
    parent: index === 0 ? null : `m${index - 1}`,
    role: index % 2 === 0 ? "user" : "assistant",
    at: 1_700_000_000_000 + index * 1000,
    text: index % 2 === 0 ? `Question number ${index}` : `Answer number ${index}. ${words}\n\n- one\n- **two**`,
    model: null,
  }));
  const chat = { id: "long", title: "A long chat", titledBy: "person", createdAt: 1, messages: list };
  return Buffer.from(JSON.stringify({ format: "sovereign/chats", version: 1, at: 1, chats: [chat], templates: [] }));
}

export async function importLong(page: Page, messages: number): Promise<void> {
  await page.keyboard.press("Control+,");
  const settings = page.getByRole("dialog", { name: "Settings" });
  await settings
    .locator("input[type=file]")
    .setInputFiles({ name: "long.json", mimeType: "application/json", buffer: longExport(messages) });
  await expect(settings).toContainText("1 chat brought in", { timeout: 60_000 });
  await page.keyboard.press("Escape");
}
