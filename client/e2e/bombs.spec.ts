/** What a model could write to take the page with it: it stays usable, and the words are there. */
import type { Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox, stopButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";

const bombs: readonly (readonly [name: string, text: string])[] = [
  ["ten thousand quotes, one in the other", `${"> ".repeat(10_000)}deep\n\nlast word`],
  ["ten thousand brackets", `${"[".repeat(10_000)}x${"](y)".repeat(2_000)}\n\nlast word`],
  [
    "a table of forty thousand cells",
    `${"|a".repeat(40)}|\n${"|-".repeat(40)}|\n${`${"|x".repeat(40)}|\n`.repeat(1_000)}\nlast word`,
  ],
  [
    "two hundred kilobytes in one line and sixty thousand lines of code",
    `${"word ".repeat(40_000)}\n\n\`\`\`js\n${"x();\n".repeat(60_000)}\`\`\`\n\nlast word`,
  ],
  [
    "a formula in a thousand braces and four hundred roots",
    `$${"{".repeat(1_000)}x${"}".repeat(1_000)}$ and $${"\\sqrt{".repeat(400)}x${"}".repeat(400)}$\n\nlast word`,
  ],
];

/** A letter is typed and stands in its field: how a person notices that a page is there. One that is lost stays away for good. */
async function typeLetter(page: Page, letter: string): Promise<void> {
  await messageBox(page).press(letter, { timeout: 30_000 });
  await expect(messageBox(page)).toHaveValue(new RegExp(`${letter}$`));
}

for (const [name, text] of bombs) {
  test(`${name}: the page takes what is typed while it comes, and shows it to its end`, async ({
    runHost,
    backend,
    openDevice,
  }) => {
    backend.script(say(text, { chunks: text.match(/[^]{1,4000}/g) ?? [], delayMs: 5 }));
    const host = await runHost();
    const { page } = await openDevice();
    await createVault(page, host.link);
    await ask(page, "Say something large");
    for (const letter of "abc") await typeLetter(page, letter);
    await expect(stopButton(page)).toBeHidden({ timeout: 120_000 });
    await expect(answers(page).last()).toContainText("last word", { timeout: 60_000 });
    await typeLetter(page, "d");
    // And again from the disk.
    await page.reload();
    await expect(answers(page).last()).toContainText("last word", { timeout: 60_000 });
    await typeLetter(page, "e");
  });
}
