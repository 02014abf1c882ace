/** From the first page to a proposal for an artifact: what a person does in their first hour. */
import { callTools } from "../../../host/testing/callTool.ts";
import { say } from "../../../host/testing/scriptedBackend.ts";
import { answers, ask, chooseModel, createVault, messageBox, stopButton } from "../device.ts";
import { expect, type Stage } from "./stage.ts";
import { answer, changes, code, drawn, letter } from "./texts.ts";

export async function conversation(stage: Stage): Promise<void> {
  const { page, backend, shoot, openList, closeList } = stage;
  backend.script(
    say("Draw the curtains by day, air the rooms at night, and freeze a bottle to sleep beside."),
    say(answer),
    say(code),
    say(drawn),
    say(
      "Shade, night air, and no cooking at noon. **Shade** does most of it: from outside, before the sun is on the glass.",
    ),
    say(
      "Keep the heat out rather than fight it.\n\n1. Close shutters before ten.\n2. Open everything at night.\n3. Sleep low: warm air rises.",
    ),
  );
  const host = await stage.runHost();
  await page.goto(host.link);
  await expect(page.getByRole("button", { name: "Create vault" })).toBeVisible();
  await shoot("welcome");
  await createVault(page, host.link);
  await shoot("empty");
  await ask(page, "How do I keep a flat cool in a heat wave?");
  await expect(answers(page)).toContainText("sleep beside.");
  await openList();
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await ask(page, "How do I bake a sourdough loaf?");
  await expect(answers(page)).toContainText("darker than feels right");
  await expect(stopButton(page)).toBeHidden();
  await shoot("conversation");
  await ask(page, "How much water is that, in general?");
  await expect(answers(page).last().locator(".katex-display")).toBeVisible();
  await expect(stopButton(page)).toBeHidden();
  await page.waitForTimeout(600);
  await shoot("code");
  await sheets(stage);
  await page.getByRole("button", { name: "More for this answer" }).last().click();
  await shoot("answer-menu");
  await page.getByRole("menuitem", { name: "Pin" }).click();
  await page.getByRole("button", { name: "More for this question" }).last().click();
  await page.getByRole("menuitem", { name: "Pin" }).click();
  await page.getByRole("button", { name: "Pinned in this chat" }).click();
  await shoot("pinned");
  await page.keyboard.press("Escape");
  await answers(page).last().locator("p").first().selectText();
  await page.waitForTimeout(300);
  await shoot("quote");
  await page.getByRole("button", { name: "Quote", exact: true }).click();
  await page.getByRole("button", { name: "This chat", exact: true }).click();
  await shoot("chat-menu");
  await page.keyboard.press("Escape");
  await messageBox(page).fill("");
  await messageBox(page).fill("/");
  await shoot("slash");
  await messageBox(page).fill("");
  await openList();
  await page.getByRole("button", { name: "Actions for How do I keep a flat cool in a heat wave?" }).click({
    force: true,
  });
  await shoot("list-menu");
  await page.keyboard.press("Escape");
  await closeList();
  await project(stage);
  await artifact(stage);
  await page.keyboard.press("Control+,");
  await page.getByRole("combobox", { name: "Rule: Reads what is here" }).selectOption("Ask each time");
  await page.keyboard.press("Escape");
  backend.script(
    callTools(
      [{ name: "calculate", arguments: { expression: "(12 * 48.50 + 3 * 310) * 1.19" } }],
      "Twelve trees, a bench under every third of them, and tax on all of it.",
    ),
  );
  await ask(page, "Trees are 48.50 each and benches 310. What will it cost us, with 19 % tax?");
  await expect(answers(page).getByRole("region", { name: "May your host do this?" })).toBeVisible();
  await page.waitForTimeout(300);
  await shoot("approval");
  backend.script(say("Then not. It is 12 trees and 4 benches, and the tax on top."));
  await page.getByRole("button", { name: "Don’t allow" }).click();
  await expect(stopButton(page)).toBeHidden();
  await host.stop();
  await ask(page, "And without an oven?");
  await page.waitForTimeout(300);
  await shoot("waiting");
}

async function sheets({ page, shoot }: Stage): Promise<void> {
  await page.keyboard.press("Control+k");
  await expect(page.locator(".palette-option").nth(1)).toBeVisible();
  await shoot("palette");
  await page.keyboard.type("water");
  await expect(page.locator(".palette-option mark").first()).toBeVisible();
  await shoot("search");
  await page.keyboard.type(" xyzzy");
  await expect(page.locator(".palette-none")).toBeVisible();
  await shoot("search-nothing");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+,");
  await expect(page.getByRole("dialog", { name: "Settings" })).toBeVisible();
  await shoot("settings");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Shift+,");
  await expect(page.getByRole("dialog", { name: "Status and privacy" })).toBeVisible();
  await shoot("status");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Shift+M");
  await expect(page.getByRole("dialog", { name: "Model" })).toBeVisible();
  await shoot("models");
  await page.keyboard.press("Escape");
}

async function project(stage: Stage): Promise<void> {
  const { page, shoot, openList } = stage;
  await openList();
  await page.getByRole("button", { name: "New project" }).click();
  await page.getByRole("textbox", { name: "Name of the project" }).first().fill("How we work");
  await page.keyboard.press("Enter");
  await page
    .getByRole("textbox", { name: "Instructions" })
    .fill("Explain as to a curious neighbour. Draw it where a drawing says more than a paragraph.");
  await page.getByRole("radio", { name: /Only your own machines/ }).check();
  await ask(page, "Where is a question readable?");
  await expect(answers(page).locator(".diagram img")).toBeVisible();
  await expect(stopButton(page)).toBeHidden();
  await page.waitForTimeout(300);
  await shoot("diagram");
  await page.getByRole("main").getByRole("link", { name: "How we work", exact: true }).click();
  await expect(page.getByRole("textbox", { name: "Instructions" })).toBeEnabled();
  await shoot("project");
  await openList();
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await chooseModel(page, "Compare two models");
  await ask(page, "What cools a flat the most?");
  await expect(page.getByRole("button", { name: /^Keep this one/ })).toHaveCount(stage.variant.isTouch ? 1 : 2);
  await expect(stopButton(page)).toBeHidden();
  await page.waitForTimeout(300);
  await shoot("comparison");
  await openList();
  await shoot("list");
}

async function artifact({ page, backend, shoot, variant }: Stage): Promise<void> {
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await messageBox(page).fill("/artifact");
  await expect(page.getByRole("option", { name: /artifact/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Dismiss" }).click();
  backend.script(
    say(
      `Here it is.\n\n<artifact title="Letter about the trees" kind="markdown">\n${letter}\n</artifact>\n\nSay what should change.`,
    ),
  );
  await ask(page, "A short letter to our neighbours about trees on the river path, please.");
  await answers(page).getByRole("button", { name: "Open Letter about the trees" }).click();
  await expect(page.getByRole("textbox", { name: "Text of the artifact" })).toContainText("Mill Lane");
  await shoot("artifact");
  backend.script(say(changes(/[0-9a-f]+$/.exec(page.url())?.[0] ?? "")));
  if (variant.isTouch) await page.getByRole("button", { name: "Close the artifact" }).click();
  await ask(page, "Who waters them? And make it warmer.");
  await expect(answers(page).last()).toContainText("Changes proposed");
  await expect(stopButton(page)).toBeHidden();
  if (variant.isTouch) await answers(page).last().getByRole("button", { name: "Open Letter about the trees" }).click();
  await page.getByRole("tab", { name: /^Changes/ }).click();
  await page.waitForTimeout(300);
  await shoot("proposal");
  await page.getByRole("button", { name: "Accept all" }).click();
  await page.getByRole("tab", { name: "Versions" }).click();
  await expect(
    page
      .getByRole("list", { name: /^Versions/ })
      .getByRole("button")
      .first(),
  ).toBeVisible();
  await shoot("versions");
  await page.getByRole("tab", { name: "Preview" }).click();
  await shoot("artifact-preview");
  await page.getByRole("button", { name: "Close the artifact" }).click();
}
