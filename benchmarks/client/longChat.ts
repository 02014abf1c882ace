/** A chat of so many messages, as a person brings it in: by an export. */
import { expect, type Page } from "@playwright/test";

const words = "Some words that fill a line or two of an answer, as they do. ".repeat(5);

function longExport(messages: number): Buffer {
  const list = Array.from({ length: messages }, (_, index) => ({
    id: `m${index}`,
    parent: index === 0 ? null : `m${index - 1}`,
    role: index % 2 === 0 ? "user" : "assistant",
    at: 1_700_000_000_000 + index * 1000,
    text:
      index % 2 === 0
        ? `Question number ${index}`
        : `Answer number ${index}. ${words}\n\n- one\n- **two** of \`${index}\``,
    model: null,
  }));
  const chat = { id: `long${messages}`, title: "A long chat", titledBy: "person", createdAt: 1, messages: list };
  return Buffer.from(JSON.stringify({ format: "sovereign/chats", version: 1, at: 1, chats: [chat], templates: [] }));
}

/** Resolves with the address behind the `#` of the chat, which is open then. */
export async function bringLongChat(page: Page, messages: number): Promise<string> {
  await page.keyboard.press("Control+,");
  const settings = page.getByRole("dialog", { name: "Settings" });
  const file = { name: "long.json", mimeType: "application/json", buffer: longExport(messages) };
  await settings.locator("input[type=file]").setInputFiles(file);
  await expect(settings).toContainText("1 chat brought in", { timeout: 120_000 });
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "A long chat" }).click();
  await expect(page.getByText(`Question number ${messages - 2}`, { exact: true })).toBeInViewport();
  return new URL(page.url()).hash;
}

/** The newest answer stands on the screen. */
export const endIsInSight = (messages: number): string => `(() => {
  const last = [...document.querySelectorAll(".turn.answer")].at(-1);
  const { bottom = 0 } = last?.getBoundingClientRect() ?? {};
  return last?.textContent?.includes("Answer number ${messages - 1}.") === true && bottom > 0 && bottom < innerHeight;
})()`;

export const composerIsReady = `(() => {
  const field = document.getElementById("message");
  return field !== null && !field.disabled && field.getBoundingClientRect().height > 0;
})()`;
