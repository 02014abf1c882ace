/** Every view that is fetched later, in both themes: axe finds nothing; and what is touched on a phone is large enough for a finger. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { say, startScriptedBackend } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox, sendButton } from "./device.ts";
import { smallTargets } from "./fingers.ts";
import { expect, test } from "./fixtures.ts";

const answer =
  "A word, and `code`:\n\n```mermaid\nflowchart LR\n  A[Phone] --> B[Host]\n```\n\n```ts\nconst a = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";

async function violations(page: Page): Promise<string[]> {
  // reason: which heading follows which is the answer's own choice, not the page's.
  const { violations: found } = await new AxeBuilder({ page }).disableRules(["heading-order"]).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 140)).join(" | ")}`);
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const [where, viewport, isTouch] of [
    ["a desk", { width: 1280, height: 800 }, false],
    ["a phone", { width: 390, height: 844 }, true],
  ] as const) {
    test(`on ${where}, ${colorScheme}: diagrams, a comparison, a project and every sheet`, async ({
      runHost,
      openDevice,
    }) => {
      const backend = await startScriptedBackend({ models: ["small", "large"], scripts: [say(answer)] });
      const host = await runHost(backend.url);
      const { page } = await openDevice({ viewport, isTouch, colorScheme });
      const openList = async (): Promise<void> => {
        if (isTouch) await page.getByRole("button", { name: "Open chats" }).click();
      };
      const check = async (view: string): Promise<void> => {
        expect.soft(await violations(page), view).toEqual([]);
        if (isTouch) expect.soft(await smallTargets(page), view).toEqual([]);
        const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect.soft(width, `${view}: no sideways scrolling`).toBeLessThanOrEqual(0);
      };
      await createVault(page, host.link);
      await check("an empty page");
      await ask(page, "Show me everything");
      await expect(answers(page).getByRole("img", { name: /^Diagram/ })).toBeVisible();
      await expect(page.getByRole("button", { name: "Stop", exact: true })).toBeHidden();
      await check("an answer with a diagram");

      await page.getByRole("button", { name: "More for this answer" }).click();
      await check("the menu of an answer");
      await page.getByRole("menuitem", { name: "Compare with large" }).click();
      await expect(page.getByRole("button", { name: /^Keep this one/ }).first()).toBeVisible();
      await expect(page.getByRole("button", { name: "Stop", exact: true })).toBeHidden();
      await check("a comparison");
      await page.getByRole("button", { name: "Stop comparing" }).click();

      await openList();
      await page.getByRole("button", { name: "New project" }).click();
      await page.getByRole("textbox", { name: "Name of the project" }).first().fill("Kitchen");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("textbox", { name: "Instructions" })).toBeEnabled();
      await page.getByRole("radio", { name: /Only your own machines/ }).check();
      await check("a project's page");
      await messageBox(page).fill("Begin here");
      await sendButton(page).click();
      await expect(answers(page)).toHaveCount(1);
      await openList();
      await expect(page.getByRole("link", { name: "Kitchen", exact: true }).first()).toBeVisible();
      await check("the list with a project");
      await page.getByRole("button", { name: "Actions for Begin here" }).first().click({ force: true });
      await page.getByRole("menuitem", { name: "Move to a project" }).click();
      await expect(page.getByRole("dialog", { name: "Move to" })).toBeVisible();
      await check("where to move a chat");
      await page.keyboard.press("Escape");
      await backend.close();
    });
  }
}
