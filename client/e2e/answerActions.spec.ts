import type { Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, stopButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";

const answer =
  "Take **two** things:\n\n- a [pan](https://example.org/pan)\n- salt\n\n```sh\nboil --now\n```\n\nThen wait.";

async function chooseMore(page: Page, item: string): Promise<void> {
  await page.getByRole("button", { name: "More for this answer" }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

test("an answer is copied as Markdown and as plain text, and a long one is folded", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say(answer), say("A line that goes on and on.\n\n".repeat(90)));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "How do I boil water?");
  await expect(answers(page)).toContainText(["Then wait."]);
  await expect(stopButton(page)).toBeHidden();
  const clipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole("button", { name: "Copy answer" }).click();
  await expect.poll(clipboard).toBe(answer);
  await chooseMore(page, "Copy as plain text");
  await expect
    .poll(clipboard)
    .toBe("Take two things:\n\n- a pan (https://example.org/pan)\n- salt\n\nboil --now\n\nThen wait.");
  await page.getByRole("button", { name: "More for this answer" }).press("Enter");
  await expect(page.getByRole("menuitem", { name: "Fold" }), "a short answer").toHaveCount(0);
  await expect(page.getByRole("menuitem", { name: "Read aloud" }), "no voice on this machine").toHaveCount(0);
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await ask(page, "Now at length");
  await expect(answers(page)).toContainText("A line that goes on");
  await expect(stopButton(page)).toBeHidden();
  await chooseMore(page, "Fold");
  const unfold = page.getByRole("button", { name: "Show all" });
  await expect(unfold).toBeFocused();
  await expect(unfold).toBeInViewport();
  const height = async (): Promise<number> => (await answers(page).boundingBox())?.height ?? 0;
  await expect.poll(height).toBeLessThan(500);
  await unfold.press("Enter");
  await expect.poll(height).toBeGreaterThan(1000);
});

test("an answer is read aloud by a voice of this machine, until Stop", async ({ runHost, backend, openDevice }) => {
  backend.script(say(answer));
  const host = await runHost();
  const { page } = await openDevice({ viewport: { width: 390, height: 844 }, isTouch: true });
  await page.addInitScript(() => {
    const said: unknown[] = [];
    const voices = [
      { localService: false, lang: "en-US", name: "Elsewhere", default: true },
      { localService: true, lang: "en-US", name: "Here", default: false },
    ];
    const synthesis = {
      getVoices: () => voices,
      addEventListener: () => undefined,
      speak: (piece: { text: string; voice: { name: string } }) => said.push(`${piece.voice.name}: ${piece.text}`),
      cancel: () => said.push("cancel"),
    };
    class Utterance extends EventTarget {
      text: string;
      constructor(text: string) {
        super();
        this.text = text;
      }
    }
    Object.defineProperty(globalThis, "speechSynthesis", { value: synthesis });
    Object.assign(globalThis, { SpeechSynthesisUtterance: Utterance, said });
  });
  await createVault(page, host.link);
  await ask(page, "How do I boil water?");
  await expect(answers(page)).toContainText(["Then wait."]);
  await expect(stopButton(page)).toBeHidden();
  const more = page.getByRole("button", { name: "More for this answer" });
  expect((await more.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  await more.tap();
  await page.getByRole("menuitem", { name: "Read aloud" }).tap();
  await page.getByRole("button", { name: "Stop reading" }).tap();
  await expect(page.getByRole("button", { name: "Stop reading" })).toHaveCount(0);
  expect(await page.evaluate(() => (globalThis as unknown as { said: string[] }).said)).toEqual([
    "Here: Take two things:",
    "Here: a pan",
    "Here: salt",
    "Here: Then wait.",
    "cancel",
  ]);
});
