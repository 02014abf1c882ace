/** One long answer, and the same views in other languages, other sizes, and with other eyes. */
import { say } from "../../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox, stopButton } from "../device.ts";
import { expect, type Stage } from "./stage.ts";
import { answer, essay } from "./texts.ts";

export async function reading(stage: Stage): Promise<void> {
  const { page, backend, shoot, openList, variant } = stage;
  const host = await stage.runHost();
  await createVault(page, host.link);
  backend.script(
    say(answer),
    say(essay, {
      reasoning: "They want the order in which to spend money.\n\nShade first.",
      reasoningField: "reasoning",
    }),
  );
  await ask(page, "How do I bake a sourdough loaf?");
  await expect(answers(page)).toContainText("darker than feels right");
  await openList();
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await ask(page, "Explain how heat gets into a flat, what to do about it, and in which order to spend money on it.");
  await expect(answers(page)).toContainText("all afternoon", { timeout: 60_000 });
  await expect(stopButton(page)).toBeHidden();
  await page.waitForTimeout(600);
  await shoot("essay-end");
  const scroller = page.locator(".scroller");
  for (const [at, name] of ["essay-1", "essay-2", "essay-3"].entries()) {
    await scroller.evaluate((element, part) => element.scrollTo({ top: part * (element.clientHeight - 60) }), at);
    await shoot(name);
  }
  for (const language of ["de", "mirrored"]) await tongue(stage, language);
  await page.evaluate(() => localStorage.removeItem("sovereign.language"));
  await page.reload();
  await expect(messageBox(page)).toBeVisible();
  await page.emulateMedia({ contrast: "more" });
  await shoot("more-contrast");
  await page.emulateMedia({ contrast: "no-preference", forcedColors: "active" });
  await shoot("forced-colours");
  await page.emulateMedia({ forcedColors: "none" });
  if (!variant.isTouch) {
    // 400 % of a desk, and text alone at twice its size.
    await page.setViewportSize({ width: 320, height: 568 });
    await shoot("narrow");
    await page.keyboard.press("Control+,");
    await shoot("narrow-settings");
    await page.keyboard.press("Escape");
    await page.setViewportSize(variant.viewport);
    await page.addStyleTag({ content: "" }).catch(() => {});
    await page.evaluate(() => document.documentElement.style.setProperty("font-size", "200%"));
    await shoot("text-200");
    await page.keyboard.press("Control+,");
    await shoot("text-200-settings");
  }
}

/** Reached by keys and addresses, which are the same in every language. */
async function tongue({ page, shoot, variant }: Stage, language: string): Promise<void> {
  const name = (step: string): string => `${language}-${step}`;
  await page.evaluate((chosen) => localStorage.setItem("sovereign.language", chosen), language);
  await page.reload();
  await expect(page.locator("#message")).toBeVisible();
  await expect(page.locator(".answer").last()).toContainText("kW");
  await shoot(name("chat"));
  await page.locator(".answer").last().hover();
  await page.locator(".answer .actions .menu-button").last().click();
  await shoot(name("answer-menu"));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await expect(page.locator(".palette-option").nth(1)).toBeVisible();
  await shoot(name("palette"));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+,");
  await expect(page.locator("dialog.settings .tool-rules").first()).toBeVisible();
  await shoot(name("settings"));
  await page
    .locator("dialog.settings .tool-rules")
    .first()
    .evaluate((element) => element.scrollIntoView({ block: "start" }));
  await shoot(name("settings-tools"));
  await page
    .locator("dialog.settings .import-place")
    .evaluate((element) => element.scrollIntoView({ block: "center" }));
  await shoot(name("settings-data"));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Shift+,");
  await expect(page.locator("dialog.settings .status-rows").first()).toBeVisible();
  await shoot(name("status"));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Shift+M");
  await shoot(name("models"));
  await page.keyboard.press("Escape");
  if (variant.isTouch) {
    await page.locator(".open-drawer").click();
    await shoot(name("list"));
  }
  await page.locator(".sidebar-foot .ghost").first().click();
  await expect(page.locator("dialog.devices")).toBeVisible();
  await shoot(name("devices"));
  await page.keyboard.press("Escape");
  await page.locator(".new-chat").click();
  await shoot(name("empty"));
  await page.goBack();
}
