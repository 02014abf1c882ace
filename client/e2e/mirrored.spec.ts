/** A page that is read from right to left: mirrored as a whole, with nothing left behind, and nothing said that no table says. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { expect, test } from "./fixtures.ts";

const shoot = async (page: Page, name: string): Promise<void> => {
  if (process.env["SHOTS"] !== undefined) await page.screenshot({ path: `${process.env["SHOTS"]}/${name}.png` });
};
const box = async (element: Locator): Promise<{ x: number; width: number }> => {
  const found = await element.boundingBox();
  if (found === null) throw new Error("not on the page");
  return found;
};

for (const [where, viewport, isTouch, colorScheme] of [
  ["a desk", { width: 1280, height: 800 }, false, "light"],
  ["a phone, in the dark", { width: 390, height: 844 }, true, "dark"],
] as const) {
  test(`on ${where}: what stood at the left stands at the right`, async ({ runHost, backend, openDevice }) => {
    backend.script(say("A word, a list:\n\n- one\n- שתיים\n\n```js\nconst a = 1;\n```\n\nوداعا"));
    const host = await runHost();
    const { page, context } = await openDevice({ viewport, isTouch, colorScheme });
    await context.addInitScript(() => {
      // Not in the frame of the preview, which has no storage.
      if (location.protocol === "http:" && globalThis.self === globalThis.top)
        localStorage.setItem("sovereign.language", "mirrored");
    });
    await page.goto(host.link);
    await page.getByRole("button", { name: "Create vault" }).click();
    const message = page.getByRole("textbox", { name: "⟦Message⟧", exact: true });
    await expect(message).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
    await message.fill("What is a list?");
    await page.getByRole("button", { name: "⟦Send⟧", exact: true }).click();
    await expect(page.locator(".answer")).toContainText("وداعا");
    if (isTouch) {
      await shoot(page, `mirrored-${colorScheme}`);
      await page.getByRole("button", { name: "⟦Open chats⟧" }).tap();
    }
    const list = await box(page.getByRole("navigation", { name: "⟦Chats⟧" }));
    expect(Math.round(list.x + list.width), "the list at the right edge").toBe(viewport.width);
    await shoot(page, `mirrored-list-${colorScheme}`);
    await page.getByRole("button", { name: "⟦Settings⟧" }).click();
    const settings = page.getByRole("dialog", { name: "⟦Settings⟧" });
    const [title, close] = [
      await box(settings.getByRole("heading", { name: "⟦Settings⟧" })),
      await box(settings.getByRole("button", { name: "⟦Close settings⟧" })),
    ];
    expect(close.x, "what closes it at the left").toBeLessThan(title.x);
    await shoot(page, `mirrored-settings-${colorScheme}`);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide, "no sideways scrolling").toBeLessThanOrEqual(0);
    await page.keyboard.press("Escape");
    const code = page.locator(".answer pre").first();
    expect(await code.evaluate((element) => getComputedStyle(element).direction), "code from the left").toBe("ltr");
    if (isTouch) return;
    await page.getByRole("button", { name: /^Open as artifact/ }).click();
    const panel = page.getByRole("region", { name: /^Artifact: / });
    await expect(panel.getByRole("textbox", { name: "Text of the artifact" })).toContainText("const a = 1;");
    expect((await box(panel)).x, "an artifact at the left").toBe(0);
    const edge = panel.getByRole("separator");
    const was = (await box(panel)).width;
    await edge.focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(async () => (await box(panel)).width, "wider to the right").toBeGreaterThan(was);
    await shoot(page, `mirrored-artifact-${colorScheme}`);
  });
}
